package dwal.gateway.http;

import dwal.gateway.log.ClusterLogs;
import dwal.gateway.log.Fetched;
import dwal.gateway.log.LogTail;
import dwal.gateway.log.ReadFrom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;

/** Partitions as server-sent events, for as long as the client listens. There are only so many at a time. Any thread. */
final class StreamResource implements Router.Resource {
    /** What a stream may hold, about: what was read and is not sent, and what was sent and is not taken. */
    private static final int BYTES_PER_STREAM = 256 * 1024;

    private final ClusterLogs logs;
    private final int mostStreams;
    private final AtomicInteger streams = new AtomicInteger();

    /**
     * Streams from {@code logs}.
     *
     * @param queuedMaxBytes what all of them may hold together
     * @param maxConnections of which they leave the half to others
     */
    StreamResource(ClusterLogs logs, long queuedMaxBytes, int maxConnections) {
        this.logs = logs;
        this.mostStreams = (int) Math.max(1, Math.min(queuedMaxBytes / BYTES_PER_STREAM, maxConnections / 2));
    }

    @Override
    public void addTo(Router router) {
        router.on("GET", "/topics/{topic}/partitions/{partition}/stream", this::stream);
    }

    private CompletableFuture<HttpAnswer> stream(Request request) throws BadRequest {
        Query query = request.query();
        query.only("offset", "timestamp", "last", "isolation", "format");
        TopicPartition partition = TopicRecordResource.partition(request);
        IsolationLevel isolation = TopicRecordResource.isolation(query);
        Values.Format format = Values.Format.of(query);
        ReadFrom from = from(request);
        if (streams.incrementAndGet() > mostStreams) {
            streams.decrementAndGet();
            return Router.done(HttpAnswer.problem(
                    503, "Busy", "There are " + mostStreams + " streams already, which is as many as may be"));
        }
        LogTail tail = logs.tail(partition, isolation);
        return logs.offset(partition, from, isolation)
                .thenCompose(offset -> offset.isRefused()
                        ? CompletableFuture.completedFuture(Problems.of(offset))
                        : begin(tail, partition, offset.get(), format))
                .whenComplete((answer, failure) -> {
                    if (failure != null || answer.stream() == null) {
                        ended(tail);
                    }
                });
    }

    /** A client that was here before goes on behind what it has seen, whatever the address says. */
    private static ReadFrom from(Request request) throws BadRequest {
        String last = request.header("last-event-id");
        if (last == null || last.isEmpty()) {
            ReadFrom from = TopicRecordResource.from(request.query());
            return from == null ? ReadFrom.end() : from;
        }
        if (!last.matches("[0-9]{1,18}")) {
            throw new BadRequest("Last-Event-ID is no offset");
        }
        return new ReadFrom.Offset(Long.parseLong(last) + 1);
    }

    /** Reads once before it is promised that there is something to read. */
    private CompletableFuture<HttpAnswer> begin(
            LogTail tail, TopicPartition partition, long offset, Values.Format format) {
        return tail.read(offset, 0, RecordEvents.READ_BYTES).thenApply(first -> {
            if (first.isRefused()) {
                return Problems.of(first);
            }
            Fetched fetched = first.get();
            var events = new RecordEvents(tail, partition.partition(), fetched.records(), format, () -> ended(tail));
            return HttpAnswer.streamed("text/event-stream", events);
        });
    }

    private void ended(LogTail tail) {
        tail.close();
        streams.decrementAndGet();
    }
}

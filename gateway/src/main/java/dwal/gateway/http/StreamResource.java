package dwal.gateway.http;

import dwal.gateway.log.Answer;
import dwal.gateway.log.ClusterLogs;
import dwal.gateway.log.Fetched;
import dwal.gateway.log.LogTail;
import dwal.gateway.log.ReadFrom;
import dwal.server.DoorSettings;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongFunction;
import java.util.stream.IntStream;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Partitions and topics as server-sent events, for as long as the client listens. There are only so many at a time, of which a topic takes
 * one for each partition. Any thread.
 */
final class StreamResource implements Router.Resource {
    /** What a stream may hold, about: what was read and is not sent, and what was sent and is not taken. */
    private static final int BYTES_PER_STREAM = 256 * 1024;

    private final ClusterLogs logs;
    private final int mostStreams;
    private final long heartbeatMs;
    private final AtomicInteger streams = new AtomicInteger();

    /** Streams from {@code logs}. They hold no more together than all may hold, and leave half of the connections to others. */
    StreamResource(ClusterLogs logs, DoorSettings settings) {
        this.logs = logs;
        this.mostStreams = (int)
                Math.max(1, Math.min(settings.queuedMaxBytes() / BYTES_PER_STREAM, settings.maxConnections() / 2));
        this.heartbeatMs = settings.heartbeatMs();
    }

    @Override
    public void addTo(Router router) {
        router.on("GET", "/topics/{topic}/partitions/{partition}/stream", this::stream)
                .on("GET", "/topics/{topic}/stream", this::streamTopic);
    }

    private CompletableFuture<HttpAnswer> stream(Request request) throws BadRequest {
        Query query = request.query();
        query.only("offset", "timestamp", "last", "isolation", "format");
        TopicPartition partition = TopicRecordResource.partition(request);
        IsolationLevel isolation = TopicRecordResource.isolation(query);
        Values.Format format = Values.Format.of(query);
        ReadFrom from = from(request);
        if (!take(1)) {
            return Router.done(busy());
        }
        return begin(logs.as(request.caller()), partition, from, isolation, format, Long::toString)
                .thenApply(events -> events.isRefused() ? Problems.of(events) : streamed(events.get()));
    }

    private boolean take(int places) {
        if (streams.addAndGet(places) <= mostStreams) {
            return true;
        }
        streams.addAndGet(-places);
        return false;
    }

    private HttpAnswer busy() {
        return HttpAnswer.problem(
                503,
                "Busy",
                "There are " + streams.get() + " streams of partitions already; " + mostStreams
                        + " is as many as may be");
    }

    private HttpAnswer streamed(BodyStream events) {
        return HttpAnswer.streamed("text/event-stream", new Heartbeats(events, heartbeatMs));
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

    /** Reads once before it is promised that there is something to read. Has one place, and gives it back. */
    private CompletableFuture<Answer<RecordEvents>> begin(
            ClusterLogs readable,
            TopicPartition partition,
            ReadFrom from,
            IsolationLevel isolation,
            Values.Format format,
            LongFunction<String> ids) {
        Answer<LogTail> given = readable.tail(partition, isolation);
        if (given.isRefused()) {
            streams.decrementAndGet();
            return CompletableFuture.completedFuture(given.refusedToo());
        }
        LogTail tail = given.get();
        return readable.offset(partition, from, isolation)
                .thenCompose(offset -> offset.isRefused()
                        ? CompletableFuture.completedFuture(offset.<Fetched>refusedToo())
                        : tail.readPatiently(offset.get(), 0, RecordEvents.READ_BYTES))
                .thenApply(first -> first.isRefused()
                        ? first.<RecordEvents>refusedToo()
                        : Answer.of(new RecordEvents(
                                tail, partition.partition(), first.get().records(), format, ids, () -> ended(tail))))
                .whenComplete((events, failure) -> {
                    if (failure != null || events.isRefused()) {
                        ended(tail);
                    }
                });
    }

    // ---- topics

    private CompletableFuture<HttpAnswer> streamTopic(Request request) throws BadRequest {
        Query query = request.query();
        query.only("partitions", "timestamp", "last", "isolation", "format");
        IsolationLevel isolation = TopicRecordResource.isolation(query);
        Values.Format format = Values.Format.of(query);
        ReadFrom asked = TopicRecordResource.from(query);
        ReadFrom from = asked == null ? ReadFrom.end() : asked;
        String last = request.header("last-event-id");
        Positions seen = last == null || last.isEmpty() ? Positions.none() : Positions.parse(last);
        String topic = request.path("topic");
        Set<Integer> chosen = chosen(query.text("partitions"));
        ClusterLogs readable = logs.as(request.caller());
        return readable.partitionCount(topic).thenCompose(count -> {
            if (count.isRefused()) {
                return Router.done(Problems.of(count));
            }
            List<TopicPartition> partitions = (chosen.isEmpty()
                            ? IntStream.range(0, count.get()).boxed()
                            : chosen.stream())
                    .map(each -> new TopicPartition(topic, each))
                    .toList();
            if (partitions.size() > mostStreams) {
                return Router.done(HttpAnswer.problem(
                        400,
                        "Bad request",
                        "That would be " + partitions.size() + " partitions; at most " + mostStreams
                                + " are streamed at once: choose some with partitions=0,1,2"));
            }
            return take(partitions.size())
                    ? begin(readable, partitions, from, seen, isolation, format)
                    : Router.done(busy());
        });
    }

    private static Set<Integer> chosen(@Nullable String text) throws BadRequest {
        Set<Integer> chosen = new TreeSet<>();
        if (text != null) {
            if (!text.matches("[0-9]{1,9}(,[0-9]{1,9})*")) {
                throw new BadRequest("partitions is a list of numbers, as 0,1,2");
            }
            for (String each : text.split(",", -1)) {
                chosen.add(Integer.parseInt(each));
            }
        }
        return chosen;
    }

    private CompletableFuture<HttpAnswer> begin(
            ClusterLogs readable,
            List<TopicPartition> partitions,
            ReadFrom from,
            Positions seen,
            IsolationLevel isolation,
            Values.Format format) {
        List<CompletableFuture<Answer<RecordEvents>>> begun = new ArrayList<>();
        for (TopicPartition each : partitions) {
            int partition = each.partition();
            Long next = seen.get(partition);
            begun.add(begin(
                    readable,
                    each,
                    next == null ? from : new ReadFrom.Offset(next),
                    isolation,
                    format,
                    offset -> seen.passed(partition, offset)));
        }
        return CompletableFuture.allOf(begun.toArray(CompletableFuture[]::new)).thenApply(all -> {
            List<RecordEvents> parts = new ArrayList<>();
            List<ByteBuffer> problems = new ArrayList<>();
            for (int i = 0; i < begun.size(); i++) {
                int partition = partitions.get(i).partition();
                Answer<RecordEvents> one = begun.get(i).join();
                if (one.isRefused()) {
                    problems.add(RecordEvents.problem(partition, one));
                } else {
                    seen.at(partition, one.get().nextOffset());
                    parts.add(one.get());
                }
            }
            return parts.isEmpty() ? Problems.of(begun.get(0).join()) : streamed(new TopicEvents(parts, problems));
        });
    }

    private void ended(LogTail tail) {
        tail.close();
        streams.decrementAndGet();
    }
}

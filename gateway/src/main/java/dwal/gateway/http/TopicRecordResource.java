package dwal.gateway.http;

import com.fasterxml.jackson.core.JsonGenerator;
import dwal.environment.Clock;
import dwal.gateway.log.Answer;
import dwal.gateway.log.Batch;
import dwal.gateway.log.ClusterLogs;
import dwal.gateway.log.Fetched;
import dwal.gateway.log.LogRecord;
import dwal.gateway.log.LogTail;
import dwal.gateway.log.NewRecord;
import dwal.gateway.log.Patience;
import dwal.gateway.log.ReadFrom;
import dwal.gateway.log.TopicWriter;
import dwal.gateway.log.TopicWriter.Outcome;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** The records of topics: appended to a topic, read from a partition, at once or when there are some. Any thread. */
final class TopicRecordResource implements Router.Resource {
    private static final int MOST_RECORDS = 1_000;
    private static final int MOST_WAIT_MS = 30_000;
    /** So soon it is noticed that the client has gone, or the node stops. */
    private static final int WAIT_PIECE_MS = 500;
    /** An answer ends with the record that makes it larger. */
    private static final int ANSWER_BYTES = 1024 * 1024;

    private static final int READ_BYTES_PER_RECORD = 4 * 1024;
    private static final int LEAST_READ_BYTES = 64 * 1024;
    private static final int LONGEST_KEY = 255;

    private final ClusterLogs logs;
    private final TopicWriter writer;
    private final Clock clock;

    TopicRecordResource(ClusterLogs logs, Clock clock) {
        this.logs = logs;
        this.writer = new TopicWriter(logs);
        this.clock = clock;
    }

    @Override
    public void addTo(Router router) {
        router.on("POST", "/topics/{topic}/records", this::append)
                .on("GET", "/topics/{topic}/partitions/{partition}/records", this::read);
    }

    // ---- appending

    private CompletableFuture<HttpAnswer> append(Request request) throws BadRequest {
        request.query().only("acks");
        String acks = request.query().oneOf("acks", "all", "1", "0");
        String key = idempotencyKey(request);
        List<NewRecord> records = request.json(in -> RecordJson.read(in, clock.wallMs()));
        return writer.as(request.caller())
                .append(
                        request.path("topic"),
                        records,
                        acks.equals("all") ? Batch.ALL : 1,
                        key,
                        request.times(),
                        Patience.until(request.over()))
                .thenApply(outcomes ->
                        outcomes.isRefused() ? Problems.of(outcomes) : appended(outcomes.get(), acks.equals("0")));
    }

    private static @Nullable String idempotencyKey(Request request) throws BadRequest {
        String key = request.header("idempotency-key");
        if (key != null && (key.isBlank() || key.length() > LONGEST_KEY)) {
            throw new BadRequest("Idempotency-Key has 1 to " + LONGEST_KEY + " characters");
        }
        return key;
    }

    private static HttpAnswer appended(List<Outcome> outcomes, boolean silent) {
        var refused = outcomes.stream().filter(one -> one.offset().isRefused()).findFirst();
        if (refused.isEmpty()) {
            return silent ? HttpAnswer.json(202, json -> {}) : HttpAnswer.json(json -> writeOffsets(json, outcomes));
        }
        Answer<Long> why = refused.get().offset();
        long count = outcomes.stream().filter(one -> one.offset().isRefused()).count();
        String detail = count == outcomes.size()
                ? why.message()
                : count + " of " + outcomes.size() + " records were not appended: " + why.message();
        int status = Problems.status(why.error());
        HttpAnswer answer = HttpAnswer.problem(status, Problems.title(status), detail, json -> {
            json.writeStringField("error", why.error().name());
            writeOffsets(json, outcomes);
        });
        return Problems.withRetry(answer, why);
    }

    private static void writeOffsets(JsonGenerator json, List<Outcome> outcomes) throws IOException {
        JsonArrays.objects(json, "offsets", outcomes, TopicRecordResource::write);
    }

    private static void write(JsonGenerator json, Outcome one) throws IOException {
        json.writeNumberField("partition", one.partition());
        if (one.offset().isRefused()) {
            json.writeStringField("error", one.offset().error().name());
        } else {
            json.writeNumberField("offset", one.offset().get());
            if (one.timestamp() >= 0) {
                json.writeNumberField("timestamp", one.timestamp());
            }
        }
    }

    // ---- reading

    /** What is to be read. */
    private record Reading(
            TopicPartition partition,
            ReadFrom from,
            IsolationLevel isolation,
            int limit,
            long waitMs,
            Values.Format format,
            BooleanSupplier over) {
        int readBytes() {
            return Math.min(ANSWER_BYTES, Math.max(LEAST_READ_BYTES, limit * READ_BYTES_PER_RECORD));
        }
    }

    private CompletableFuture<HttpAnswer> read(Request request) throws BadRequest {
        Query query = request.query();
        query.only("offset", "timestamp", "last", "limit", "wait", "isolation", "format");
        ReadFrom from = from(query);
        var reading = new Reading(
                partition(request),
                from == null ? ReadFrom.start() : from,
                isolation(query),
                (int) query.number("limit", 1, MOST_RECORDS, 100),
                query.number("wait", 0, MOST_WAIT_MS, 0),
                Values.Format.of(query),
                request.over());
        if (reading.waitMs > 0) {
            request.times().onlyWaits();
        }
        ClusterLogs readable = logs.as(request.caller());
        return readable.offset(reading.partition, reading.from, reading.isolation)
                .thenCompose(offset ->
                        offset.isRefused() ? Router.done(Problems.of(offset)) : read(readable, reading, offset.get()));
    }

    static TopicPartition partition(Request request) throws BadRequest {
        String number = request.path("partition");
        if (!number.matches("[0-9]{1,9}")) {
            throw new BadRequest("Partitions are numbered from 0; this is no number");
        }
        return new TopicPartition(request.path("topic"), Integer.parseInt(number));
    }

    static IsolationLevel isolation(Query query) throws BadRequest {
        return query.oneOf("isolation", "read_uncommitted", "read_committed").equals("read_committed")
                ? IsolationLevel.READ_COMMITTED
                : IsolationLevel.READ_UNCOMMITTED;
    }

    /** Where to begin; null if the client does not say. */
    static @Nullable ReadFrom from(Query query) throws BadRequest {
        if ((query.has("offset") ? 1 : 0) + (query.has("timestamp") ? 1 : 0) + (query.has("last") ? 1 : 0) > 1) {
            throw new BadRequest("Say one of offset, timestamp and last");
        }
        if (query.has("timestamp")) {
            return new ReadFrom.Timestamp(query.number("timestamp", 0, Long.MAX_VALUE, 0));
        }
        if (query.has("last")) {
            return new ReadFrom.Last(query.number("last", 0, Long.MAX_VALUE, 0));
        }
        return query.has("offset") ? new ReadFrom.Offset(query.number("offset", 0, Long.MAX_VALUE, 0)) : null;
    }

    private CompletableFuture<HttpAnswer> read(ClusterLogs readable, Reading reading, long offset) {
        if (reading.waitMs == 0) {
            return readable.read(reading.partition, offset, reading.isolation, reading.readBytes())
                    .thenApply(fetched -> answer(reading, fetched));
        }
        // On a line of its own, where nobody waits behind it.
        Answer<LogTail> given = readable.tail(reading.partition, reading.isolation);
        if (given.isRefused()) {
            return Router.done(Problems.of(given));
        }
        LogTail tail = given.get();
        long deadline = clock.nanoTime() + TimeUnit.MILLISECONDS.toNanos(reading.waitMs);
        return poll(tail, reading, offset, deadline).whenComplete((answer, failure) -> tail.close());
    }

    private CompletableFuture<HttpAnswer> poll(LogTail tail, Reading reading, long offset, long deadline) {
        long leftMs = TimeUnit.NANOSECONDS.toMillis(deadline - clock.nanoTime());
        int waitMs = (int) Math.max(0, Math.min(WAIT_PIECE_MS, leftMs));
        return tail.read(offset, waitMs, reading.readBytes()).thenCompose(fetched -> {
            if (fetched.isRefused()) {
                return Router.done(Problems.of(fetched));
            }
            var page = new Page(reading, fetched.get());
            return page.count > 0 || page.problem != null || leftMs <= 0 || reading.over.getAsBoolean()
                    ? Router.done(page.answer())
                    : poll(tail, reading, page.nextOffset, deadline);
        });
    }

    private static HttpAnswer answer(Reading reading, Answer<Fetched> fetched) {
        return fetched.isRefused() ? Problems.of(fetched) : new Page(reading, fetched.get()).answer();
    }

    /** The records of one answer, written as they are inflated. */
    private static final class Page {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final int count;
        private final long nextOffset;
        private final @Nullable Answer<?> problem;

        Page(Reading reading, Fetched fetched) {
            try (var records = fetched.records();
                    JsonGenerator json = HttpAnswer.JSON.createGenerator(bytes)) {
                json.writeStartObject();
                json.writeArrayFieldStart("records");
                count = write(json, reading, fetched);
                json.writeEndArray();
                nextOffset = records.nextOffset();
                problem = records.problem();
                json.writeNumberField("nextOffset", nextOffset);
                json.writeNumberField("logStartOffset", fetched.logStartOffset());
                json.writeNumberField("highWatermark", fetched.highWatermark());
                json.writeNumberField("lastStableOffset", fetched.lastStableOffset());
                json.writeEndObject();
                json.writeRaw('\n');
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private int write(JsonGenerator json, Reading reading, Fetched fetched) throws IOException {
            int written = 0;
            while (written < reading.limit && bytes.size() + json.getOutputBuffered() < ANSWER_BYTES) {
                LogRecord record = fetched.records().next();
                if (record == null) {
                    break;
                }
                RecordJson.write(json, reading.partition.partition(), record, reading.format);
                written++;
            }
            return written;
        }

        /** Records before one that cannot be given are given first. */
        HttpAnswer answer() {
            return problem != null && count == 0
                    ? Problems.of(problem)
                    : HttpAnswer.of("application/json", bytes.toByteArray());
        }
    }
}

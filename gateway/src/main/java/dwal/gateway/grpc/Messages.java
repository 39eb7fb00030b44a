package dwal.gateway.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dwal.gateway.grpc.v1.Acks;
import dwal.gateway.grpc.v1.ConsumeRequest;
import dwal.gateway.grpc.v1.ConsumeResponse;
import dwal.gateway.grpc.v1.ConsumeStreamRequest;
import dwal.gateway.grpc.v1.Header;
import dwal.gateway.grpc.v1.ProduceRequest;
import dwal.gateway.grpc.v1.ProduceResponse;
import dwal.gateway.grpc.v1.Produced;
import dwal.gateway.grpc.v1.Record;
import dwal.gateway.grpc.v1.TimestampType;
import dwal.gateway.log.Answer;
import dwal.gateway.log.Fetched;
import dwal.gateway.log.LogRecord;
import dwal.gateway.log.NewRecord;
import dwal.gateway.log.ReadFrom;
import dwal.gateway.log.RecordReader;
import dwal.gateway.log.TopicWriter.Outcome;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;

/**
 * The messages of dwal.v1.Log, from and to what the log knows. What makes no sense is thrown as {@code INVALID_ARGUMENT}. No state.
 */
final class Messages {
    /** Of one answer. */
    static final int MOST_RECORDS = 1_000;

    private static final int MOST_NEW_RECORDS = 10_000;
    private static final int LONGEST_KEY = 255;
    private static final int DEFAULT_LIMIT = 100;
    private static final int MOST_WAIT_MS = 30_000;
    private static final int ANSWER_BYTES = 1024 * 1024;
    private static final int READ_BYTES_PER_RECORD = 4 * 1024;
    private static final int LEAST_READ_BYTES = 64 * 1024;
    /** What an object of a record costs beside its bytes, about. */
    private static final int RECORD_OVERHEAD = 200;

    private Messages() {}

    /** What a request holds until it is answered. */
    static int bytes(ProduceRequest request) {
        return request.getSerializedSize() + Math.min(request.getRecordsCount(), MOST_NEW_RECORDS) * RECORD_OVERHEAD;
    }

    // ---- requests

    static List<NewRecord> records(ProduceRequest request, long now) {
        named(request.getTopic());
        int count = request.getRecordsCount();
        require(count > 0, "records is empty");
        require(count <= MOST_NEW_RECORDS, "There are " + count + " records: send at most " + MOST_NEW_RECORDS);
        String key = request.getIdempotencyKey();
        require(
                key.length() <= LONGEST_KEY && (key.isEmpty() || !key.isBlank()),
                "idempotency_key has 1 to " + LONGEST_KEY + " characters");
        require(request.getAcks() != Acks.UNRECOGNIZED, "acks is none that is known here");
        List<NewRecord> records = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            records.add(record(request.getRecords(i), i, now));
        }
        return records;
    }

    private static NewRecord record(dwal.gateway.grpc.v1.NewRecord record, int index, long now) {
        require(
                !record.hasPartition() || record.getPartition() >= 0,
                "records[" + index + "].partition is negative: leave it out for any");
        require(
                !record.hasTimestampMs() || record.getTimestampMs() >= 0,
                "records[" + index + "].timestamp_ms is negative: leave it out for now");
        var headers = record.getHeadersList().stream()
                .map(header -> new RecordHeader(
                        header.getName(), header.hasValue() ? header.getValue().toByteArray() : null))
                .toArray(RecordHeader[]::new);
        return new NewRecord(
                record.hasPartition() ? record.getPartition() : NewRecord.ANY,
                new SimpleRecord(
                        record.hasTimestampMs() ? record.getTimestampMs() : now,
                        record.hasKey() ? record.getKey().asReadOnlyByteBuffer() : null,
                        record.hasValue() ? record.getValue().asReadOnlyByteBuffer() : null,
                        headers),
                record.hasTimestampMs());
    }

    static TopicPartition partition(String topic, int partition) {
        named(topic);
        require(partition >= 0, "partition is negative: partitions are numbered from 0");
        return new TopicPartition(topic, partition);
    }

    private static void named(String topic) {
        require(!topic.isEmpty(), "topic is missing");
    }

    static ReadFrom from(ConsumeRequest request) {
        return switch (request.getStartCase()) {
            case OFFSET -> new ReadFrom.Offset(notNegative("offset", request.getOffset()));
            case TIMESTAMP_MS -> new ReadFrom.Timestamp(notNegative("timestamp_ms", request.getTimestampMs()));
            case LAST -> new ReadFrom.Last(notNegative("last", request.getLast()));
            case START_NOT_SET -> ReadFrom.start();
        };
    }

    static ReadFrom from(ConsumeStreamRequest request) {
        return switch (request.getStartCase()) {
            case OFFSET -> new ReadFrom.Offset(notNegative("offset", request.getOffset()));
            case TIMESTAMP_MS -> new ReadFrom.Timestamp(notNegative("timestamp_ms", request.getTimestampMs()));
            case LAST -> new ReadFrom.Last(notNegative("last", request.getLast()));
            case START_NOT_SET -> ReadFrom.start();
        };
    }

    private static long notNegative(String name, long value) {
        require(value >= 0, name + " is negative");
        return value;
    }

    static int limit(ConsumeRequest request) {
        int limit = request.getLimit();
        require(limit >= 0 && limit <= MOST_RECORDS, "limit is not between 0 and " + MOST_RECORDS);
        return limit == 0 ? DEFAULT_LIMIT : limit;
    }

    static int waitMs(ConsumeRequest request) {
        int wait = request.getWaitMs();
        require(wait >= 0 && wait <= MOST_WAIT_MS, "wait_ms is not between 0 and " + MOST_WAIT_MS);
        return wait;
    }

    static IsolationLevel isolation(dwal.gateway.grpc.v1.IsolationLevel level) {
        return switch (level) {
            case READ_COMMITTED -> IsolationLevel.READ_COMMITTED;
            case READ_UNCOMMITTED, ISOLATION_LEVEL_UNSPECIFIED -> IsolationLevel.READ_UNCOMMITTED;
            case UNRECOGNIZED -> throw Statuses.bad("isolation is none that is known here");
        };
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw Statuses.bad(otherwise);
        }
    }

    /** How much to read for an answer of {@code limit} records. */
    static int readBytes(int limit) {
        return Math.min(ANSWER_BYTES, Math.max(LEAST_READ_BYTES, limit * READ_BYTES_PER_RECORD));
    }

    // ---- answers

    static ProduceResponse response(List<Outcome> outcomes) {
        var response = ProduceResponse.newBuilder();
        for (Outcome one : outcomes) {
            var produced = Produced.newBuilder().setPartition(one.partition());
            if (one.offset().isRefused()) {
                produced.setError(one.offset().error().name());
            } else {
                produced.setOffset(one.offset().get());
                if (one.timestamp() >= 0) {
                    produced.setTimestampMs(one.timestamp());
                }
            }
            response.addRecords(produced);
        }
        return response.build();
    }

    /**
     * One answer, behind which what was read is not looked at any more; a refusal if it begins with what cannot be given. Records
     * before that are given first.
     */
    static Answer<ConsumeResponse> page(Fetched fetched, int limit) {
        try (RecordReader records = fetched.records()) {
            ConsumeResponse page = page(fetched, limit, ANSWER_BYTES);
            Answer<?> problem = records.problem();
            return problem != null && page.getRecordsCount() == 0 ? problem.refusedToo() : Answer.of(page);
        }
    }

    /** The next records of {@code fetched}, up to {@code limit}, and up to the one with which they are {@code bytes}. */
    static ConsumeResponse page(Fetched fetched, int limit, int bytes) {
        var page = ConsumeResponse.newBuilder();
        int size = 0;
        while (page.getRecordsCount() < limit && size < bytes) {
            LogRecord next = fetched.records().next();
            if (next == null) {
                break;
            }
            Record record = record(next);
            size += record.getSerializedSize();
            page.addRecords(record);
        }
        return page.setNextOffset(fetched.records().nextOffset())
                .setLogStartOffset(fetched.logStartOffset())
                .setHighWatermark(fetched.highWatermark())
                .setLastStableOffset(fetched.lastStableOffset())
                .build();
    }

    private static Record record(LogRecord record) {
        var message = Record.newBuilder()
                .setOffset(record.offset())
                .setTimestampMs(record.timestamp())
                .setTimestampType(
                        switch (record.timestampType()) {
                            case CREATE_TIME -> TimestampType.CREATE_TIME;
                            case LOG_APPEND_TIME -> TimestampType.LOG_APPEND_TIME;
                            case NO_TIMESTAMP_TYPE -> TimestampType.TIMESTAMP_TYPE_UNSPECIFIED;
                        });
        if (record.key() != null) {
            message.setKey(bytes(record.key()));
        }
        if (record.value() != null) {
            message.setValue(bytes(record.value()));
        }
        for (var header : record.headers()) {
            message.addHeaders(header(header.key(), header.value()));
        }
        return message.build();
    }

    private static Header header(String name, byte @Nullable [] value) {
        var header = Header.newBuilder().setName(name);
        if (value != null) {
            header.setValue(UnsafeByteOperations.unsafeWrap(value));
        }
        return header.build();
    }

    /** Nobody changes what was read. */
    private static ByteString bytes(ByteBuffer read) {
        return UnsafeByteOperations.unsafeWrap(read);
    }
}

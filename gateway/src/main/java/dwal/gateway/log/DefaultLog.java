package dwal.gateway.log;

import dwal.environment.Clock;
import dwal.protocol.RequestTimes;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;

/**
 * The log without a name: partition 0 of {@code dwal.default.topic}, which is created on first use. Appends wait for the high
 * watermark, as {@code acks=all}, and reads end there. Any thread; nothing blocks, and no returned future fails.
 */
public final class DefaultLog {
    /** One batch: the first one is given however large it is. */
    private static final int ONE_BATCH = 1;

    private final ClusterLogs logs;
    private final TopicPartition partition;
    private final Clock clock;

    /** That of {@code logs} whose topic is {@code topic}. */
    public DefaultLog(ClusterLogs logs, String topic, Clock clock) {
        this.logs = logs;
        this.partition = new TopicPartition(topic, 0);
        this.clock = clock;
    }

    private DefaultLog(ClusterLogs logs, TopicPartition partition, Clock clock) {
        this.logs = logs;
        this.partition = partition;
        this.clock = clock;
    }

    /** The same log as {@code caller} may read and write it. */
    public DefaultLog as(Caller caller) {
        return new DefaultLog(logs.as(caller), partition, clock);
    }

    /**
     * Appends {@code values} together; gives the offset of the first, the others follow it.
     *
     * @param times where it is noted how that went, if this node leads
     */
    public CompletableFuture<Answer<Long>> append(List<ByteBuffer> values, RequestTimes times, Patience patience) {
        long now = clock.wallMs();
        List<SimpleRecord> records = values.stream()
                .map(value -> new SimpleRecord(now, null, value, Record.EMPTY_HEADERS))
                .toList();
        return logs.append(partition, new Batch(records, Batch.ALL), times, () -> !patience.isOver(), patience)
                .thenApply(appended -> appended.isRefused()
                        ? appended.refusedToo()
                        : Answer.of(appended.get().baseOffset()));
    }

    /** Reads the record at {@code offset}; {@code OFFSET_OUT_OF_RANGE} where there is none. */
    public CompletableFuture<Answer<LogRecord>> read(long offset) {
        return logs.read(partition, offset, IsolationLevel.READ_UNCOMMITTED, ONE_BATCH)
                .thenApply(fetched -> {
                    if (fetched.error() == Errors.UNKNOWN_TOPIC_OR_PARTITION) {
                        return LeaderRequests.outOfRange(offset);
                    }
                    return fetched.isRefused()
                            ? fetched.refusedToo()
                            : find(fetched.get().records(), offset);
                });
    }

    private static Answer<LogRecord> find(RecordReader records, long offset) {
        try (records) {
            LogRecord record = records.next();
            Answer<?> problem = records.problem();
            if (problem != null) {
                return problem.refusedToo();
            }
            return record != null && record.offset() == offset ? Answer.of(record) : LeaderRequests.outOfRange(offset);
        }
    }

    /** Reads on from some offset; to be closed. A refusal if as many read on as may. */
    public Answer<LogTail> tail() {
        return logs.tail(partition, IsolationLevel.READ_UNCOMMITTED, true);
    }
}

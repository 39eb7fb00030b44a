package dwal.log;

import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.jspecify.annotations.Nullable;

/**
 * What a topic's configuration says about its logs. Immutable; names and meanings are those of Kafka's topic configs.
 *
 * @param segmentBytes {@code segment.bytes}: a segment is closed before it would grow beyond this
 * @param segmentMs {@code segment.ms}: a segment is closed when its first record is older, if it has any
 * @param segmentJitterMs {@code segment.jitter.ms}: less than this is taken off segmentMs, at random for each segment
 * @param retentionMs {@code retention.ms}; -1: for ever
 * @param retentionBytes {@code retention.bytes}; -1: without bound
 * @param deletes whether {@code cleanup.policy} has "delete": else retention does not apply
 * @param compacts whether {@code cleanup.policy} has "compact": then every record must have a key
 * @param maxMessageBytes {@code max.message.bytes}: the largest batch taken from a client, in bytes
 * @param timestampType {@code message.timestamp.type}
 * @param timestampBeforeMaxMs {@code message.timestamp.before.max.ms}
 * @param timestampAfterMaxMs {@code message.timestamp.after.max.ms}
 * @param compression {@code compression.type}; null is "producer": batches are kept as they come
 * @param compressionLevel level for that codec (compression.gzip.level ...)
 * @param indexIntervalBytes {@code index.interval.bytes}: one index entry per so many bytes
 * @param flushMessages {@code flush.messages}
 * @param flushMs {@code flush.ms}
 * @param fileDeleteDelayMs {@code file.delete.delay.ms}: deleted segments stay readable so long for those who read them
 * @param sync {@code dwal.sync}
 */
public record LogSettings(
        int segmentBytes,
        long segmentMs,
        long segmentJitterMs,
        long retentionMs,
        long retentionBytes,
        boolean deletes,
        boolean compacts,
        int maxMessageBytes,
        TimestampType timestampType,
        long timestampBeforeMaxMs,
        long timestampAfterMaxMs,
        @Nullable CompressionType compression,
        int compressionLevel,
        int indexIntervalBytes,
        long flushMessages,
        long flushMs,
        long fileDeleteDelayMs,
        SyncPolicy sync) {

    /** When a record counts as stored. */
    public enum SyncPolicy {
        /** Once it is synced. */
        COMMIT,
        /** Once it is in the page cache; synced by flush.messages and flush.ms, or when the system likes. */
        INTERVAL
    }

    /** Kafka's defaults for everything, with {@code sync}. */
    public static LogSettings defaults(SyncPolicy sync) {
        return new LogSettings(
                1 << 30,
                7 * 24 * 3600_000L,
                0,
                7 * 24 * 3600_000L,
                -1,
                true,
                false,
                1024 * 1024 + 12,
                TimestampType.CREATE_TIME,
                Long.MAX_VALUE,
                3600_000L,
                null,
                0,
                4096,
                Long.MAX_VALUE,
                Long.MAX_VALUE,
                60_000,
                sync);
    }
}

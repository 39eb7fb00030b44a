package dwal.log;

import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.jspecify.annotations.Nullable;

/** Kafka's default settings with some changed. */
final class SettingsBuilder {
    private final LogSettings defaults = LogSettings.defaults(LogSettings.SyncPolicy.INTERVAL);
    private int segmentBytes = defaults.segmentBytes();
    private long segmentMs = defaults.segmentMs();
    private long segmentJitterMs = defaults.segmentJitterMs();
    private long retentionMs = defaults.retentionMs();
    private long retentionBytes = defaults.retentionBytes();
    private boolean compacts = defaults.compacts();
    private int maxMessageBytes = defaults.maxMessageBytes();
    private TimestampType timestampType = defaults.timestampType();
    private long timestampBeforeMaxMs = defaults.timestampBeforeMaxMs();
    private @Nullable CompressionType compression = defaults.compression();
    private int indexIntervalBytes = defaults.indexIntervalBytes();
    private long flushMessages = defaults.flushMessages();
    private long flushMs = defaults.flushMs();
    private LogSettings.SyncPolicy sync = defaults.sync();

    LogSettings build() {
        return new LogSettings(
                segmentBytes,
                segmentMs,
                segmentJitterMs,
                retentionMs,
                retentionBytes,
                defaults.deletes(),
                compacts,
                maxMessageBytes,
                timestampType,
                timestampBeforeMaxMs,
                defaults.timestampAfterMaxMs(),
                compression,
                defaults.compressionLevel(),
                indexIntervalBytes,
                flushMessages,
                flushMs,
                defaults.fileDeleteDelayMs(),
                sync);
    }

    SettingsBuilder segmentBytes(int bytes) {
        segmentBytes = bytes;
        return this;
    }

    SettingsBuilder segmentMs(long ms) {
        segmentMs = ms;
        return this;
    }

    SettingsBuilder segmentJitterMs(long ms) {
        segmentJitterMs = ms;
        return this;
    }

    SettingsBuilder retention(long ms, long bytes) {
        retentionMs = ms;
        retentionBytes = bytes;
        return this;
    }

    SettingsBuilder compacts() {
        compacts = true;
        return this;
    }

    SettingsBuilder maxMessageBytes(int bytes) {
        maxMessageBytes = bytes;
        return this;
    }

    SettingsBuilder timestamps(TimestampType type, long beforeMaxMs) {
        timestampType = type;
        timestampBeforeMaxMs = beforeMaxMs;
        return this;
    }

    SettingsBuilder compression(CompressionType type) {
        compression = type;
        return this;
    }

    SettingsBuilder indexIntervalBytes(int bytes) {
        indexIntervalBytes = bytes;
        return this;
    }

    SettingsBuilder flush(long messages, long ms) {
        flushMessages = messages;
        flushMs = ms;
        return this;
    }

    SettingsBuilder sync(LogSettings.SyncPolicy policy) {
        sync = policy;
        return this;
    }
}

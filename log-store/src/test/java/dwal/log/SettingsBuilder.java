package dwal.log;

import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;

/** Kafka's default settings with some changed. */
final class SettingsBuilder {
    private LogSettings s;

    SettingsBuilder() {
        this(LogSettings.defaults(LogSettings.SyncPolicy.INTERVAL));
    }

    SettingsBuilder(LogSettings from) {
        s = from;
    }

    LogSettings build() {
        return s;
    }

    SettingsBuilder segmentBytes(int bytes) {
        return with(
                bytes,
                s.segmentMs(),
                s.retentionMs(),
                s.retentionBytes(),
                s.compacts(),
                s.maxMessageBytes(),
                s.timestampType(),
                s.timestampBeforeMaxMs(),
                s.compression(),
                s.indexIntervalBytes(),
                s.flushMessages(),
                s.flushMs(),
                s.sync());
    }

    SettingsBuilder indexIntervalBytes(int bytes) {
        return with(
                s.segmentBytes(),
                s.segmentMs(),
                s.retentionMs(),
                s.retentionBytes(),
                s.compacts(),
                s.maxMessageBytes(),
                s.timestampType(),
                s.timestampBeforeMaxMs(),
                s.compression(),
                bytes,
                s.flushMessages(),
                s.flushMs(),
                s.sync());
    }

    SettingsBuilder segmentMs(long ms) {
        return with(
                s.segmentBytes(),
                ms,
                s.retentionMs(),
                s.retentionBytes(),
                s.compacts(),
                s.maxMessageBytes(),
                s.timestampType(),
                s.timestampBeforeMaxMs(),
                s.compression(),
                s.indexIntervalBytes(),
                s.flushMessages(),
                s.flushMs(),
                s.sync());
    }

    SettingsBuilder retention(long ms, long bytes) {
        return with(
                s.segmentBytes(),
                s.segmentMs(),
                ms,
                bytes,
                s.compacts(),
                s.maxMessageBytes(),
                s.timestampType(),
                s.timestampBeforeMaxMs(),
                s.compression(),
                s.indexIntervalBytes(),
                s.flushMessages(),
                s.flushMs(),
                s.sync());
    }

    SettingsBuilder compacts() {
        return with(
                s.segmentBytes(),
                s.segmentMs(),
                s.retentionMs(),
                s.retentionBytes(),
                true,
                s.maxMessageBytes(),
                s.timestampType(),
                s.timestampBeforeMaxMs(),
                s.compression(),
                s.indexIntervalBytes(),
                s.flushMessages(),
                s.flushMs(),
                s.sync());
    }

    SettingsBuilder maxMessageBytes(int bytes) {
        return with(
                s.segmentBytes(),
                s.segmentMs(),
                s.retentionMs(),
                s.retentionBytes(),
                s.compacts(),
                bytes,
                s.timestampType(),
                s.timestampBeforeMaxMs(),
                s.compression(),
                s.indexIntervalBytes(),
                s.flushMessages(),
                s.flushMs(),
                s.sync());
    }

    SettingsBuilder timestamps(TimestampType type, long beforeMaxMs) {
        return with(
                s.segmentBytes(),
                s.segmentMs(),
                s.retentionMs(),
                s.retentionBytes(),
                s.compacts(),
                s.maxMessageBytes(),
                type,
                beforeMaxMs,
                s.compression(),
                s.indexIntervalBytes(),
                s.flushMessages(),
                s.flushMs(),
                s.sync());
    }

    SettingsBuilder compression(CompressionType type) {
        return with(
                s.segmentBytes(),
                s.segmentMs(),
                s.retentionMs(),
                s.retentionBytes(),
                s.compacts(),
                s.maxMessageBytes(),
                s.timestampType(),
                s.timestampBeforeMaxMs(),
                type,
                s.indexIntervalBytes(),
                s.flushMessages(),
                s.flushMs(),
                s.sync());
    }

    SettingsBuilder flush(long messages, long ms) {
        return with(
                s.segmentBytes(),
                s.segmentMs(),
                s.retentionMs(),
                s.retentionBytes(),
                s.compacts(),
                s.maxMessageBytes(),
                s.timestampType(),
                s.timestampBeforeMaxMs(),
                s.compression(),
                s.indexIntervalBytes(),
                messages,
                ms,
                s.sync());
    }

    SettingsBuilder sync(LogSettings.SyncPolicy sync) {
        return with(
                s.segmentBytes(),
                s.segmentMs(),
                s.retentionMs(),
                s.retentionBytes(),
                s.compacts(),
                s.maxMessageBytes(),
                s.timestampType(),
                s.timestampBeforeMaxMs(),
                s.compression(),
                s.indexIntervalBytes(),
                s.flushMessages(),
                s.flushMs(),
                sync);
    }

    private SettingsBuilder with(
            int segmentBytes,
            long segmentMs,
            long retentionMs,
            long retentionBytes,
            boolean compacts,
            int maxMessageBytes,
            TimestampType timestampType,
            long timestampBeforeMaxMs,
            CompressionType compression,
            int indexIntervalBytes,
            long flushMessages,
            long flushMs,
            LogSettings.SyncPolicy sync) {
        s = new LogSettings(
                segmentBytes,
                segmentMs,
                s.segmentJitterMs(),
                retentionMs,
                retentionBytes,
                s.deletes(),
                compacts,
                maxMessageBytes,
                timestampType,
                timestampBeforeMaxMs,
                s.timestampAfterMaxMs(),
                compression,
                s.compressionLevel(),
                indexIntervalBytes,
                flushMessages,
                flushMs,
                s.fileDeleteDelayMs(),
                sync);
        return this;
    }
}

package dwal.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.log.LogSettings;
import dwal.log.LogSettings.SyncPolicy;
import java.util.Map;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.junit.jupiter.api.Test;

class TopicSettingsTest {

    @Test
    void withoutConfigurationATopicHasKafkasDefaults() {
        LogSettings settings = TopicSettings.of(BrokerConfig.of(Map.of()), Map.of());

        assertThat(settings).isEqualTo(LogSettings.defaults(SyncPolicy.COMMIT));
    }

    @Test
    void theNodeGivesTheDefaultAndTheFinestUnitWins() {
        BrokerConfig broker = BrokerConfig.of(Map.of(
                "log.retention.hours", "2",
                "log.retention.minutes", "30",
                "log.roll.hours", "3",
                "message.max.bytes", "5000",
                "log.flush.scheduler.interval.ms", "700",
                "dwal.sync", "interval"));

        LogSettings settings = TopicSettings.of(broker, Map.of());

        assertThat(settings.retentionMs()).isEqualTo(30 * 60_000);
        assertThat(settings.segmentMs()).isEqualTo(3 * 3600_000);
        assertThat(settings.maxMessageBytes()).isEqualTo(5000);
        assertThat(settings.flushMs()).isEqualTo(700);
        assertThat(settings.sync()).isEqualTo(SyncPolicy.INTERVAL);
    }

    @Test
    void theTopicOverridesTheNode() {
        BrokerConfig broker = BrokerConfig.of(Map.of("log.retention.ms", "5", "dwal.sync", "interval"));

        LogSettings settings = TopicSettings.of(
                broker,
                Map.of(
                        "retention.ms", "6",
                        "cleanup.policy", "compact",
                        "compression.type", "zstd",
                        "compression.zstd.level", "9",
                        "message.timestamp.type", "LogAppendTime",
                        "internal.segment.bytes", "4096",
                        "dwal.sync", "commit"));

        assertThat(settings.retentionMs()).isEqualTo(6);
        assertThat(settings.compacts()).isTrue();
        assertThat(settings.deletes()).isFalse();
        assertThat(settings.compression()).isEqualTo(CompressionType.ZSTD);
        assertThat(settings.compressionLevel()).isEqualTo(9);
        assertThat(settings.timestampType()).isEqualTo(TimestampType.LOG_APPEND_TIME);
        assertThat(settings.segmentBytes()).isEqualTo(4096);
        assertThat(settings.sync()).isEqualTo(SyncPolicy.COMMIT);
    }

    @Test
    void foreverInHoursIsForeverInMilliseconds() {
        LogSettings settings = TopicSettings.of(BrokerConfig.of(Map.of("log.retention.hours", "-1")), Map.of());

        assertThat(settings.retentionMs()).isEqualTo(-1);
    }

    @Test
    void anOverrideThatNoLongerParsesFallsBackToTheDefault() {
        LogSettings settings =
                TopicSettings.of(BrokerConfig.of(Map.of()), Map.of("retention.ms", "soon", "dwal.sync", "never"));

        assertThat(settings).isEqualTo(LogSettings.defaults(SyncPolicy.COMMIT));
    }

    @Test
    void aValueThatOnlyANodeMayHaveIsKafkasDefaultForTopics() {
        LogSettings settings = TopicSettings.of(BrokerConfig.of(Map.of("log.flush.interval.ms", "-1")), Map.of());

        assertThat(settings).isEqualTo(LogSettings.defaults(SyncPolicy.COMMIT));
    }
}

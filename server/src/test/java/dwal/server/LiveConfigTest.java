package dwal.server;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.StandardError;
import dwal.log.LogSettings;
import dwal.replication.ReplicationQuota;
import dwal.server.config.BrokerConfig;
import java.util.Map;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.MetadataProvenance;
import org.junit.jupiter.api.Test;

/** What a node makes of settings in the metadata that an older version, or another server, has let in. */
class LiveConfigTest {
    private static final String RATE = "leader.replication.throttled.rate";

    private final LiveConfig live = new LiveConfig(BrokerConfig.of(Map.of()));

    private static MetadataImage set(ConfigResource.Type type, String name, String... keysAndValues) {
        var delta = new MetadataDelta.Builder().setImage(MetadataImage.EMPTY).build();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            delta.replay(new ConfigRecord()
                    .setResourceType(type.id())
                    .setResourceName(name)
                    .setName(keysAndValues[i])
                    .setValue(keysAndValues[i + 1]));
        }
        return delta.apply(MetadataProvenance.EMPTY);
    }

    @Test
    void whatMayNotBeIsToldOnceAndWithoutEffect() throws Exception {
        MetadataImage image = set(
                ConfigResource.Type.BROKER, "", "log.retention.ms", "0", "log.roll.ms", "0", "message.max.bytes", "5");

        String told = StandardError.of(() -> {
            for (int i = 0; i < 3; i++) {
                LogSettings settings = live.of("topic", image).log();
                assertThat(settings.retentionMs()).isEqualTo(7 * 24 * 3600_000L);
                assertThat(settings.segmentMs()).isEqualTo(7 * 24 * 3600_000L);
                assertThat(settings.maxMessageBytes()).isEqualTo(5);
            }
        });

        assertThat(told.lines())
                .singleElement()
                .asString()
                .contains("log.retention.ms=0 of all nodes: ", "log.roll.ms=0 of all nodes: ")
                .doesNotContain("message.max.bytes");
    }

    @Test
    void aTopicThatHasWhatItMayNotHaveLivesWithTheDefault() {
        MetadataImage image = set(ConfigResource.Type.TOPIC, "topic", "segment.ms", "0", "retention.ms", "5");

        LogSettings settings = live.of("topic", image).log();

        assertThat(settings.segmentMs()).isEqualTo(7 * 24 * 3600_000L);
        assertThat(settings.retentionMs()).isEqualTo(5);
    }

    @Test
    void aQuotaThatIsNoNumberLimitsNothing() {
        assertThat(live.quota(RATE, set(ConfigResource.Type.BROKER, "1", RATE, "fast")))
                .isEqualTo(ReplicationQuota.UNLIMITED);
        assertThat(live.quota(RATE, set(ConfigResource.Type.BROKER, "1", RATE, "7")))
                .isEqualTo(7);
    }
}

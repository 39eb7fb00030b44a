package dwal.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.coordinator.group.GroupCoordinatorConfig;
import org.apache.kafka.coordinator.group.modern.share.ShareGroupConfig;
import org.junit.jupiter.api.Test;

class GroupSettingsTest {

    private static GroupSettings settings(Map<String, ?> values) {
        ConfigDef keys = new ConfigDef(GroupCoordinatorConfig.CONFIG_DEF);
        ShareGroupConfig.CONFIG_DEF.configKeys().values().forEach(keys::define);
        return new GroupSettings(new AbstractConfig(keys, values, false));
    }

    @Test
    void theNumberOfThreadsFollowsTheMachineUnlessItIsSet() {
        assertThat(settings(Map.of()).coordinator().numThreads())
                .isBetween(1, Math.max(1, Runtime.getRuntime().availableProcessors() / 2));
        assertThat(settings(Map.of("group.coordinator.threads", 7))
                        .coordinator()
                        .numThreads())
                .isEqualTo(7);
        assertThat(settings(Map.of("offset.metadata.max.bytes", 17))
                        .coordinator()
                        .offsetMetadataMaxSize())
                .isEqualTo(17);
    }

    @Test
    void theOffsetsTopicIsCompactedAndKeepsTheCodecOfItsRecords() {
        assertThat(settings(Map.of("offsets.topic.segment.bytes", 1234)).offsetsTopicSettings())
                .containsEntry("cleanup.policy", "compact")
                .containsEntry("compression.type", "producer")
                .containsEntry("segment.bytes", "1234");
        assertThat(settings(Map.of()).offsetsTopicPartitions()).isEqualTo(50);
        assertThat(settings(Map.of()).offsetsTopicReplicationFactor()).isEqualTo((short) 3);
    }

    @Test
    void settingsOfAGroupAreChecked() {
        GroupSettings settings = settings(Map.of());
        settings.checkGroup(Map.of("consumer.session.timeout.ms", "50000"));
        assertThatThrownBy(() -> settings.checkGroup(Map.of("no.such.key", "1")))
                .isInstanceOf(InvalidConfigurationException.class)
                .hasMessageContaining("no.such.key");
        assertThatThrownBy(() -> settings.checkGroup(Map.of("consumer.session.timeout.ms", "soon")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("soon");
        assertThatThrownBy(() -> settings.checkGroup(Map.of("consumer.session.timeout.ms", "1")))
                .hasMessageContaining("consumer.session.timeout.ms");
    }
}

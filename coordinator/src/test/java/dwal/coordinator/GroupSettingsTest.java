package dwal.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
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
}

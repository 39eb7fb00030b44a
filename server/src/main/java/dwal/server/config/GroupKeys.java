package dwal.server.config;

import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef.ConfigKey;
import org.apache.kafka.coordinator.group.GroupConfig;

/** What can be set for single groups: the one place that knows the embedded coordinator's definition of it. Any thread. */
public final class GroupKeys {
    private GroupKeys() {}

    /** All keys with their definitions. */
    public static Map<String, ConfigKey> all() {
        return GroupConfig.CONFIG_DEF.configKeys();
    }

    /** The values for a group that sets {@code own} itself on a node configured as {@code broker}. */
    public static AbstractConfig of(BrokerConfig broker, Properties own) {
        return GroupConfig.fromProps(broker.extractGroupConfigMap(), own);
    }

    /** The key of the node that gives {@code key} its default, if there is one. */
    public static Optional<String> brokerSynonym(String key) {
        return GroupConfig.brokerSynonym(key);
    }
}

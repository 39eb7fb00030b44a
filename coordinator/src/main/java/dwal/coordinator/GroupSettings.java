package dwal.coordinator;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.coordinator.group.GroupConfig;
import org.apache.kafka.coordinator.group.GroupConfigManager;
import org.apache.kafka.coordinator.group.GroupCoordinatorConfig;
import org.apache.kafka.coordinator.group.modern.share.ShareGroupConfig;

/**
 * The settings of groups: those of the node, by Kafka's keys, and the rules for those of a single group. Immutable; any
 * thread.
 */
public final class GroupSettings {
    private static final String PROTOCOLS = "group.coordinator.rebalance.protocols";

    private final GroupCoordinatorConfig coordinator;
    private final ShareGroupConfig share;
    private final boolean consumerProtocol;

    /**
     * Reads the settings of a node.
     *
     * @param config over a definition that holds those of Kafka's group coordinator and share groups
     * @throws ConfigException with a message that says what to change
     */
    public GroupSettings(AbstractConfig config) {
        this.coordinator = new GroupCoordinatorConfig(withOurThreads(config));
        this.share = new ShareGroupConfig(config);
        var protocols = config.getList(PROTOCOLS).stream()
                .map(name -> name.toLowerCase(Locale.ROOT))
                .toList();
        if (!protocols.contains("classic")) {
            throw new ConfigException(PROTOCOLS, protocols, "the classic protocol cannot be switched off; add it");
        }
        this.consumerProtocol = protocols.contains("consumer");
    }

    /**
     * Unless the user chose a number, as many coordinator threads as half the processors, at most Kafka's default of four:
     * each one wakes up three times a second when idle, and one alone carries thousands of commits a second.
     */
    private static AbstractConfig withOurThreads(AbstractConfig config) {
        String key = GroupCoordinatorConfig.GROUP_COORDINATOR_NUM_THREADS_CONFIG;
        if (config.originals().containsKey(key)) {
            return config;
        }
        Map<String, Object> values = new HashMap<>(config.originals());
        values.put(key, Math.max(1, Math.min(4, Runtime.getRuntime().availableProcessors() / 2)));
        return new AbstractConfig(GroupCoordinatorConfig.CONFIG_DEF, values, false);
    }

    GroupCoordinatorConfig coordinator() {
        return coordinator;
    }

    /** Whether the node speaks the consumer group protocol (KIP-848), if the cluster's features allow it. */
    boolean consumerProtocol() {
        return consumerProtocol;
    }

    /** Holds the settings of single groups, with ours as defaults. */
    GroupConfigManager newGroupConfigs() {
        return new GroupConfigManager(coordinator.extractGroupConfigMap(share), coordinator, share);
    }

    /** Topic settings of {@code __consumer_offsets}, for whoever creates it. */
    public Map<String, String> offsetsTopicSettings() {
        return Map.of(
                "cleanup.policy", "compact",
                "compression.type", "producer",
                "segment.bytes", String.valueOf(coordinator.offsetsTopicSegmentBytes()));
    }

    /** How many partitions {@code __consumer_offsets} gets when it is created. */
    public int offsetsTopicPartitions() {
        return coordinator.offsetsTopicPartitions();
    }

    /** How many replicas {@code __consumer_offsets} gets when it is created, if there are as many nodes. */
    public short offsetsTopicReplicationFactor() {
        return coordinator.offsetsTopicReplicationFactor();
    }

    /**
     * Checks the settings of one group, as AlterConfigs wants them on a GROUP resource.
     *
     * @throws ConfigException when a value does not parse or is out of its range
     * @throws org.apache.kafka.common.errors.InvalidConfigurationException when there is no such setting, or two contradict
     *     each other
     */
    public void checkGroup(Map<String, ?> settings) {
        GroupConfig.validate(settings, coordinator, share);
    }
}

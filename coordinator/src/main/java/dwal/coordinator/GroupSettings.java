package dwal.coordinator;

import java.util.Locale;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.coordinator.group.GroupConfigManager;
import org.apache.kafka.coordinator.group.GroupCoordinatorConfig;
import org.apache.kafka.coordinator.group.modern.share.ShareGroupConfig;

/** The settings of groups on this node, by Kafka's keys: what the embedded coordinator is built with. Any thread. */
public final class GroupSettings {
    private static final String PROTOCOLS = "group.coordinator.rebalance.protocols";

    private final LiveValues values;
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
        this.values = new LiveValues(config);
        this.coordinator = new GroupCoordinatorConfig(values);
        this.share = new ShareGroupConfig(values);
        var protocols = config.getList(PROTOCOLS).stream()
                .map(name -> name.toLowerCase(Locale.ROOT))
                .toList();
        if (!protocols.contains("classic")) {
            throw new ConfigException(PROTOCOLS, protocols, "the classic protocol cannot be switched off; add it");
        }
        this.consumerProtocol = protocols.contains("consumer");
    }

    /** From now on {@code config} counts, as far as it may change at run time; any thread. */
    void update(AbstractConfig config) {
        values.update(config);
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
}

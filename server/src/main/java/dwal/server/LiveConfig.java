package dwal.server;

import dwal.replication.PartitionSettings;
import dwal.replication.Partitions;
import dwal.replication.ReplicationQuota;
import dwal.replication.ThrottledReplicas;
import dwal.server.config.BrokerConfig;
import dwal.server.config.DynamicConfigs;
import dwal.server.config.RunTimeLayers;
import dwal.server.config.TopicSettings;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The node's configuration with what has been set at run time over it, and each topic's. Any thread; the newest overlay is
 * kept, since it changes seldom.
 */
final class LiveConfig implements Partitions.TopicConfiguration {
    private static final Logger LOG = LoggerFactory.getLogger(LiveConfig.class);

    private record Overlay(Map<String, String> cluster, Map<String, String> node, BrokerConfig config) {}

    private final BrokerConfig fixed;
    private final int nodeId;
    private volatile Overlay overlay;

    LiveConfig(BrokerConfig fixed) {
        this.fixed = fixed;
        this.nodeId = fixed.nodeId();
        this.overlay = new Overlay(Map.of(), Map.of(), fixed);
    }

    /** The node's configuration as of {@code image}. */
    BrokerConfig at(MetadataImage image) {
        Map<String, String> cluster = configs(image, ConfigResource.Type.BROKER, "");
        Map<String, String> node = configs(image, ConfigResource.Type.BROKER, Integer.toString(nodeId));
        Overlay known = overlay;
        if (!known.cluster.equals(cluster) || !known.node.equals(node)) {
            var layers = new RunTimeLayers(fixed, cluster, node);
            known = new Overlay(cluster, node, layers.inForce());
            overlay = known;
            if (!layers.leftOut().isEmpty()) {
                LOG.warn(
                        "Settings that were made at run time are not in force, as if nobody had made them: {}. Delete or correct"
                                + " them with kafka-configs --alter",
                        String.join("; ", layers.leftOut()));
            }
        }
        return known.config;
    }

    @Override
    public PartitionSettings of(String topic, MetadataImage image) {
        BrokerConfig broker = at(image);
        Map<String, String> overrides = configs(image, ConfigResource.Type.TOPIC, topic);
        LogConfig log = TopicSettings.logConfig(broker, overrides);
        return new PartitionSettings(
                TopicSettings.of(broker, overrides),
                log.minInSyncReplicas,
                ThrottledReplicas.of(log.leaderReplicationThrottledReplicas),
                ThrottledReplicas.of(log.followerReplicationThrottledReplicas));
    }

    /** Bytes per second that {@code key}, a quota that exists at run time only, allows as of {@code image}. */
    long quota(String key, MetadataImage image) {
        for (String broker : List.of(Integer.toString(nodeId), "")) {
            String value = configs(image, ConfigResource.Type.BROKER, broker).get(key);
            if (value != null && DynamicConfigs.parses(key, value)) {
                return Long.parseLong(value.trim());
            }
        }
        return ReplicationQuota.UNLIMITED;
    }

    private static Map<String, String> configs(MetadataImage image, ConfigResource.Type type, String name) {
        return image.configs().configMapForResource(new ConfigResource(type, name));
    }
}

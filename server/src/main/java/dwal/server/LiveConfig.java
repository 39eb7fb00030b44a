package dwal.server;

import dwal.replication.PartitionSettings;
import dwal.replication.Partitions;
import dwal.replication.ReplicationQuota;
import dwal.replication.ThrottledReplicas;
import dwal.server.config.BrokerConfig;
import dwal.server.config.TopicSettings;
import java.util.Map;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.storage.internals.log.LogConfig;

/**
 * The node's configuration with what has been set at run time over it, and each topic's. Any thread; the newest overlay is
 * kept, since it changes seldom.
 */
final class LiveConfig implements Partitions.TopicConfiguration {
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
            known = new Overlay(cluster, node, fixed.withDynamic(cluster, node));
            overlay = known;
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
        String value = configs(image, ConfigResource.Type.BROKER, Integer.toString(nodeId))
                .get(key);
        if (value == null) {
            value = configs(image, ConfigResource.Type.BROKER, "").get(key);
        }
        return value == null ? ReplicationQuota.UNLIMITED : Long.parseLong(value.trim());
    }

    private static Map<String, String> configs(MetadataImage image, ConfigResource.Type type, String name) {
        return image.configs().configMapForResource(new ConfigResource(type, name));
    }
}

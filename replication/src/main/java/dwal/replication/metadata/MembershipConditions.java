package dwal.replication.metadata;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.metadata.VersionRange;
import org.apache.kafka.server.common.ShareVersion;
import org.apache.kafka.server.common.StreamsVersion;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a cluster must be like for a node that is only a broker in it: its controllers, and other brokers, may be Apache
 * Kafka's, and would trust it with what dwal does not do yet.
 *
 * <p>What a feature level turns on is excluded for good: controllers register no broker, and raise no feature, so that a
 * level lies outside of what a registered broker supports. The rest is looked at when the node comes for the first time,
 * and told as an error when it changes later: a member that has replicas does more harm by staying away.
 */
final class MembershipConditions implements ClusterMetadata.Subscriber {
    private static final Logger LOG = LoggerFactory.getLogger(MembershipConditions.class);

    /** Features of which dwal has no part: its own clusters begin without them. */
    static final List<String> NOT_SERVED = List.of(ShareVersion.FEATURE_NAME, StreamsVersion.FEATURE_NAME);

    private final int nodeId;
    private final boolean enforcesAcls;
    private final Set<String> told = new HashSet<>();

    /** @param enforcesAcls whether the broker has an authorizer */
    MembershipConditions(int nodeId, boolean enforcesAcls) {
        this.nodeId = nodeId;
        this.enforcesAcls = enforcesAcls;
    }

    /** The levels of features at which such a broker can be a member. */
    static Map<String, VersionRange> supportedFeatures() {
        Map<String, VersionRange> supported = new TreeMap<>(KRaftNode.supportedFeatures());
        NOT_SERVED.forEach(feature -> supported.put(feature, VersionRange.of(0, 0)));
        return supported;
    }

    /** @throws MembershipException if this node is new to the cluster that {@code image} shows, and cannot be a member of it */
    void check(MetadataImage image) {
        List<String> reasons = unmet(image);
        if (!reasons.isEmpty() && image.cluster().broker(nodeId) == null) {
            throw new MembershipException("Node " + nodeId
                    + " cannot be a broker of this cluster yet, and does not register: " + String.join("; ", reasons));
        }
    }

    /** A member that is there already, or is about to be, tells what it cannot do; on the metadata thread. */
    @Override
    public void onImage(MetadataDelta delta, MetadataImage image) {
        boolean concerned = delta.topicsDelta() != null
                || delta.configsDelta() != null
                || delta.aclsDelta() != null
                || delta.featuresDelta() != null;
        if (concerned && image.cluster().broker(nodeId) != null) {
            List<String> reasons = unmet(image);
            told.retainAll(reasons);
            for (String reason : reasons) {
                if (told.add(reason)) {
                    LOG.error("Broker {} is in a cluster that asks for what dwal does not do yet: {}", nodeId, reason);
                }
            }
        }
    }

    /** What stands against it, each with what to do. */
    List<String> unmet(MetadataImage image) {
        List<String> reasons = new ArrayList<>();
        addFeatures(image, reasons);
        if (image.topics().getTopic(Topic.TRANSACTION_STATE_TOPIC_NAME) != null) {
            reasons.add("the cluster has transactions (topic " + Topic.TRANSACTION_STATE_TOPIC_NAME
                    + " is there), in which dwal takes no part yet: end the use of transactional.id in producers, then"
                    + " delete that topic");
        }
        List<String> tiered = tieredTopics(image);
        if (!tiered.isEmpty()) {
            reasons.add("topics have " + TopicConfig.REMOTE_LOG_STORAGE_ENABLE_CONFIG + "=true (" + some(tiered)
                    + "), and dwal reads no remote storage: turn it off for them");
        }
        if (!enforcesAcls && !image.acls().isEmpty()) {
            reasons.add(
                    "the cluster has access control lists, and this broker has no authorizer, so that whoever connects to"
                            + " it could do everything: set authorizer.class.name as on the other nodes");
        }
        return reasons;
    }

    private static void addFeatures(MetadataImage image, Collection<String> reasons) {
        Map<String, Short> finalized = new TreeMap<>(image.features().finalizedVersions());
        Map<String, VersionRange> supported = supportedFeatures();
        finalized.forEach((name, level) -> {
            VersionRange range = supported.getOrDefault(name, VersionRange.of(0, 0));
            if (!range.contains(level)) {
                reasons.add("the cluster has " + name + "=" + level + ", dwal supports " + range.min() + " to "
                        + range.max() + ": lower it with 'kafka-features downgrade --feature " + name + "="
                        + range.max() + "'");
            }
        });
    }

    private static List<String> tieredTopics(MetadataImage image) {
        List<String> topics = new ArrayList<>();
        image.configs().resourceData().forEach((resource, config) -> {
            if (resource.type() == ConfigResource.Type.TOPIC
                    && Boolean.parseBoolean(config.toMap().get(TopicConfig.REMOTE_LOG_STORAGE_ENABLE_CONFIG))) {
                topics.add(resource.name());
            }
        });
        topics.sort(null);
        return topics;
    }

    private static String some(List<String> topics) {
        return topics.size() <= 5
                ? String.join(", ", topics)
                : String.join(", ", topics.subList(0, 5)) + " and " + (topics.size() - 5) + " more";
    }
}

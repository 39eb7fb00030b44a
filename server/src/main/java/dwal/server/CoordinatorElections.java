package dwal.server;

import dwal.coordinator.GroupCoordinator;
import dwal.replication.metadata.ClusterMetadata;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Predicate;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.TopicImage;
import org.jspecify.annotations.Nullable;

/**
 * Tells the group coordinator which partitions of its topic this node leads, and what else the metadata bring. On the
 * metadata thread.
 */
final class CoordinatorElections implements ClusterMetadata.Subscriber {
    private final int nodeId;
    private final GroupCoordinator groups;
    private final Predicate<MetadataImage> admitted;
    private final Map<Integer, Integer> ledEpochs = new HashMap<>();
    private boolean isAdmitted;

    /** @param admitted whether an image speaks of this run of the node; before, partitions take no role either */
    CoordinatorElections(int nodeId, GroupCoordinator groups, Predicate<MetadataImage> admitted) {
        this.nodeId = nodeId;
        this.groups = groups;
        this.admitted = admitted;
    }

    @Override
    public void onImage(MetadataDelta delta, MetadataImage image) {
        groups.onMetadataUpdate(delta, image);
        boolean first = !isAdmitted && admitted.test(image);
        isAdmitted |= first;
        if (first || (isAdmitted && delta.topicsDelta() != null)) {
            follow(image.topics().getTopic(Topic.GROUP_METADATA_TOPIC_NAME));
        }
    }

    private void follow(@Nullable TopicImage topic) {
        Map<Integer, Integer> led = new HashMap<>();
        if (topic != null) {
            topic.partitions().forEach((index, partition) -> {
                if (partition.leader == nodeId) {
                    led.put(index, partition.leaderEpoch);
                }
            });
        }
        ledEpochs.forEach((index, epoch) -> {
            if (!led.containsKey(index)) {
                groups.onResignation(index, epochOf(topic, index));
            }
        });
        led.forEach((index, epoch) -> {
            Integer before = ledEpochs.get(index);
            if (before == null || before < epoch) {
                groups.onElection(index, epoch);
            }
        });
        ledEpochs.clear();
        ledEpochs.putAll(led);
    }

    private static OptionalInt epochOf(@Nullable TopicImage topic, int index) {
        if (topic == null || !topic.partitions().containsKey(index)) {
            return OptionalInt.empty();
        }
        return OptionalInt.of(topic.partitions().get(index).leaderEpoch);
    }
}

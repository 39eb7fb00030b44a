package dwal.replication;

import dwal.log.LogStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.apache.kafka.common.DirectoryId;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.TopicImage;
import org.apache.kafka.metadata.PartitionRegistration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The partitions that this node hosts. Changed by the metadata thread alone, through {@link #apply}; looked up from any
 * thread.
 */
public final class Partitions {
    private static final Logger LOGGER = LoggerFactory.getLogger(Partitions.class);

    /** What a topic's configuration is, by the metadata as it stands in {@code image}. */
    @FunctionalInterface
    public interface TopicConfiguration {
        /** The settings of {@code topic}. */
        PartitionSettings of(String topic, MetadataImage image);
    }

    private record Topic(Uuid id, String name, Map<Integer, Partition> hosted) {}

    private final Map<Uuid, Topic> byId = new ConcurrentHashMap<>();
    private final Map<String, Topic> byName = new ConcurrentHashMap<>();
    private final Partition.Surroundings around;
    private final LogStore logs;
    private final TopicConfiguration configuration;
    /** Whether the metadata have come to where they speak of this run of the node. */
    private boolean admitted;

    /** Hosts nothing yet; what it will host keeps its records in {@code logs}. */
    public Partitions(Partition.Surroundings around, LogStore logs, TopicConfiguration configuration) {
        this.around = around;
        this.logs = logs;
        this.configuration = configuration;
    }

    /** The partition, if the topic exists and this node hosts it. */
    public @Nullable Partition find(Uuid topicId, int partition) {
        Topic topic = byId.get(topicId);
        return topic == null ? null : topic.hosted.get(partition);
    }

    /** The partition, if the topic exists and this node hosts it. */
    public @Nullable Partition find(String topicName, int partition) {
        Topic topic = byName.get(topicName);
        return topic == null ? null : topic.hosted.get(partition);
    }

    /** The partition, if the topic exists and this node hosts it. */
    public @Nullable Partition find(TopicPartition partition) {
        return find(partition.topic(), partition.partition());
    }

    /** Who has not fetched yet what this node leads. */
    public ExpectedFollowers expectedFollowers() {
        return around.replication().expected();
    }

    /** All that this node hosts. */
    public Collection<Partition> all() {
        List<Partition> all = new ArrayList<>();
        byId.values().forEach(topic -> all.addAll(topic.hosted.values()));
        return all;
    }

    /** Follows the metadata: on the metadata thread, with each change, the first of which brings all there is. */
    public void apply(MetadataDelta delta, MetadataImage image) {
        if (!admitted) {
            admitted = around.replication().admitted().test(image);
            if (admitted) {
                setStraysAside(image);
                image.topics().topicsById().keySet().forEach(id -> follow(id, image));
            }
            return;
        }
        if (delta.topicsDelta() != null) {
            delta.topicsDelta().deletedTopicIds().forEach(this::delete);
            delta.topicsDelta().changedTopics().keySet().forEach(id -> follow(id, image));
        }
        if (delta.clusterDelta() != null) {
            byId.values().forEach(topic -> topic.hosted.values().forEach(Partition::brokersChanged));
        }
        if (delta.configsDelta() != null) {
            delta.configsDelta().changes().keySet().forEach(resource -> configure(resource, image));
        }
    }

    private void follow(Uuid topicId, MetadataImage image) {
        TopicImage now = image.topics().getTopic(topicId);
        if (now == null) {
            return;
        }
        Topic topic = byId.computeIfAbsent(topicId, id -> new Topic(id, now.name(), new ConcurrentHashMap<>()));
        PartitionSettings settings = configuration.of(topic.name, image);
        now.partitions().forEach((index, registration) -> {
            Assignment assignment = assignmentOf(registration);
            Partition hosted = topic.hosted.get(index);
            if (!assignment.replicas().contains(around.nodeId())) {
                if (hosted != null) {
                    topic.hosted.remove(index);
                    hosted.abandon();
                    logs.delete(hosted.id());
                }
            } else if (hosted == null) {
                Partition fresh = host(topic, index, assignment, settings);
                topic.hosted.put(index, fresh);
                fresh.begin();
            } else {
                hosted.assign(assignment);
            }
        });
        byName.put(topic.name, topic);
    }

    private Partition host(Topic topic, int index, Assignment assignment, PartitionSettings settings) {
        var id = new TopicIdPartition(topic.id, index, topic.name);
        return new Partition(id, logs.log(id, settings.log()), assignment, settings, around);
    }

    private void delete(Uuid topicId) {
        Topic topic = byId.remove(topicId);
        if (topic == null) {
            return;
        }
        byName.remove(topic.name, topic);
        topic.hosted.values().forEach(partition -> {
            partition.delete();
            logs.delete(partition.id());
        });
    }

    private void configure(ConfigResource resource, MetadataImage image) {
        switch (resource.type()) {
            case TOPIC -> configure(byName.get(resource.name()), image);
            case BROKER -> byName.values().forEach(topic -> configure(topic, image));
            default -> {}
        }
    }

    private void configure(@Nullable Topic topic, MetadataImage image) {
        if (topic != null) {
            PartitionSettings now = configuration.of(topic.name, image);
            topic.hosted.values().forEach(partition -> partition.updateSettings(now));
        }
    }

    /**
     * Sets aside what was deleted from the metadata, or moved away, while this node was down or about to be when it died. It is
     * not deleted, as with Apache Kafka: metadata that are lost, or restored from an old copy, look the same.
     */
    private void setStraysAside(MetadataImage image) {
        for (TopicIdPartition onDisk : logs.onDisk()) {
            PartitionRegistration now = image.topics().getPartition(onDisk.topicId(), onDisk.partition());
            boolean isHere = now != null && assignmentOf(now).replicas().contains(around.nodeId());
            if (!isHere) {
                String why = now == null ? "its topic is not in the metadata" : "it was moved away from this node";
                LOGGER.warn(
                        "The records of {} are set aside in {}, since {}. Delete that directory if nobody needs them",
                        onDisk,
                        logs.setAside(onDisk),
                        why);
            }
        }
    }

    private static Assignment assignmentOf(PartitionRegistration registration) {
        return new Assignment(
                registration.leader,
                registration.leaderEpoch,
                registration.partitionEpoch,
                toList(registration.replicas),
                toList(registration.isr),
                toList(registration.elr),
                IntStream.of(registration.replicas)
                        .filter(id -> registration.directory(id).equals(DirectoryId.LOST))
                        .boxed()
                        .toList());
    }

    private static List<Integer> toList(int[] nodes) {
        return Arrays.stream(nodes).boxed().toList();
    }

    /** The error for a partition that {@link #find} does not have, by what the metadata says. */
    public static Errors whyNotHere(MetadataImage image, String topicName, int partition) {
        TopicImage topic = image.topics().getTopic(topicName);
        return topic == null || !topic.partitions().containsKey(partition)
                ? Errors.UNKNOWN_TOPIC_OR_PARTITION
                : Errors.NOT_LEADER_OR_FOLLOWER;
    }
}

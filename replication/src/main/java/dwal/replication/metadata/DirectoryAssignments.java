package dwal.replication.metadata;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.common.DirectoryId;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AssignReplicasToDirsRequestData;
import org.apache.kafka.common.message.AssignReplicasToDirsRequestData.DirectoryData;
import org.apache.kafka.common.message.AssignReplicasToDirsRequestData.PartitionData;
import org.apache.kafka.common.message.AssignReplicasToDirsRequestData.TopicData;
import org.apache.kafka.common.message.AssignReplicasToDirsResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AssignReplicasToDirsRequest;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.TopicDelta;
import org.apache.kafka.image.TopicsDelta;
import org.apache.kafka.metadata.PartitionRegistration;
import org.apache.kafka.metadata.Replicas;
import org.apache.kafka.server.util.Scheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the controller that this broker's replicas are in its one directory, where the metadata say otherwise (KIP-858): after
 * the directory was lost, the controller takes the replicas in the new one for offline until then. And tells it of replicas
 * that have failed in this run, which it then takes for offline: those are assigned to no directory ("lost").
 *
 * <p>{@link #onImage} is called on the loader's thread; the rest of the state belongs to the scheduler's one thread.
 */
final class DirectoryAssignments implements ClusterMetadata.Subscriber {
    private static final Logger LOG = LoggerFactory.getLogger(DirectoryAssignments.class);
    private static final long RETRY_MS = 500;
    private static final long TOGETHER_MS = 10;

    private record Replica(Uuid topic, int partition) {}

    private final int nodeId;
    private final Supplier<@Nullable Uuid> directory;
    private final LongSupplier brokerEpoch;
    private final Function<AssignReplicasToDirsRequestData, CompletableFuture<AssignReplicasToDirsResponseData>> assign;
    private final Scheduler scheduler;
    private final Set<Replica> misplaced = new LinkedHashSet<>();
    /** Any thread. */
    private final Set<Replica> failed = ConcurrentHashMap.newKeySet();

    private boolean underWay;

    /** The newest image; others see it only when all subscribers have. */
    private volatile MetadataImage image = MetadataImage.EMPTY;

    /**
     * @param directory the id of the one directory; null before it is known
     * @param brokerEpoch -1 before this broker is registered
     * @param assign asks the active controller
     */
    DirectoryAssignments(
            int nodeId,
            Supplier<@Nullable Uuid> directory,
            LongSupplier brokerEpoch,
            Function<AssignReplicasToDirsRequestData, CompletableFuture<AssignReplicasToDirsResponseData>> assign,
            Scheduler scheduler) {
        this.nodeId = nodeId;
        this.directory = directory;
        this.brokerEpoch = brokerEpoch;
        this.assign = assign;
        this.scheduler = scheduler;
    }

    @Override
    public void onImage(MetadataDelta delta, MetadataImage next) {
        image = next;
        TopicsDelta topics = delta.topicsDelta();
        Uuid here = directory.get();
        if (topics == null || here == null) {
            return;
        }
        List<Replica> found = new ArrayList<>();
        for (TopicDelta topic : topics.changedTopics().values()) {
            topic.partitionChanges().forEach((index, partition) -> {
                if (isElsewhere(partition, here)) {
                    found.add(new Replica(topic.id(), index));
                }
            });
        }
        if (!found.isEmpty()) {
            var unused = scheduler.scheduleOnce("directory assignments", () -> {
                misplaced.addAll(found);
                step();
            });
        }
    }

    /** The replica of {@code partition} has failed; any thread. */
    void failed(TopicIdPartition partition) {
        if (failed.add(new Replica(partition.topicId(), partition.partition()))) {
            // A directory fails with all that is in it: for one request.
            var unused = scheduler.scheduleOnce(
                    "directory assignments",
                    () -> {
                        misplaced.addAll(failed);
                        step();
                    },
                    TOGETHER_MS);
        }
    }

    /** It has not any more; any thread. */
    void repaired(TopicIdPartition partition) {
        var replica = new Replica(partition.topicId(), partition.partition());
        if (failed.remove(replica)) {
            var unused = scheduler.scheduleOnce("directory assignments", () -> {
                misplaced.add(replica);
                step();
            });
        }
    }

    private boolean isElsewhere(PartitionRegistration partition, Uuid directory) {
        return Replicas.contains(partition.replicas, nodeId)
                && !partition.directory(nodeId).equals(directory);
    }

    private void step() {
        Uuid here = directory.get();
        MetadataImage now = image;
        failed.removeIf(replica -> !isHosted(now, replica));
        misplaced.removeIf(replica -> here == null || !isElsewhere(now, replica, wanted(replica, here)));
        if (underWay || misplaced.isEmpty() || here == null || !isSupported(now)) {
            return;
        }
        underWay = true;
        if (brokerEpoch.getAsLong() < 0) {
            again();
            return;
        }
        var unused = assign.apply(request(here)).whenComplete((answer, failure) -> {
            if (failure != null) {
                LOG.warn("The controller was not told where replicas of broker {} are, trying again", nodeId, failure);
            } else if (answer.errorCode() != Errors.NONE.code()) {
                LOG.warn(
                        "The controller does not take where replicas of broker {} are ({}), trying again",
                        nodeId,
                        Errors.forCode(answer.errorCode()));
            }
            again();
        });
    }

    /** What was taken stands in a later image, and is not asked for any more. */
    private void again() {
        var unused = scheduler.scheduleOnce(
                "directory assignments",
                () -> {
                    underWay = false;
                    step();
                },
                RETRY_MS);
    }

    private static boolean isSupported(MetadataImage now) {
        return now.features()
                .metadataVersion()
                .map(version -> version.isDirectoryAssignmentSupported())
                .orElse(false);
    }

    private boolean isElsewhere(MetadataImage now, Replica replica, Uuid directory) {
        PartitionRegistration partition = now.topics().getPartition(replica.topic(), replica.partition());
        return partition != null && isElsewhere(partition, directory);
    }

    private boolean isHosted(MetadataImage now, Replica replica) {
        PartitionRegistration partition = now.topics().getPartition(replica.topic(), replica.partition());
        return partition != null && Replicas.contains(partition.replicas, nodeId);
    }

    private Uuid wanted(Replica replica, Uuid here) {
        return failed.contains(replica) ? DirectoryId.LOST : here;
    }

    private AssignReplicasToDirsRequestData request(Uuid here) {
        List<DirectoryData> directories = new ArrayList<>();
        List<Replica> next = misplaced.stream()
                .limit(AssignReplicasToDirsRequest.MAX_ASSIGNMENTS_PER_REQUEST)
                .toList();
        next.stream().collect(Collectors.groupingBy(one -> wanted(one, here))).forEach((directory, replicas) -> {
            tellOfFailed(directory, replicas);
            directories.add(new DirectoryData().setId(directory).setTopics(topics(replicas)));
        });
        return new AssignReplicasToDirsRequestData()
                .setBrokerId(nodeId)
                .setBrokerEpoch(brokerEpoch.getAsLong())
                .setDirectories(directories);
    }

    private static void tellOfFailed(Uuid directory, List<Replica> replicas) {
        if (directory.equals(DirectoryId.LOST)) {
            LOG.warn(
                    "{} on this node failed: telling the controller, so that others that are in sync go on alone",
                    replicas.size() == 1 ? "A replica" : replicas.size() + " replicas");
        }
    }

    private static List<TopicData> topics(List<Replica> replicas) {
        Map<Uuid, TopicData> topics = new HashMap<>();
        for (Replica replica : replicas) {
            topics.computeIfAbsent(replica.topic(), id -> new TopicData().setTopicId(id))
                    .partitions()
                    .add(new PartitionData().setPartitionIndex(replica.partition()));
        }
        return new ArrayList<>(topics.values());
    }
}

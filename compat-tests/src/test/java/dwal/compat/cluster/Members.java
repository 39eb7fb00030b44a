package dwal.compat.cluster;

import dwal.compat.clients.Clients;
import dwal.compat.server.Await;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.QuorumInfo;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartitionInfo;

/** Who leads and who follows in a cluster, as an admin client sees it that does not wait long for a silent node. One thread. */
public final class Members implements AutoCloseable {
    /** A client learns that a node is silent by this time-out alone; the default is 30 s. */
    public static final Map<String, Object> IMPATIENT = Map.of("request.timeout.ms", 3000);

    private static final Map<String, Object> ONE_TRY =
            Map.of("request.timeout.ms", 3000, "default.api.timeout.ms", 3000);

    private static final long PATIENCE_S = 60;

    private final int nodes;
    private final String bootstrap;
    private final Admin admin;

    /** Of a cluster of so many nodes that is found at {@code bootstrap}. */
    public Members(String bootstrap, int nodes) {
        this.nodes = nodes;
        this.bootstrap = bootstrap;
        this.admin = new Clients(bootstrap).admin(IMPATIENT);
    }

    /** Makes a topic with a replica on each node; gives its name, which no other test uses. */
    public String createTopic(String what, int partitions) {
        String topic = Clients.unique(what);
        get(admin.createTopics(List.of(new NewTopic(topic, partitions, (short) nodes)))
                .all());
        awaitAllInSync();
        return topic;
    }

    /** Waits until all replicas are in sync, and every node knows it: one that was cut off would tell of how it was before. */
    public void awaitAllInSync() {
        awaitSameMetadata();
        Await.until(
                "all replicas of all topics to be in sync",
                () -> get(admin.listTopics(new ListTopicsOptions().listInternal(true))
                                .names())
                        .stream()
                        .allMatch(this::isInSync));
    }

    private boolean isInSync(String topic) {
        return partitions(topic).stream().allMatch(partition -> partition.isr().size() == nodes);
    }

    /** Waits until every node has what the metadata log has now. */
    private void awaitSameMetadata() {
        awaitMetadata(Await.value("an active controller", Await.PATIENCE, () -> Optional.of(quorum().highWatermark())));
    }

    private void awaitMetadata(long end) {
        Await.until("all nodes to have the metadata up to " + end, () -> {
            QuorumInfo quorum = quorum();
            return Stream.concat(quorum.voters().stream(), quorum.observers().stream())
                            .filter(node -> node.logEndOffset() >= end)
                            .map(QuorumInfo.ReplicaState::replicaId)
                            .distinct()
                            .count()
                    == nodes;
        });
    }

    private QuorumInfo quorum() {
        return get(admin.describeMetadataQuorum().quorumInfo());
    }

    /** The node that leads the topic's first partition. */
    public int leader(String topic) {
        return Await.value(
                "a leader of " + topic,
                Await.PATIENCE,
                () -> Optional.ofNullable(partitions(topic).get(0).leader()).map(Node::id));
    }

    /**
     * Waits until a node's session has ended: it is no member any more, and leads nothing. Asks with a new client each time: one that
     * has asked the silent node may go on with it for its {@code default.api.timeout.ms}, a minute.
     */
    public void awaitGone(int node) {
        Await.until("the end of the session of node " + node, () -> {
            try (Admin asking = new Clients(bootstrap).admin(ONE_TRY)) {
                return get(asking.describeCluster().nodes()).stream().noneMatch(each -> each.id() == node);
            }
        });
    }

    /**
     * Waits until a node votes, with this directory, and all know it. The active controller counts a voter from when it has written
     * it down: if it dies in that moment, the others have not heard of it.
     */
    public void awaitVoter(int node, String directoryId) {
        awaitMetadata(
                Await.value("node " + node + " to be a voter with directory " + directoryId, Await.PATIENCE, () -> {
                    QuorumInfo quorum = quorum();
                    return votes(quorum, node, directoryId) ? Optional.of(logEnd(quorum)) : Optional.empty();
                }));
    }

    private static boolean votes(QuorumInfo quorum, int node, String directoryId) {
        return quorum.voters().stream()
                .anyMatch(voter -> voter.replicaId() == node
                        && voter.replicaDirectoryId().toString().equals(directoryId));
    }

    private static long logEnd(QuorumInfo quorum) {
        return quorum.voters().stream()
                .filter(voter -> voter.replicaId() == quorum.leaderId())
                .mapToLong(QuorumInfo.ReplicaState::logEndOffset)
                .findFirst()
                .orElseThrow();
    }

    public int activeController() {
        return Await.value(
                "an active controller",
                Await.PATIENCE,
                () -> Optional.of(quorum().leaderId()).filter(id -> id > 0));
    }

    private List<TopicPartitionInfo> partitions(String topic) {
        return get(admin.describeTopics(List.of(topic)).allTopicNames())
                .get(topic)
                .partitions();
    }

    private static <T> T get(KafkaFuture<T> future) {
        try {
            return future.get(PATIENCE_S, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError(e.toString(), e);
        }
    }

    @Override
    public void close() {
        admin.close();
    }
}

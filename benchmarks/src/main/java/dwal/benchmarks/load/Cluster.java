package dwal.benchmarks.load;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TopicExistsException;

/** What the driver asks of a server with the admin client. One thread at a time. */
final class Cluster implements AutoCloseable {
    private static final int MOST_REPLICAS = 3;
    private static final int LEADER_TRIES = 1200;
    private static final int PAUSE_MS = 50;

    private final Admin admin;

    Cluster(String bootstrap) {
        this.admin = Clients.admin(bootstrap);
    }

    /** Waits until a client sees so many nodes; false if it does not within the time. */
    static boolean awaitNodes(String bootstrap, int nodes, int seconds) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        try (Cluster cluster = new Cluster(bootstrap)) {
            while (System.nanoTime() < end) {
                if (cluster.sees(nodes)) {
                    return true;
                }
                Thread.sleep(PAUSE_MS);
            }
        }
        return false;
    }

    private boolean sees(int nodes) throws InterruptedException {
        try {
            DescribeClusterOptions soon = new DescribeClusterOptions().timeoutMs(2000);
            return admin.describeCluster(soon).nodes().get().size() >= nodes;
        } catch (ExecutionException e) {
            return false; // not there yet
        }
    }

    int nodes() throws ExecutionException, InterruptedException {
        return admin.describeCluster().nodes().get().size();
    }

    /** Makes a topic with a replica on each node, up to three, and waits until the leaders of its partitions answer. */
    void create(String topic, int partitions) throws ExecutionException, InterruptedException {
        short replicas = (short) Math.min(MOST_REPLICAS, nodes());
        NewTopic wanted = new NewTopic(topic, partitions, replicas);
        try {
            // Files go soon after the topic does, in the pause that delete() makes: not 60 s later, in another run.
            createAsIs(wanted.configs(Map.of("file.delete.delay.ms", "100")));
        } catch (ExecutionException e) {
            if (e.getCause() instanceof InvalidConfigurationException) {
                createAsIs(wanted.configs(Map.of()));
            } else if (!(e.getCause() instanceof TopicExistsException)) {
                throw e;
            }
        }
        awaitLeaders(topic, partitions);
    }

    private void createAsIs(NewTopic topic) throws ExecutionException, InterruptedException {
        admin.createTopics(List.of(topic)).all().get();
    }

    private void awaitLeaders(String topic, int partitions) throws ExecutionException, InterruptedException {
        for (int i = 0; i < LEADER_TRIES; i++) {
            try {
                List<TopicPartitionInfo> known = partitions(topic);
                if (known.size() == partitions && known.stream().allMatch(Cluster::hasLeader)) {
                    readable(topic, partitions); // answered by the leaders themselves: they know the partition
                    return;
                }
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof RetriableException)) {
                    throw e;
                }
            }
            Thread.sleep(PAUSE_MS);
        }
        throw new IllegalStateException("no leaders for " + topic);
    }

    private static boolean hasLeader(TopicPartitionInfo partition) {
        return partition.leader() != null && !partition.leader().isEmpty();
    }

    List<TopicPartitionInfo> partitions(String topic) throws ExecutionException, InterruptedException {
        return admin.describeTopics(List.of(topic)).allTopicNames().get().values().stream()
                .flatMap(description -> description.partitions().stream())
                .toList();
    }

    /** Of those that vote. */
    int activeController() throws ExecutionException, InterruptedException {
        return admin.describeMetadataQuorum().quorumInfo().get().leaderId();
    }

    /** The id of a node that is not {@code node}. */
    int otherThan(int node) throws ExecutionException, InterruptedException {
        return admin.describeCluster().nodes().get().stream()
                .map(Node::id)
                .filter(id -> id != node)
                .findFirst()
                .orElseThrow();
    }

    /** Makes a topic of one partition that all nodes keep and {@code leader} leads, and waits until it does. */
    void createLedBy(String topic, int leader) throws ExecutionException, InterruptedException {
        List<Integer> replicas = Stream.concat(
                        Stream.of(leader),
                        admin.describeCluster().nodes().get().stream()
                                .map(Node::id)
                                .filter(id -> id != leader))
                .toList();
        createAsIs(new NewTopic(topic, Map.of(0, replicas)));
        awaitLeaders(topic, 1);
    }

    /** Makes a topic, trying again at once for as long as it is refused or not answered within a second. */
    void createSoon(String topic) throws InterruptedException {
        CreateTopicsOptions soon = new CreateTopicsOptions().timeoutMs(1000);
        for (int i = 0; i < LEADER_TRIES; i++) {
            try {
                admin.createTopics(List.of(new NewTopic(topic, Optional.empty(), Optional.empty())), soon)
                        .all()
                        .get();
                return;
            } catch (ExecutionException e) {
                if (e.getCause() instanceof TopicExistsException) {
                    return; // made by a request whose answer was lost
                }
            }
        }
        throw new IllegalStateException(topic + " could not be made");
    }

    /** Deletes a topic and leaves the server time to delete its files. */
    void delete(String topic) throws ExecutionException, InterruptedException {
        admin.deleteTopics(List.of(topic)).all().get();
        Thread.sleep(2000);
    }

    /** Sum of the offsets that consumers may read to, over all partitions: grows as replicas catch up. */
    long readable(String topic, int partitions) throws ExecutionException, InterruptedException {
        Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
        for (int i = 0; i < partitions; i++) {
            wanted.put(new TopicPartition(topic, i), OffsetSpec.latest());
        }
        return admin.listOffsets(wanted).all().get().values().stream()
                .mapToLong(ListOffsetsResultInfo::offset)
                .sum();
    }

    @Override
    public void close() {
        admin.close();
    }
}

package dwal.compat.migration;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.compat.server.Await;
import dwal.compat.server.DwalProcess;
import dwal.compat.server.KafkaMain;
import dwal.compat.server.KafkaProcess;
import dwal.compat.server.SegmentFile;
import dwal.compat.server.Server;
import dwal.compat.tools.Tools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.server.common.MetadataVersion;

/**
 * A cluster of which nodes 1 to 3 are a real Apache Kafka's, each broker and controller, and nodes 11 to 13 dwal's brokers. It
 * begins with the oldest metadata version. Partitions are placed with Kafka's own tools. Used by one test thread.
 */
final class MixedCluster implements AutoCloseable {
    static final int FIRST_DWAL = 11;
    /** Bytes per second: as one gives it in earnest, and more than these tests need. */
    private static final int THROTTLE = 50_000_000;

    /** A member that loses its session gets records again: none may, however slow the machine is. */
    private static final String GROUP_SESSION = "group.consumer.session.timeout.ms";

    private static final String GROUP_SESSION_MS = "45000";

    /** What {@code kafka-storage format} is told: the oldest metadata version that Kafka 4.3 has, with groups of today. */
    private static final List<String> OLDEST = List.of(
            "--release-version",
            "3.3-IV3",
            "--feature",
            "group.version=1",
            "--feature",
            "share.version=1",
            "--feature",
            "streams.version=1");

    /** Where the replicas of each partition are to be, the preferred leader first. */
    record Placement(Map<TopicPartition, List<Integer>> replicas) {
        String toJson() {
            return replicas.entrySet().stream()
                    .map(one -> "{\"topic\":\"" + one.getKey().topic() + "\",\"partition\":"
                            + one.getKey().partition() + ",\"replicas\":" + one.getValue() + "}")
                    .collect(Collectors.joining(",", "{\"version\":1,\"partitions\":[", "]}"));
        }

        List<String> topics() {
            return replicas.keySet().stream()
                    .map(TopicPartition::topic)
                    .distinct()
                    .toList();
        }
    }

    private final Map<Integer, Server> nodes = new TreeMap<>();
    private final Tools tools;
    private final String voters;
    private final Path placementFile;

    /** Starts Kafka's three nodes, with the settings of {@code more}. */
    MixedCluster(Map<String, String> more) throws IOException {
        tools = new Tools();
        List<KafkaProcess> kafka = KafkaProcess.cluster(3, kafkaSettings(more), OLDEST);
        for (int i = 0; i < kafka.size(); i++) nodes.put(i + 1, kafka.get(i));
        voters = kafka.get(0).voters();
        placementFile = kafka.get(0).directory().resolve("placement.json");
        startAll(id -> true);
    }

    private void startAll(IntPredicate which) {
        CompletableFuture.allOf(nodes.keySet().stream()
                        .filter(which::test)
                        .map(id -> CompletableFuture.runAsync(() -> node(id).start()))
                        .toArray(CompletableFuture[]::new))
                .join();
    }

    private static Map<String, String> kafkaSettings(Map<String, String> more) {
        Map<String, String> all = new TreeMap<>(Map.of(
                "offsets.topic.replication.factor",
                "3",
                "broker.session.timeout.ms",
                "4000",
                "auto.leader.rebalance.enable",
                "false",
                GROUP_SESSION,
                GROUP_SESSION_MS,
                "min.insync.replicas",
                "2"));
        all.putAll(more);
        return all;
    }

    /** A broker of dwal's for this cluster, not yet started. */
    DwalProcess dwal(int id) {
        return new DwalProcess(Map.of(
                "process.roles",
                "broker",
                "node.id",
                Integer.toString(id),
                "controller.quorum.voters",
                voters,
                "controller.listener.names",
                "CONTROLLER",
                "dwal.cluster.id",
                KafkaMain.CLUSTER_ID,
                "dwal.disk.reserve",
                "0",
                GROUP_SESSION,
                GROUP_SESSION_MS));
    }

    /** Turns off what dwal does not serve, as its refusal says. */
    void lowerFeatures() throws IOException {
        tools.run(
                "FeatureCommand",
                "--bootstrap-server",
                bootstrap(1),
                "downgrade",
                "--feature",
                "share.version=0",
                "--feature",
                "streams.version=0");
    }

    /** Raises features to what Kafka 4.3 sets by itself, but for those that dwal does not serve. */
    void raiseFeatures() throws IOException {
        tools.run(
                "FeatureCommand",
                "--bootstrap-server",
                bootstrap(1),
                "upgrade",
                "--feature",
                "metadata.version=" + MetadataVersion.latestProduction().featureLevel(),
                "--feature",
                "transaction.version=2",
                "--feature",
                "eligible.leader.replicas.version=1");
    }

    /** Starts three brokers of dwal's. */
    void join() {
        for (int id = FIRST_DWAL; id < FIRST_DWAL + 3; id++) nodes.put(id, dwal(id));
        startAll(id -> id >= FIRST_DWAL);
    }

    /** The node whose controller is the active one. */
    int activeController() throws Exception {
        try (Admin admin = admin()) {
            return admin.describeMetadataQuorum().quorumInfo().get().leaderId();
        }
    }

    Server node(int id) {
        Server node = nodes.get(id);
        if (node == null) throw new AssertionError("there is no node " + id);
        return node;
    }

    String bootstrap(Integer... ids) {
        return Stream.of(ids).map(id -> node(id).bootstrap()).collect(Collectors.joining(","));
    }

    Admin admin() {
        return Admin.create(
                Map.of("bootstrap.servers", nodes.containsKey(FIRST_DWAL) ? bootstrap(1, FIRST_DWAL) : bootstrap(1)));
    }

    /** Creates a topic whose partitions are where {@code placement} says. */
    void create(String topic, int partitions, IntFunction<List<Integer>> placement, Map<String, String> settings)
            throws Exception {
        Map<Integer, List<Integer>> replicas = new TreeMap<>();
        for (int partition = 0; partition < partitions; partition++)
            replicas.put(partition, placement.apply(partition));
        try (Admin admin = admin()) {
            admin.createTopics(List.of(new NewTopic(topic, replicas).configs(settings)))
                    .all()
                    .get();
        }
    }

    /**
     * Has partitions moved and then led as {@code placement} says, by kafka-reassign-partitions and kafka-leader-election, which
     * speak to {@code asked}.
     */
    void move(Placement placement, int asked) throws IOException {
        Path file = Files.writeString(placementFile, placement.toJson());
        reassign(asked, file, "--execute", "--throttle", Integer.toString(THROTTLE));
        Await.until("the partitions to be moved", () -> {
            String status = reassign(asked, file, "--verify");
            return !status.contains("in progress") && !status.contains("still");
        });
        awaitAllInSync(placement.topics());
        // Again if the controller knows more by now than the node that said so, or the node that is asked less.
        Await.until("the tool to have the preferred leaders elected", () -> {
            tools.run(
                    "LeaderElectionCommand",
                    "--bootstrap-server",
                    bootstrap(asked),
                    "--election-type",
                    "PREFERRED",
                    "--path-to-json-file",
                    file.toString());
            return true;
        });
        Await.until("the preferred leaders to lead", () -> {
            assertThat(replicasNow(placement.topics())).isEqualTo(placement.replicas());
            return partitions(placement.topics())
                    .allMatch(partition ->
                            partition.leader() != null && partition.leader().id() == firstReplica(partition));
        });
    }

    private static int firstReplica(TopicPartitionInfo partition) {
        return partition.replicas().get(0).id();
    }

    private String reassign(int asked, Path file, String... what) throws IOException {
        List<String> options = new ArrayList<>(
                List.of("--bootstrap-server", bootstrap(asked), "--reassignment-json-file", file.toString()));
        options.addAll(List.of(what));
        return tools.run("reassign.ReassignPartitionsCommand", options.toArray(String[]::new));
    }

    void awaitAllInSync(Collection<String> topics) {
        Await.until(
                "all replicas to be in sync",
                () -> partitions(topics)
                        .allMatch(partition ->
                                partition.isr().size() == partition.replicas().size()));
    }

    private Stream<TopicPartitionInfo> partitions(Collection<String> topics) throws Exception {
        return describe(topics).values().stream().flatMap(topic -> topic.partitions().stream());
    }

    private Map<String, TopicDescription> describe(Collection<String> topics) throws Exception {
        try (Admin admin = admin()) {
            return admin.describeTopics(topics).allTopicNames().get();
        }
    }

    private Map<TopicPartition, List<Integer>> replicasNow(Collection<String> topics) {
        try {
            return describe(topics).values().stream()
                    .flatMap(topic -> topic.partitions().stream()
                            .map(partition -> Map.entry(
                                    new TopicPartition(topic.name(), partition.partition()),
                                    partition.replicas().stream().map(Node::id).toList())))
                    .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** The one segment file that node {@code id} keeps of a partition that few records fill; empty if there is none yet. */
    byte[] segment(int id, TopicPartition partition) throws IOException {
        Path directory = node(id).directory().resolve("data").resolve(partition.toString());
        if (!Files.exists(directory)) return new byte[0];
        List<Path> segments = SegmentFile.in(directory);
        assertThat(segments).hasSize(1);
        return settled(segments.get(0));
    }

    /** What is there, looked at again until it stays: a batch over zeros may be read while it is being written. */
    private static byte[] settled(Path segment) {
        byte[][] there = new byte[1][];
        Await.until("the batches of " + segment + " to stay as they are", () -> {
            there[0] = SegmentFile.batches(segment);
            byte[] again = SegmentFile.batches(segment);
            return again.length >= there[0].length
                    && Arrays.equals(there[0], 0, there[0].length, again, 0, there[0].length);
        });
        return there[0];
    }

    @Override
    public void close() {
        nodes.values().forEach(Server::close);
        tools.close();
    }
}

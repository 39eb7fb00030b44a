package dwal.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseBroker;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three nodes, each broker and controller: what they agree on outlives each of them. */
@Timeout(120)
class ClusterTest {
    private static final String BOTH = "broker,controller";

    @TempDir
    Path directory;

    @Test
    void topicsOutliveTheActiveController() throws Exception {
        try (TestNodes nodes = three(Map.of()).start(1, 2, 3)) {
            create(nodes, 1, "before");
            int first = activeController(nodes, 1);
            int other = first == 1 ? 2 : 1;
            nodes.stop(first);
            create(nodes, other, "after");
            assertThat(activeController(nodes, other)).isNotEqualTo(first);
            nodes.start(first);
            for (int id : List.of(1, 2, 3)) {
                TestNodes.await(
                        "node " + id + " sees both topics and all brokers",
                        () -> topics(nodes, id).equals(Set.of("before", "after"))
                                && brokers(nodes, id).equals(Set.of(1, 2, 3)));
            }
        }
    }

    @Test
    void aNodeWhoseDataAreLostGetsASnapshotAndItsReplicasBack() throws Exception {
        Map<String, String> often = Map.of("metadata.log.max.record.bytes.between.snapshots", "1");
        try (TestNodes nodes = three(often).start(1, 2, 3)) {
            int victim = activeController(nodes, 1) == 3 ? 2 : 3;
            nodes.stop(victim);
            for (int i = 0; i < 5; i++) {
                create(nodes, 1, "topic-" + i, 3);
            }
            TestNodes.await("node 1 has a snapshot", () -> !snapshots(nodes, 1).isEmpty());
            deleteAll(nodes.dataOf(victim));
            nodes.start(victim);
            TestNodes.await(
                    "the node sees all topics", () -> topics(nodes, victim).size() == 5);
            assertThat(snapshots(nodes, victim)).as("fetched snapshots").isNotEmpty();
            assertThat(Files.exists(nodes.dataOf(victim).resolve("__cluster_metadata-0/00000000000000000000.log")))
                    .as("a log from the beginning")
                    .isFalse();
            TestNodes.await(
                    "its replicas count as online in the new directory",
                    () -> nodes.metadataOf(1).topics().stream()
                            .flatMap(topic -> topic.partitions().stream())
                            .allMatch(partition -> partition.offlineReplicas().isEmpty()));
        }
    }

    @Test
    void whoAsksANodeBeforeItKnowsTheMetadataIsAnsweredWhenItDoes() throws Exception {
        // The last to stop would wait for a controller, to tell it that it goes.
        try (TestNodes nodes =
                three(Map.of("controlled.shutdown.enable", "false")).start(1, 2, 3)) {
            create(nodes, 1, "before");
            nodes.stop(3);
            nodes.stop(2);
            nodes.stop(1);

            CompletableFuture<Void> alone = nodes.begin(1);
            int port = nodes.portOf(1);
            var request = new MetadataRequestData()
                    .setTopics(List.of(new MetadataRequestTopic().setName("before")))
                    .setAllowAutoTopicCreation(true);
            CompletableFuture<MetadataResponseData> asked = CompletableFuture.supplyAsync(() -> {
                try {
                    return TestNodes.ask(port, ApiKeys.METADATA, 12, request, new MetadataResponseData());
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            nodes.start(2, 3);

            assertThat(asked.get(30, TimeUnit.SECONDS).topics())
                    .singleElement()
                    .satisfies(topic -> assertThat(topic.errorCode()).isZero());
            alone.get(30, TimeUnit.SECONDS);
        }
    }

    @Test
    void aBrokerThatIsGoneIsFencedAndOneThatComesBackIsNot() throws Exception {
        try (TestNodes nodes = three(Map.of()).start(1, 2)) {
            var victim = new Broker(nodes.configOf(3));
            victim.begin().get(60, TimeUnit.SECONDS);
            TestNodes.await("all are there", () -> brokers(nodes, 1).equals(Set.of(1, 2, 3)));
            victim.closeAsIfKilled();
            TestNodes.await("it is fenced", () -> brokers(nodes, 1).equals(Set.of(1, 2)));
            nodes.start(3);
            TestNodes.await("it is back", () -> brokers(nodes, 1).equals(Set.of(1, 2, 3)));
        }
    }

    @Test
    void aBrokerThatStopsInOrderHandsOverItsLeaderships() throws Exception {
        try (TestNodes nodes = three(Map.of()).start(1, 2, 3)) {
            try (Admin admin = nodes.admin(1)) {
                admin.createTopics(List.of(new NewTopic("t", 6, (short) 3)))
                        .all()
                        .get();
            }
            nodes.stop(3);
            // No session has timed out yet: the controller knew.
            assertThat(topic(nodes, 1, "t").partitions())
                    .allMatch(partition -> partition.leaderId() == 1 || partition.leaderId() == 2)
                    .allMatch(partition -> partition.offlineReplicas().equals(List.of(3)));
        }
    }

    @Test
    void noThreadOfANodeOutlivesIt() throws Exception {
        // An id of its own, and with it names of threads.
        try (TestNodes nodes =
                new TestNodes(directory, List.of(77)).add(77, BOTH, Map.of()).start(77)) {
            assertThat(threadsOf77()).anyMatch(thread -> thread.getName().contains("raft-outbound"));
            nodes.stop(77);
        }
        for (Thread last : threadsOf77()) {
            // One that its pool no longer counts may have its last few instructions before it.
            last.join(1_000);
        }
        assertThat(threadsOf77()).isEmpty();
    }

    private static List<Thread> threadsOf77() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("dwal-77-"))
                .toList();
    }

    private TestNodes three(Map<String, String> more) {
        return new TestNodes(directory, List.of(1, 2, 3))
                .add(1, BOTH, more)
                .add(2, BOTH, more)
                .add(3, BOTH, more);
    }

    private static void create(TestNodes nodes, int by, String topic) throws Exception {
        create(nodes, by, topic, 1);
    }

    private static void create(TestNodes nodes, int by, String topic, int replicas) throws Exception {
        try (Admin admin = nodes.admin(by)) {
            admin.createTopics(List.of(new NewTopic(topic, 1, (short) replicas)))
                    .all()
                    .get();
        }
    }

    private static int activeController(TestNodes nodes, int by) throws Exception {
        try (Admin admin = nodes.admin(by)) {
            return admin.describeMetadataQuorum().quorumInfo().get().leaderId();
        }
    }

    private static Set<String> topics(TestNodes nodes, int by) throws Exception {
        return nodes.metadataOf(by).topics().stream()
                .map(MetadataResponseTopic::name)
                .collect(Collectors.toSet());
    }

    private static MetadataResponseTopic topic(TestNodes nodes, int by, String name) throws Exception {
        return nodes.metadataOf(by).topics().find(name);
    }

    private static Set<Integer> brokers(TestNodes nodes, int by) throws Exception {
        return nodes.metadataOf(by).brokers().stream()
                .map(MetadataResponseBroker::nodeId)
                .collect(Collectors.toSet());
    }

    private static List<Path> snapshots(TestNodes nodes, int id) throws Exception {
        try (var files = Files.list(nodes.dataOf(id).resolve("__cluster_metadata-0"))) {
            return files.filter(file -> file.toString().endsWith(".checkpoint")
                            && !file.getFileName().toString().startsWith("00000000000000000000-"))
                    .toList();
        }
    }

    private static void deleteAll(Path folder) throws Exception {
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}

package dwal.compat.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.compat.clients.Clients;
import dwal.compat.judge.History;
import dwal.compat.judge.History.Value;
import dwal.compat.judge.Judge;
import dwal.compat.server.Await;
import dwal.compat.server.Requirement;
import dwal.compat.server.Server;
import dwal.compat.tools.Tools;
import dwal.compat.traffic.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Kafka's own tools move a partition between three nodes, throttled, while a producer runs, and give leaderships back; then
 * the controller does the latter by itself.
 */
@Timeout(900)
class ReassignmentTest {
    private static final int FILL_BYTES = 12_000_000;
    private static final int THROTTLE = 2_000_000;

    @Test
    void aPartitionMovesThrottledWhileAProducerRunsAndLeadershipComesBackOnDemandAndByItself() throws Exception {
        Requirement.that(!Server.isKafkaTarget(), "bin/dwal local-cluster starts dwal only");
        History history = new History();
        try (LocalCluster cluster = new LocalCluster();
                Tools tools = new Tools()) {
            cluster.start("--set", "dwal.disk.reserve=0").ok();
            String bootstrap = String.join(",", cluster.bootstrap(1), cluster.bootstrap(2), cluster.bootstrap(3));
            Clients clients = new Clients(bootstrap);
            String filler = Clients.unique("filled");
            String topic = Clients.unique("moved");
            try (Admin admin = cluster.admin(bootstrap)) {
                admin.createTopics(List.of(
                                new NewTopic(filler, Map.of(0, List.of(1, 2)))
                                        .configs(Map.of("min.insync.replicas", "1")),
                                new NewTopic(topic, Map.of(0, List.of(1, 2)))
                                        .configs(Map.of("min.insync.replicas", "1"))))
                        .all()
                        .get();
                fill(clients, filler);
                Writer writer = new Writer(
                        0,
                        clients.producer(Map.of("enable.idempotence", true, "acks", "all", "linger.ms", 5)),
                        topic,
                        1,
                        history);
                writer.start();
                long took = move(tools, cluster, bootstrap, filler, topic, admin);
                System.out.println("moved " + FILL_BYTES + " bytes at " + THROTTLE + " bytes/s in " + took + " ms, "
                        + history.acknowledgedCount() + " records acknowledged meanwhile");
                assertThat(took).as("the throttle holds").isGreaterThan(FILL_BYTES / THROTTLE * 1_000L / 2);
                Await.until(
                        "the throttles to be lifted",
                        () -> throttles(admin, filler).isEmpty());

                preferFirst(tools, cluster, bootstrap, topic, admin);
                leadershipComesBackByItself(cluster, admin, topic);
                writer.finish();
                try (Consumer<String, String> reader = clients.consumer(Map.of())) {
                    for (ConsumerRecord<String, String> record : clients.readAll(reader, topic)) {
                        history.found(record.partition(), record.offset(), Value.parse(record.value()));
                    }
                }
            }
        }
        List<String> violations = Judge.violations(history);
        assertThat(violations.stream().limit(20))
                .as("%d violations, the first of them", violations.size())
                .isEmpty();
        assertThat(history.indefiniteCount()).as("errors that a client saw").isZero();
    }

    private static void fill(Clients clients, String topic) {
        String value = "x".repeat(10_000);
        try (Producer<String, String> producer = clients.producer(Map.of("acks", "all"))) {
            for (int i = 0; i < FILL_BYTES / 10_000; i++) {
                var unused = producer.send(new ProducerRecord<>(topic, 0, null, value));
            }
            producer.flush();
        }
    }

    /** Milliseconds until both partitions are on nodes 2 and 3. */
    private static long move(
            Tools tools, LocalCluster cluster, String bootstrap, String filler, String topic, Admin admin)
            throws Exception {
        Path plan = plan(cluster, Map.of(filler, "[3,2]", topic, "[3,2]"));
        String[] verify = {
            "--bootstrap-server", bootstrap, "--reassignment-json-file", plan.toString(), "--verify",
        };
        long began = System.nanoTime();
        tools.run(
                "reassign.ReassignPartitionsCommand",
                "--bootstrap-server",
                bootstrap,
                "--reassignment-json-file",
                plan.toString(),
                "--execute",
                "--throttle",
                Integer.toString(THROTTLE));
        Await.until("the throttles to be seen", () -> throttles(admin, filler).size() == 2);
        Await.until(
                "the partitions to have moved",
                () -> admin.listPartitionReassignments().reassignments().get().isEmpty());
        long took = Duration.ofNanos(System.nanoTime() - began).toMillis();
        // Again where it asked a node for the replicas that had not heard of it yet, as with Kafka.
        Await.until("the tool to see that both have moved", () -> {
            String told = tools.run("reassign.ReassignPartitionsCommand", verify);
            return List.of(filler, topic).stream()
                    .allMatch(each -> told.contains("Reassignment of partition " + each + "-0 is completed"));
        });
        for (String each : List.of(filler, topic)) {
            Await.until(
                    "nodes 2 and 3 to be in sync",
                    () -> Set.of(2, 3)
                            .equals(partition(admin, each).isr().stream()
                                    .map(Node::id)
                                    .collect(Collectors.toSet())));
        }
        return took;
    }

    private static void preferFirst(Tools tools, LocalCluster cluster, String bootstrap, String topic, Admin admin)
            throws Exception {
        int leader = leader(admin, topic);
        int other = leader == 2 ? 3 : 2;
        Path plan = plan(cluster, Map.of(topic, "[" + other + "," + leader + "]"));
        tools.run(
                "reassign.ReassignPartitionsCommand",
                "--bootstrap-server",
                bootstrap,
                "--reassignment-json-file",
                plan.toString(),
                "--execute");
        Await.until(
                "the order of replicas to have changed",
                () -> partition(admin, topic).replicas().get(0).id() == other);
        assertThat(leader(admin, topic)).as("nobody has asked for an election").isEqualTo(leader);

        tools.run(
                "LeaderElectionCommand",
                "--bootstrap-server",
                bootstrap,
                "--election-type",
                "preferred",
                "--topic",
                topic,
                "--partition",
                "0");
        Await.until("node " + other + " to lead", () -> leader(admin, topic) == other);
    }

    private static void leadershipComesBackByItself(LocalCluster cluster, Admin admin, String topic) throws Exception {
        cluster.run("stop").ok();
        cluster.start("--set", "leader.imbalance.check.interval.seconds=1").ok();
        Await.until(
                "all replicas to be in sync",
                () -> partition(admin, topic).isr().size() == 2);
        int preferred = partition(admin, topic).replicas().get(0).id();
        cluster.run("kill", Integer.toString(preferred)).ok();
        Await.until("another node to lead", () -> {
            int leader = leader(admin, topic);
            return leader >= 0 && leader != preferred;
        });
        cluster.start().ok();
        Await.until("node " + preferred + " to lead again", () -> leader(admin, topic) == preferred);
    }

    private static Path plan(LocalCluster cluster, Map<String, String> replicas) throws Exception {
        StringBuilder partitions = new StringBuilder();
        replicas.forEach((topic, list) -> partitions
                .append(partitions.isEmpty() ? "" : ",")
                .append("{\"topic\":\"" + topic + "\",\"partition\":0,\"replicas\":" + list + "}"));
        return Files.writeString(
                cluster.directory.resolve("plan.json"), "{\"version\":1,\"partitions\":[" + partitions + "]}");
    }

    private static List<String> throttles(Admin admin, String topic) throws Exception {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        return admin.describeConfigs(List.of(resource)).all().get().get(resource).entries().stream()
                .filter(entry -> entry.name().endsWith("replication.throttled.replicas"))
                .map(entry -> entry.value())
                .filter(value -> value != null && !value.isEmpty())
                .toList();
    }

    private static int leader(Admin admin, String topic) throws Exception {
        Node leader = partition(admin, topic).leader();
        return leader == null ? -1 : leader.id();
    }

    private static TopicPartitionInfo partition(Admin admin, String topic) throws Exception {
        return admin.describeTopics(List.of(topic))
                .allTopicNames()
                .get()
                .get(topic)
                .partitions()
                .get(0);
    }
}

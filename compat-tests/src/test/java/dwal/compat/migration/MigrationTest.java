package dwal.compat.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dwal.compat.clients.Clients;
import dwal.compat.judge.History;
import dwal.compat.judge.History.Value;
import dwal.compat.judge.Judge;
import dwal.compat.migration.MixedCluster.Placement;
import dwal.compat.server.Await;
import dwal.compat.server.Requirement;
import dwal.compat.server.Server;
import dwal.compat.traffic.Watcher;
import dwal.compat.traffic.Writer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.IntFunction;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/**
 * A topic of Apache Kafka's goes to dwal and back, and with it the groups, while producers write and consumers read: first each
 * partition is on nodes of both, led by Kafka's or followed by Kafka's, then all is on dwal, and so back. Nodes of both are
 * stopped and killed meanwhile, the active controller among them, and the cluster goes from the oldest metadata version to the
 * newest.
 */
@Timeout(900)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class MigrationTest {
    private static final int PARTITIONS = 6;
    private static final int GROUP_PARTITIONS = 4;
    private static final int ENOUGH = 300;
    private static final String OFFSETS = "__consumer_offsets";

    private final History history = new History();
    private final Queue<Throwable> clientErrors = new ConcurrentLinkedQueue<>();
    private final List<Writer> writers = new ArrayList<>();
    private final List<GroupReader> groups = new ArrayList<>();
    private final String topic = Clients.unique("moved");
    private final List<String> times = new ArrayList<>();
    private long lap = System.nanoTime();
    private int writerId;
    private MixedCluster cluster;

    @BeforeAll
    void startKafka() throws IOException {
        Requirement.that(!Server.isKafkaTarget(), "there is nothing to migrate to without dwal");
        cluster = new MixedCluster(Map.of());
    }

    @AfterAll
    void stopAll() {
        if (cluster != null) cluster.close();
    }

    @Test
    @Order(1)
    void dwalStaysOutWhileTheClusterHasFeaturesThatItDoesNotServe() {
        try (Server refused = cluster.dwal(11)) {
            assertThatThrownBy(refused::start)
                    .hasMessageContaining("kafka-features downgrade --feature share.version=0")
                    .hasMessageContaining("kafka-features downgrade --feature streams.version=0");
        }
    }

    @Test
    @Order(2)
    void aTopicGoesFromKafkaToDwalAndBackWithNothingLostAndNoClientError() throws Exception {
        Clients clients = new Clients(cluster.bootstrap(1, 2, 3));
        cluster.create(topic, PARTITIONS, MigrationTest::kafka, Map.of());
        startWriters(clients);
        Watcher watcher = new Watcher(clients.consumer(Map.of("max.poll.records", 5000)), topic, PARTITIONS, history);
        start(watcher);
        startGroups(clients);
        awaitMore();
        lap("Kafka");
        cluster.lowerFeatures();
        cluster.join();
        lap("dwal joins");
        clients = new Clients(cluster.bootstrap(1, 11));

        cluster.move(placement(MigrationTest::mixed), 11);
        awaitMore();
        lap("both");
        stopAndStart(11, false);
        lap("dwal stopped");
        stopAndStart(2, false);
        lap("Kafka stopped");
        stopAndStart(12, true);
        lap("dwal killed");
        replicasAgree(MigrationTest::mixed, false);
        cluster.raiseFeatures();
        awaitMore();
        lap("newest metadata version");

        cluster.move(placement(MigrationTest::dwal), 12);
        awaitMore();
        lap("dwal only");
        stopAndStart(13, false);
        lap("dwal stopped");
        replicasAgree(MigrationTest::dwal, false);

        cluster.move(placement(MigrationTest::mixedTheOtherWay), 1);
        awaitMore();
        lap("both again");
        stopAndStart(cluster.activeController(), true);
        lap("active controller killed");
        finishWriters();
        cluster.awaitAllInSync(List.of(topic, OFFSETS));
        replicasAgree(MigrationTest::mixedTheOtherWay, true);
        startWriters(clients);

        cluster.move(placement(MigrationTest::kafka), 3);
        awaitMore();
        finishWriters();
        watcher.finish();
        cluster.awaitAllInSync(List.of(topic, OFFSETS));
        replicasAgree(MigrationTest::kafka, true);
        Map<GroupReader.Place, String> there = readAll(clients);
        groupsHaveAll(clients, there);
        lap("Kafka only");
        System.out.println("from Kafka to dwal and back: " + history.acknowledgedCount()
                + " records acknowledged; seconds: " + times);
        assertThat(clientErrors).isEmpty();
        assertThat(history.indefiniteCount())
                .as("records that a producer gave up, and why: %s", history.errors())
                .isZero();
        List<String> violations = Judge.violations(history);
        assertThat(violations.stream().limit(20))
                .as("%d violations, the first of them", violations.size())
                .isEmpty();
    }

    /** What a follower stored of Kafka's transactions it must tell when it leads, and what it cannot do it must not seem to do. */
    @Test
    @Order(3)
    void transactionsThatKafkaHasEndedAreReadFromDwalAsTheyEndedAndNewOnesAreRefused() throws Exception {
        String state = "__transaction_state";
        TopicPartition written = new TopicPartition(Clients.unique("transactions"), 0);
        cluster.create(state, 4, MigrationTest::kafka, Map.of("cleanup.policy", "compact"));
        cluster.create(written.topic(), 1, partition -> List.of(1, 11, 2), Map.of());
        Clients clients = new Clients(cluster.bootstrap(1, 11));
        try (Producer<String, String> producer = transactionalProducer(clients)) {
            transaction(producer, written, "kept-1", true);
            transaction(producer, written, "aborted", false);
            transaction(producer, written, "kept-2", true);
            cluster.move(new Placement(Map.of(written, List.of(11, 1, 2))), 1);
            producer.beginTransaction();
            assertThat(Clients.errorOf(producer.send(new ProducerRecord<>(written.topic(), 0, null, "refused"))))
                    .isInstanceOf(UnsupportedVersionException.class)
                    .hasMessageContaining("ransactions are not supported yet");
        }
        assertThat(cluster.node(11).log()).contains("topic " + state + " is there");
        try (Producer<String, String> plain = clients.producer(Map.of())) {
            Clients.get(plain.send(new ProducerRecord<>(written.topic(), 0, null, "plain")));
        }
        assertThat(read(clients, written, "read_committed")).containsExactly("kept-1", "kept-2", "plain");
        assertThat(read(clients, written, "read_uncommitted")).containsExactly("kept-1", "aborted", "kept-2", "plain");
        cluster.awaitAllInSync(List.of(written.topic()));
        for (int node : List.of(1, 2))
            assertThat(cluster.segment(node, written)).isEqualTo(cluster.segment(11, written));
        try (Admin admin = clients.admin()) {
            admin.deleteTopics(List.of(state)).all().get();
        }
    }

    /** Chance decides which broker a client asks for its coordinator, and dwal's refuse to say. */
    private static Producer<String, String> transactionalProducer(Clients clients) {
        return Await.value("a broker of Kafka's to be asked", Await.PATIENCE, () -> {
            Producer<String, String> producer = clients.producer(Map.of("transactional.id", "t"));
            try {
                producer.initTransactions();
                return Optional.of(producer);
            } catch (KafkaException refused) {
                producer.close();
                return Optional.empty();
            }
        });
    }

    private static void transaction(
            Producer<String, String> producer, TopicPartition to, String value, boolean commits) {
        producer.beginTransaction();
        Clients.get(producer.send(new ProducerRecord<>(to.topic(), to.partition(), null, value)));
        if (commits) producer.commitTransaction();
        else producer.abortTransaction();
    }

    private static List<String> read(Clients clients, TopicPartition from, String isolation) {
        try (Consumer<String, String> reader = clients.consumer(Map.of("isolation.level", isolation))) {
            return clients.readAll(reader, from.topic()).stream()
                    .map(ConsumerRecord::value)
                    .toList();
        }
    }

    private static List<Integer> kafka(int partition) {
        return rotated(partition, 1, 2, 3);
    }

    private static List<Integer> dwal(int partition) {
        return rotated(partition, 11, 12, 13);
    }

    /** Even partitions are led by dwal and followed by Kafka, odd ones the other way round. */
    private static List<Integer> mixed(int partition) {
        List<Integer> kafka = kafka(partition);
        List<Integer> dwal = dwal(partition);
        return partition % 2 == 0
                ? List.of(dwal.get(0), kafka.get(0), kafka.get(1))
                : List.of(kafka.get(0), dwal.get(0), dwal.get(1));
    }

    private static List<Integer> mixedTheOtherWay(int partition) {
        return mixed(partition + 1);
    }

    private static List<Integer> rotated(int by, Integer... nodes) {
        List<Integer> all = new ArrayList<>(Arrays.asList(nodes));
        java.util.Collections.rotate(all, by);
        return all;
    }

    private Placement placement(IntFunction<List<Integer>> of) {
        Map<TopicPartition, List<Integer>> replicas = new HashMap<>();
        for (int partition = 0; partition < PARTITIONS; partition++)
            replicas.put(new TopicPartition(topic, partition), of.apply(partition));
        for (int partition = 0; partition < GROUP_PARTITIONS; partition++)
            replicas.put(new TopicPartition(OFFSETS, partition), of.apply(partition));
        return new Placement(replicas);
    }

    private void startWriters(Clients clients) {
        Map<String, Object> settings = Map.of("enable.idempotence", true, "acks", "all", "linger.ms", 100);
        for (int i = 0; i < 2; i++) {
            Writer writer = new Writer(writerId++, clients.producer(settings), topic, PARTITIONS, history);
            writers.add(writer);
            start(writer);
        }
    }

    private void finishWriters() throws InterruptedException {
        for (Writer writer : writers) writer.finish();
        writers.clear();
    }

    private void startGroups(Clients clients) {
        for (String protocol : List.of("classic", "consumer")) {
            GroupReader reader = new GroupReader(
                    protocol,
                    clients.consumer(Map.of(
                            "group.id",
                            protocol,
                            "group.protocol",
                            protocol,
                            "enable.auto.commit",
                            false,
                            "max.poll.records",
                            5000)),
                    topic);
            groups.add(reader);
            start(reader);
        }
    }

    private void start(Thread client) {
        client.setUncaughtExceptionHandler((thread, error) -> clientErrors.add(error));
        client.start();
    }

    private void lap(String what) {
        long now = System.nanoTime();
        times.add(what + " " + (now - lap) / 1_000_000_000);
        lap = now;
    }

    private void awaitMore() {
        int before = history.acknowledgedCount();
        int[] readBefore =
                groups.stream().mapToInt(group -> group.read().size()).toArray();
        Await.until(ENOUGH + " more records acknowledged, and read by each group", () -> {
            assertThat(clientErrors).isEmpty();
            for (int i = 0; i < readBefore.length; i++)
                if (groups.get(i).read().size() < readBefore[i] + ENOUGH) return false;
            return history.acknowledgedCount() >= before + ENOUGH;
        });
    }

    private void stopAndStart(int node, boolean kill) {
        if (kill) cluster.node(node).kill();
        else assertThat(cluster.node(node).stop()).isIn(0, 143);
        awaitMore();
        cluster.node(node).start();
        cluster.awaitAllInSync(List.of(topic, OFFSETS));
    }

    /** The same bytes everywhere, as far as the shorter one of two has come while records are written. */
    private void replicasAgree(IntFunction<List<Integer>> placement, boolean whole) throws IOException {
        if (whole) {
            // The groups may still commit what they have just read.
            Await.until("replicas to be the same", () -> {
                compareReplicas(placement, true);
                return true;
            });
        } else {
            compareReplicas(placement, false);
        }
    }

    private void compareReplicas(IntFunction<List<Integer>> placement, boolean whole) throws IOException {
        for (TopicPartition partition : placement(placement).replicas().keySet()) {
            List<Integer> nodes = placement.apply(partition.partition());
            byte[] first = cluster.segment(nodes.get(0), partition);
            for (int node : nodes) {
                byte[] other = cluster.segment(node, partition);
                int length = whole ? Math.max(first.length, other.length) : Math.min(first.length, other.length);
                int difference = Arrays.mismatch(
                        first, 0, Math.min(length, first.length), other, 0, Math.min(length, other.length));
                assertThat(difference)
                        .as("where %s differs on nodes %s and %s", partition, nodes.get(0), node)
                        .isEqualTo(-1);
                assertThat(partition.topic().equals(OFFSETS) || length > 0).isTrue();
            }
        }
    }

    private Map<GroupReader.Place, String> readAll(Clients clients) {
        Map<GroupReader.Place, String> there = new HashMap<>();
        try (Consumer<String, String> reader = clients.consumer(Map.of("max.poll.records", 5000))) {
            for (ConsumerRecord<String, String> record : clients.readAll(reader, topic)) {
                history.found(record.partition(), record.offset(), Value.parse(record.value()));
                there.put(new GroupReader.Place(record.partition(), record.offset()), record.value());
            }
        }
        return there;
    }

    private void groupsHaveAll(Clients clients, Map<GroupReader.Place, String> there) throws Exception {
        for (GroupReader group : groups) {
            Await.until(
                    "group " + group.getName() + " to read all",
                    () -> group.read().size() >= there.size());
            group.finish();
            assertThat(group.read().equals(there))
                    .as("group %s has read what is there", group.getName())
                    .isTrue();
            assertThat(group.again()).as("records that came again").isZero();
            Map<TopicPartition, Long> committed = new HashMap<>();
            try (Admin admin = clients.admin()) {
                admin.listConsumerGroupOffsets(group.getName())
                        .partitionsToOffsetAndMetadata()
                        .get()
                        .forEach((partition, offset) -> committed.put(partition, offset.offset()));
            }
            assertThat(committed).isEqualTo(group.committed());
        }
    }
}

package dwal.server;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.server.network.SlowRequest;
import dwal.server.network.SlowRequests;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Why a request was slow, on real nodes with real clients. */
class SlowRequestsTest {
    private static final long STALL_MS = 300;

    @TempDir
    Path directory;

    @Test
    void aDiskThatSyncsSlowlyIsNamed() throws Exception {
        var disk = new StallingDisk();
        try (var nodes = new TestNodes(directory, List.of(1))
                        .add(1, "broker,controller", Map.of())
                        .on(1, disk.disk())
                        .start(1);
                var producer = producer(nodes, 1)) {
            create(nodes, 1);
            send(producer).get(30, TimeUnit.SECONDS);

            long since = stalled(disk, () -> true, () -> send(producer));

            SlowRequest slow = slowProduce(nodes, 1, since);
            assertThat(slow.topic()).isEqualTo("slow");
            assertThat(slow.totalMs()).isGreaterThan(STALL_MS * 0.9);
            assertThat(msOf(slow, "sync")).isGreaterThan(STALL_MS * 0.8);
            assertThat(slow.waitedFor()).isEmpty();
            assertThat(slow.cause()).contains("The disk took", "to sync slow-0");
            assertThat(slow.clientId()).isEqualTo("a producer");
            assertThat(sumOf(slow)).isBetween(slow.totalMs() * 0.95, slow.totalMs() * 1.01);
        }
    }

    @Test
    void aFollowerThatStandsStillIsNamed() throws Exception {
        var leadersDisk = new StallingDisk();
        var disk = new StallingDisk();
        try (var nodes = new TestNodes(directory, List.of(1))
                .add(1, "broker,controller", Map.of())
                .on(1, leadersDisk.disk())
                .add(2, "broker", Map.of())
                .add(3, "broker", Map.of())
                .on(3, disk.disk())
                .start(1, 2, 3)) {
            try (Admin admin = nodes.admin(1)) {
                admin.createTopics(List.of(new NewTopic("slow", Map.of(0, List.of(1, 2, 3)))))
                        .all()
                        .get();
                TestNodes.await(
                        "all are in sync",
                        () -> admin.describeTopics(List.of("slow"))
                                        .allTopicNames()
                                        .get()
                                        .get("slow")
                                        .partitions()
                                        .get(0)
                                        .isr()
                                        .size()
                                == 3);
            }
            try (var producer = producer(nodes, 1)) {
                send(producer).get(30, TimeUnit.SECONDS);

                int before = leadersDisk.syncs();
                long since = stalled(disk, () -> leadersDisk.syncs() > before, () -> send(producer));

                SlowRequest slow = slowProduce(nodes, 1, since);
                assertThat(msOf(slow, "replication")).isGreaterThan(STALL_MS * 0.8);
                assertThat(slow.waitedFor()).containsExactly(3);
                assertThat(slow.cause()).startsWith("Follower 3 took");
            }
        }
    }

    @Test
    void aTopicThatHasToBeCreatedFirstIsNamed() throws Exception {
        try (var nodes = new TestNodes(directory, List.of(1))
                        .add(1, "broker,controller", Map.of())
                        .start(1);
                var producer = producer(nodes, 1)) {
            send(producer).get(30, TimeUnit.SECONDS);

            SlowRequest slow = broker(nodes, 1).requests().slow().slowest(SlowRequests.MOST).stream()
                    .filter(one ->
                            one.stages().stream().anyMatch(stage -> stage.name().equals("create")))
                    .findFirst()
                    .orElseThrow();
            assertThat(slow.api()).isEqualTo("Metadata");
            assertThat(sumOf(slow)).isBetween(slow.totalMs() * 0.95, slow.totalMs() * 1.01);
        }
    }

    @Test
    void aFetchThatWaitsForRecordsIsNotSlow() throws Exception {
        try (var nodes = new TestNodes(directory, List.of(1))
                        .add(1, "broker,controller", Map.of())
                        .start(1);
                var consumer = new KafkaConsumer<>(
                        Map.of("bootstrap.servers", address(nodes, 1), "fetch.max.wait.ms", 400),
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer())) {
            create(nodes, 1);
            consumer.assign(List.of(new TopicPartition("slow", 0)));
            consumer.seekToBeginning(consumer.assignment());
            TestNodes.await("two fetches have waited", () -> {
                consumer.poll(Duration.ofMillis(50));
                return broker(nodes, 1).requests().byApi().entrySet().stream()
                        .anyMatch(api -> api.getKey().name.equals("Fetch")
                                && api.getValue().durations().count() >= 3);
            });

            assertThat(broker(nodes, 1).requests().slow().slowest(SlowRequests.MOST))
                    .filteredOn(one -> one.api().equals("Fetch"))
                    .allSatisfy(one -> assertThat(one.totalMs()).isLessThan(300));
        }
    }

    private interface Sending {
        Future<RecordMetadata> send();
    }

    /**
     * Sends while {@code disk} stands still, for {@link #STALL_MS} from when a sync is held up by that, and by nothing else;
     * gives the wall clock of before.
     */
    private static long stalled(StallingDisk disk, BooleanSupplier byNothingElse, Sending sending) throws Exception {
        disk.stall();
        long sinceMs = System.currentTimeMillis();
        Future<RecordMetadata> sent = sending.send();
        TestNodes.await("a sync is held up", disk::standsStill);
        TestNodes.await("all else is done", byNothingElse::getAsBoolean);
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(STALL_MS);
        while (System.nanoTime() < until) {
            LockSupport.parkNanos(until - System.nanoTime());
        }
        assertThat(sent.isDone()).isFalse();
        disk.goOn();
        sent.get(30, TimeUnit.SECONDS);
        return sinceMs;
    }

    /** The one that came then, be others slower: the first of a node often is. */
    private static SlowRequest slowProduce(TestNodes nodes, int id, long sinceMs) throws Exception {
        TestNodes.await("it is told", () -> produces(nodes, id).stream().anyMatch(one -> one.timeMs() >= sinceMs));
        return produces(nodes, id).stream()
                .filter(one -> one.timeMs() >= sinceMs)
                .findFirst()
                .orElseThrow();
    }

    private static List<SlowRequest> produces(TestNodes nodes, int id) {
        return broker(nodes, id).requests().slow().slowest(SlowRequests.MOST).stream()
                .filter(one -> one.api().equals("Produce"))
                .toList();
    }

    private static double msOf(SlowRequest request, String stage) {
        return request.stages().stream()
                .filter(one -> one.name().equals(stage))
                .mapToDouble(SlowRequest.Stage::ms)
                .sum();
    }

    private static double sumOf(SlowRequest request) {
        return request.stages().stream().mapToDouble(SlowRequest.Stage::ms).sum();
    }

    private static Broker broker(TestNodes nodes, int id) {
        return (Broker) nodes.node(id);
    }

    private static String address(TestNodes nodes, int id) {
        return nodes.node(id).clientAddress().orElseThrow();
    }

    private static void create(TestNodes nodes, int id) throws Exception {
        try (Admin admin = nodes.admin(id)) {
            admin.createTopics(List.of(new NewTopic("slow", 1, (short) 1)))
                    .all()
                    .get();
        }
    }

    private static KafkaProducer<byte[], byte[]> producer(TestNodes nodes, int id) {
        return new KafkaProducer<>(
                Map.of("bootstrap.servers", address(nodes, id), "client.id", "a producer"),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    private static Future<RecordMetadata> send(KafkaProducer<byte[], byte[]> producer) {
        return producer.send(new ProducerRecord<>("slow", 0, null, new byte[100]));
    }
}

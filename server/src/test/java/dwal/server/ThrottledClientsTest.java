package dwal.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dwal.server.network.SlowRequest;
import dwal.server.network.SlowRequests;
import dwal.server.quota.ClientQuota;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.ThrottlingQuotaExceededException;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.quota.ClientQuotaFilter;
import org.apache.kafka.common.quota.ClientQuotaFilterComponent;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Quotas from where they are set to the clients that feel them, on a real node with real clients. */
class ThrottledClientsTest {
    /** What clients may use in the two windows that count in full. */
    private static final int TWO_WINDOWS = 500_000;

    @TempDir
    static Path directory;

    private static TestNodes nodes;
    private static Admin admin;

    @BeforeAll
    static void start() throws Exception {
        nodes = new TestNodes(directory, List.of(1))
                .add(1, "broker,controller", Map.of("quota.window.num", "3"))
                .start(1);
        admin = nodes.admin(1);
        create("orders", 1);
    }

    @AfterAll
    static void stop() {
        admin.close();
        nodes.close();
    }

    @AfterEach
    void takeAwayAllQuotas() throws Exception {
        for (var one : told(ClientQuotaFilter.all()).entrySet()) {
            for (String key : one.getValue().keySet()) {
                set(one.getKey().entries(), key, null);
            }
        }
    }

    @Test
    void quotasAreSetToldAndTakenAway() throws Exception {
        set(Map.of("client-id", "shop"), "producer_byte_rate", 1024.0);
        set(nobody("user"), "request_percentage", 50.0);
        set(Map.of("user", "ANONYMOUS", "client-id", "shop"), "controller_mutation_rate", 3.5);
        assertThat(told(ClientQuotaFilter.all()))
                .containsOnly(
                        Map.entry(entity(Map.of("client-id", "shop")), Map.of("producer_byte_rate", 1024.0)),
                        Map.entry(entity(nobody("user")), Map.of("request_percentage", 50.0)),
                        Map.entry(
                                entity(Map.of("user", "ANONYMOUS", "client-id", "shop")),
                                Map.of("controller_mutation_rate", 3.5)));
        assertThat(told(ClientQuotaFilter.containsOnly(
                        List.of(ClientQuotaFilterComponent.ofEntity("client-id", "shop")))))
                .containsOnlyKeys(entity(Map.of("client-id", "shop")));

        set(Map.of("client-id", "shop"), "producer_byte_rate", null);
        assertThat(told(ClientQuotaFilter.all())).hasSize(2);
        assertThatThrownBy(() -> set(Map.of("client-id", "shop"), "bytes", 1.0))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("bytes");
        assertThatThrownBy(() -> set(Map.of("client-id", "shop"), "producer_byte_rate", -1.0))
                .isInstanceOf(InvalidRequestException.class);
        assertThatThrownBy(() -> set(Map.of("ip", "127.0.0.1"), "connection_creation_rate", 1.0))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("max.connections.per.ip");
    }

    /** The rate itself is checked where the clock can be turned. */
    @Test
    void aProducerAndAConsumerBeyondTheirQuotasPause() throws Exception {
        set(Map.of("client-id", "writer"), "producer_byte_rate", TWO_WINDOWS / 2.0);
        set(Map.of("client-id", "reader"), "consumer_byte_rate", TWO_WINDOWS / 2.0);
        try (var producer = producer("writer");
                var consumer = consumer("reader")) {
            for (int i = 0; i < 6; i++) {
                producer.send(new ProducerRecord<>("orders", 0, null, new byte[TWO_WINDOWS / 5]))
                        .get(60, TimeUnit.SECONDS);
            }
            assertThat(maxOf(producer.metrics(), "produce-throttle-time-max")).isPositive();
            assertThat(pausesOf(broker().quotas().produce())).isPositive();

            consumer.assign(List.of(new TopicPartition("orders", 0)));
            consumer.seekToBeginning(consumer.assignment());
            int read = 0;
            long mostAtOnce = 0;
            while (read < 6) {
                ConsumerRecords<byte[], byte[]> some = consumer.poll(Duration.ofSeconds(1));
                read += some.count();
                mostAtOnce = Math.max(mostAtOnce, some.count() * (TWO_WINDOWS / 5L));
            }
            assertThat(maxOf(consumer.metrics(), "fetch-throttle-time-max")).isPositive();
            assertThat(mostAtOnce).isLessThanOrEqualTo(TWO_WINDOWS);
            assertThat(pausesOf(broker().quotas().fetch())).isPositive();
        }
        SlowRequest slow = broker().requests().slow().slowest(SlowRequests.MOST).stream()
                .filter(one -> one.clientId().equals("writer")
                        && one.stages().stream().anyMatch(stage -> stage.name().equals("throttle")))
                .findFirst()
                .orElseThrow();
        assertThat(slow.api()).isEqualTo("Produce");
        assertThat(slow.cause()).contains("producer_byte_rate");
    }

    @Test
    void topicsBeyondTheQuotaOfPartitionsAreRefusedAndRetried() throws Exception {
        set(Map.of("client-id", "maker"), "controller_mutation_rate", 1.0);
        try (Admin maker = Admin.create(
                Map.of("bootstrap.servers", nodes.node(1).clientAddress().orElseThrow(), "client.id", "maker"))) {
            maker.createTopics(List.of(new NewTopic("large", 12, (short) 1)))
                    .all()
                    .get();
            var once = new CreateTopicsOptions().retryOnQuotaViolation(false);
            assertThatThrownBy(() -> maker.createTopics(List.of(new NewTopic("more", 1, (short) 1)), once)
                            .all()
                            .get())
                    .cause()
                    .isInstanceOf(ThrottlingQuotaExceededException.class);
            maker.createTopics(List.of(new NewTopic("more", 1, (short) 1)))
                    .all()
                    .get(60, TimeUnit.SECONDS);
        }
        assertThat(pausesOf(broker().quotas().mutation())).isPositive();
    }

    @Test
    void aClientThatKeepsTheLoopsBusyPauses() throws Exception {
        set(Map.of("client-id", "busy"), "request_percentage", 0.001);
        try (Admin busy = Admin.create(
                Map.of("bootstrap.servers", nodes.node(1).clientAddress().orElseThrow(), "client.id", "busy"))) {
            TestNodes.await("it has to pause", () -> {
                busy.listTopics().names().get();
                return broker().quotas().request().pauses() > 0;
            });
        }
    }

    private static long pausesOf(ClientQuota quota) {
        return quota.pauses();
    }

    private static Broker broker() {
        return (Broker) nodes.node(1);
    }

    private static void create(String topic, int partitions) throws Exception {
        admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1)))
                .all()
                .get();
    }

    private static Map<ClientQuotaEntity, Map<String, Double>> told(ClientQuotaFilter filter) throws Exception {
        return admin.describeClientQuotas(filter).entities().get();
    }

    /** Returns when the node has heard of it. */
    private static void set(Map<String, String> entity, String key, @Nullable Double limit) throws Exception {
        try {
            admin.alterClientQuotas(List.of(new ClientQuotaAlteration(
                            entity(entity), List.of(new ClientQuotaAlteration.Op(key, limit)))))
                    .all()
                    .get();
        } catch (ExecutionException e) {
            throw (Exception) e.getCause();
        }
        TestNodes.await("the node knows", () -> {
            Map<String, Double> now = told(ClientQuotaFilter.all()).get(entity(entity));
            return limit == null ? now == null || !now.containsKey(key) : now != null && limit.equals(now.get(key));
        });
    }

    private static ClientQuotaEntity entity(Map<String, String> entries) {
        return new ClientQuotaEntity(entries);
    }

    private static Map<String, String> nobody(String type) {
        Map<String, String> entries = new HashMap<>();
        entries.put(type, null);
        return entries;
    }

    private static double maxOf(Map<MetricName, ? extends Metric> metrics, String name) {
        Function<Metric, Double> value = metric -> (Double) metric.metricValue();
        return metrics.entrySet().stream()
                .filter(one -> one.getKey().name().equals(name))
                .mapToDouble(one -> value.apply(one.getValue()))
                .max()
                .orElseThrow();
    }

    private static KafkaProducer<byte[], byte[]> producer(String clientId) {
        return new KafkaProducer<>(
                Map.of("bootstrap.servers", nodes.node(1).clientAddress().orElseThrow(), "client.id", clientId),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    private static KafkaConsumer<byte[], byte[]> consumer(String clientId) {
        return new KafkaConsumer<>(
                Map.of("bootstrap.servers", nodes.node(1).clientAddress().orElseThrow(), "client.id", clientId),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
    }
}

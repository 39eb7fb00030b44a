package dwal.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dwal.server.config.BrokerConfig;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A running node whose settings are changed as kafka-configs does it, and what changes with them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RunTimeChangesTest {
    private static final ConfigResource ALL_NODES = new ConfigResource(ConfigResource.Type.BROKER, "");
    private static final ConfigResource THIS_NODE = new ConfigResource(ConfigResource.Type.BROKER, "1");

    private Broker broker;
    private Admin admin;

    @BeforeAll
    void start(@TempDir Path data) throws IOException {
        broker = new Broker(BrokerConfig.of(Map.of(
                "log.dirs", data.toString(),
                "listeners", "PLAINTEXT://127.0.0.1:0",
                "log.retention.check.interval.ms", "100")));
        broker.start();
        admin = Admin.create(Map.of("bootstrap.servers", broker.address()));
    }

    @AfterAll
    void stop() {
        admin.close();
        broker.close();
    }

    private void alter(ConfigResource resource, String key, OpType type, String value) throws Exception {
        var change = new AlterConfigOp(new ConfigEntry(key, value), type);
        admin.incrementalAlterConfigs(Map.of(resource, List.of(change))).all().get(30, TimeUnit.SECONDS);
    }

    private String described(ConfigResource resource, String key) throws Exception {
        return admin.describeConfigs(List.of(resource))
                .all()
                .get(30, TimeUnit.SECONDS)
                .get(resource)
                .get(key)
                .value();
    }

    private static void await(String what, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.call()) {
            assertThat(System.nanoTime()).as("waiting for " + what).isLessThan(deadline);
            LockSupport.parkNanos(10_000_000);
        }
    }

    private String create(String topic) throws Exception {
        admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get(30, TimeUnit.SECONDS);
        return topic;
    }

    private Producer<byte[], byte[]> producer() {
        return new KafkaProducer<>(
                Map.of("bootstrap.servers", broker.address(), "max.request.size", 10_000_000),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    @Test
    void theSizeOfMessagesFollowsTheNodeThenTheClusterThenTheFile() throws Exception {
        String topic = create("sizes");
        try (var producer = producer()) {
            alter(ALL_NODES, "message.max.bytes", OpType.SET, "3000000");
            await("larger messages for all", () -> isTaken(producer, topic, 2_000_000));
            alter(THIS_NODE, "message.max.bytes", OpType.SET, "1000");
            await("smaller messages here", () -> !isTaken(producer, topic, 2_000));
            alter(THIS_NODE, "message.max.bytes", OpType.DELETE, null);
            await("those for all again", () -> isTaken(producer, topic, 2_000_000));
            alter(ALL_NODES, "message.max.bytes", OpType.DELETE, null);
            await("the default again", () -> !isTaken(producer, topic, 2_000_000));
        }
    }

    private static boolean isTaken(Producer<byte[], byte[]> producer, String topic, int bytes) throws Exception {
        try {
            producer.send(new ProducerRecord<>(topic, new byte[bytes])).get(30, TimeUnit.SECONDS);
            return true;
        } catch (ExecutionException e) {
            assertThat(e).hasCauseInstanceOf(RecordTooLargeException.class);
            return false;
        }
    }

    @Test
    void producersAreForgottenWhenTheirTimeIsShortened() throws Exception {
        String topic = create("producers");
        var partition = new TopicPartition(topic, 0);
        try (var producer = producer()) {
            producer.send(new ProducerRecord<>(topic, new byte[1])).get(30, TimeUnit.SECONDS);
        }
        assertThat(producersOf(partition)).isEqualTo(1);

        alter(ALL_NODES, "producer.id.expiration.ms", OpType.SET, "1");
        await("no producers", () -> producersOf(partition) == 0);
        alter(ALL_NODES, "producer.id.expiration.ms", OpType.DELETE, null);
    }

    private int producersOf(TopicPartition partition) throws Exception {
        return admin.describeProducers(List.of(partition))
                .partitionResult(partition)
                .get(30, TimeUnit.SECONDS)
                .activeProducers()
                .size();
    }

    @ParameterizedTest
    @CsvSource({
        "max.connections, 10",
        "max.connections.per.ip, 10",
        "max.connections.per.ip.overrides, '127.0.0.1:10'",
        "listener.name.plaintext.max.connections, 10",
    })
    void connectionsAreLimitedAnew(String key, String value) throws Exception {
        assertThat(openOf(20)).as("without a limit").isEqualTo(20);
        ConfigResource whom = key.startsWith("listener.name.") ? THIS_NODE : ALL_NODES;

        alter(whom, key, OpType.SET, value);
        await("a limit", () -> openOf(20) < 20);
        assertThat(described(whom, key)).isEqualTo(value);
        alter(whom, key, OpType.DELETE, null);
        await("no limit", () -> openOf(20) == 20);
    }

    /** How many of {@code count} new connections stay open, until they are closed here. */
    private long openOf(int count) throws IOException {
        int colon = broker.address().lastIndexOf(':');
        var address = new InetSocketAddress(
                broker.address().substring(0, colon),
                Integer.parseInt(broker.address().substring(colon + 1)));
        List<Socket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                var socket = new Socket();
                sockets.add(socket);
                socket.setSoTimeout(100);
                socket.connect(address, 10_000);
            }
            return count - refused(sockets);
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    /** The last is refused first, if any is; then all are looked at. */
    private static long refused(List<Socket> sockets) {
        if (!isClosed(sockets.get(sockets.size() - 1))) {
            return 0;
        }
        return sockets.stream().filter(RunTimeChangesTest::isClosed).count();
    }

    private static boolean isClosed(Socket socket) {
        try {
            return socket.getInputStream().read() < 0;
        } catch (java.net.SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    @ParameterizedTest
    @CsvSource({
        "num.network.threads, 3, dynamically",
        "listeners, PLAINTEXT://127.0.0.1:0, dynamically",
        "metric.reporters, some.Reporter, dynamically",
        "node.id, 5, dynamically",
        "max.connections.per.ip, 0, max.connections.per.ip",
        "max.connections.per.ip.overrides, '///:3', ///",
        "max.connections.per.ip.overrides, '127.0.0.1:many', many",
        "group.consumer.assignment.interval.ms, 100000, assignment.interval",
        "group.consumer.assignment.interval.ms, soon, soon",
        "message.max.bytes, -1, message.max.bytes",
    })
    void whatMakesNoSenseOrCannotChangeIsRefused(String key, String value, String reason) {
        assertThatThrownBy(() -> alter(THIS_NODE, key, OpType.SET, value))
                .hasCauseInstanceOf(InvalidRequestException.class)
                .hasMessageContaining(reason);
    }
}

package dwal.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dwal.environment.Disk;
import dwal.environment.simulated.FaultyDisk;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FullDiskTest {
    @TempDir
    Path directory;

    @Test
    void nothingIsCreatedOnAFullDiskAndDeletionsGoOn() throws Exception {
        var disk = new FaultyDisk(Disk.system());
        try (var nodes = new TestNodes(directory, List.of(1))
                        .add(1, "broker,controller", Map.of("dwal.disk.reserve", "1000000"))
                        .on(1, disk)
                        .start(1);
                Admin admin = nodes.admin(1)) {
            create(admin, "old");
            disk.setUsableBytes(999_999);
            assertThatThrownBy(() -> create(admin, "new"))
                    .hasRootCauseInstanceOf(KafkaStorageException.class)
                    .rootCause()
                    .hasMessageContaining("dwal.disk.reserve");
            assertThatThrownBy(() -> admin.createPartitions(Map.of("old", NewPartitions.increaseTo(2)))
                            .all()
                            .get())
                    .hasRootCauseInstanceOf(KafkaStorageException.class);
            admin.deleteTopics(List.of("old")).all().get();
            disk.setUsableBytes(-1);
            create(admin, "new");
        }
    }

    @Test
    void aNodeThatRefusesRecordsIsNotReadyUntilThereIsRoom() throws Exception {
        var disk = new FaultyDisk(Disk.system());
        try (var nodes = new TestNodes(directory, List.of(1))
                        .add(1, "broker,controller", Map.of("dwal.disk.reserve", "1000000"))
                        .on(1, disk)
                        .start(1);
                Admin admin = nodes.admin(1);
                var producer = producer(nodes)) {
            create(admin, "orders");
            var node = (Broker) nodes.node(1);
            TestNodes.await("it is ready", () -> node.waitsFor().isEmpty());
            disk.setUsableBytes(999_999);
            TestNodes.await("a record is refused", () -> isRefused(producer));
            assertThat(node.waitsFor()).singleElement().asString().contains("dwal.disk.reserve");
            disk.setUsableBytes(-1);
            assertThat(node.waitsFor()).isEmpty();
            TestNodes.await("a record is taken", () -> !isRefused(producer));
        }
    }

    @Test
    void withoutAReserveANodeOnAFullDiskIsNotReadyEitherAndNamesNoReserve() throws Exception {
        var disk = new FaultyDisk(Disk.system());
        try (var nodes = new TestNodes(directory, List.of(1))
                        .add(1, "broker,controller", Map.of())
                        .on(1, disk)
                        .start(1);
                Admin admin = nodes.admin(1);
                var producer = producer(nodes)) {
            create(admin, "orders");
            var node = (Broker) nodes.node(1);
            TestNodes.await("it is ready", () -> node.waitsFor().isEmpty());
            disk.setUsableBytes(4_096);
            disk.setFull(true);
            TestNodes.await("a record is refused", () -> isRefused(producer));
            assertThat(node.waitsFor()).singleElement().asString().contains("Records are refused", "is full");
            assertThatThrownBy(() -> create(admin, "new"))
                    .rootCause()
                    .hasMessageContaining("less than 1048576 bytes free")
                    .hasMessageNotContaining("dwal.disk.reserve");
            disk.setFull(false);
            disk.setUsableBytes(-1);
            assertThat(node.waitsFor()).isEmpty();
        }
    }

    private static KafkaProducer<byte[], byte[]> producer(TestNodes nodes) throws Exception {
        return new KafkaProducer<>(
                Map.of(
                        "bootstrap.servers",
                        ((Broker) nodes.node(1)).address(),
                        "retries",
                        0,
                        "enable.idempotence",
                        false),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    private static boolean isRefused(KafkaProducer<byte[], byte[]> producer) throws InterruptedException {
        try {
            producer.send(new ProducerRecord<>("orders", new byte[10])).get();
            return false;
        } catch (ExecutionException e) {
            assertThat(e).hasCauseInstanceOf(KafkaStorageException.class);
            return true;
        }
    }

    private static void create(Admin admin, String topic) throws Exception {
        admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get();
    }
}

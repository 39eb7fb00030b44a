package dwal.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadinessTest {

    @TempDir
    Path directory;

    @Test
    void aNodeIsReadyOnceItHasStartedAndUntilItsDiskFails() throws Exception {
        var disk = new StallingDisk();
        try (var nodes = new TestNodes(directory, List.of(1))
                .add(1, "broker,controller", Map.of())
                .on(1, disk.disk())) {
            nodes.start(1);
            var node = (Broker) nodes.node(1);
            TestNodes.await("it is ready", () -> node.waitsFor().isEmpty());
            try (Admin admin = nodes.admin(1)) {
                admin.createTopics(List.of(new NewTopic("lost", 1, (short) 1)))
                        .all()
                        .get();
            }
            try (var producer = new KafkaProducer<>(
                    Map.of("bootstrap.servers", node.address()),
                    new ByteArraySerializer(),
                    new ByteArraySerializer())) {
                producer.send(new ProducerRecord<>("lost", new byte[10])).get(30, TimeUnit.SECONDS);
                disk.breakDown();
                var unused = producer.send(new ProducerRecord<>("lost", new byte[10]));
                TestNodes.await("it is not ready", () -> !node.waitsFor().isEmpty());
                producer.close(Duration.ZERO);
            }
            assertThat(node.waitsFor()).singleElement().asString().startsWith("Its disk has failed");
        }
    }

    @Test
    void aBrokerThatReachesNoControllerIsNotReady() throws Exception {
        try (var nodes = new TestNodes(directory, List.of(1))
                .add(1, "controller", Map.of())
                .add(2, "broker", Map.of())
                .start(1, 2)) {
            var broker = (Broker) nodes.node(2);
            TestNodes.await("it is ready", () -> broker.waitsFor().isEmpty());

            nodes.stop(1);

            TestNodes.await(
                    "it knows that no controller answers",
                    () -> broker.waitsFor().contains("No controller has answered it lately."));
        }
    }
}

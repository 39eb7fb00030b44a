package dwal.compat.container;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.dockerjava.api.DockerClient;
import dwal.compat.server.Await;
import dwal.environment.FreePorts;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.containers.BindMode;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.DockerImageName;

/** One node in a container. */
class ContainerTest {
    private static final TopicPartition PARTITION = new TopicPartition("in-a-container", 0);

    @BeforeAll
    static void buildImage() throws Exception {
        Image.build();
    }

    @Test
    @SuppressWarnings("resource") // closed by the try
    void theImageServesIsKilledAndHasItsDataBack(@TempDir Path data) throws Exception {
        String bootstrap = "127.0.0.1:" + FreePorts.next();
        try (GenericContainer<?> container = new GenericContainer<>(DockerImageName.parse(Image.NAME))
                .withImagePullPolicy(image -> false)
                .withNetworkMode("host")
                .withLabel("dwal.test", "compat")
                .withFileSystemBind(data.toString(), "/data", BindMode.READ_WRITE)
                .withCommand(
                        "start",
                        "--data",
                        "/data",
                        "--http-port",
                        "0",
                        "--grpc-port",
                        "0",
                        "--set",
                        "listeners=PLAINTEXT://" + bootstrap)
                .waitingFor(
                        Wait.forLogMessage(".*dwal ready kafka=.*\\n", 1).withStartupTimeout(Duration.ofMinutes(2)))) {
            container.start();
            assertThat(produce(bootstrap, "before the kill")).isEqualTo(0);
            assertThat(read(bootstrap, 1)).containsExactly("before the kill");

            DockerClient docker = container.getDockerClient();
            docker.killContainerCmd(container.getContainerId())
                    .withSignal("KILL")
                    .exec();
            Await.until(
                    "the container's end",
                    () -> !Boolean.TRUE.equals(docker.inspectContainerCmd(container.getContainerId())
                            .exec()
                            .getState()
                            .getRunning()));
            docker.startContainerCmd(container.getContainerId()).exec();

            assertThat(produce(bootstrap, "after it")).isEqualTo(1);
            assertThat(read(bootstrap, 2)).containsExactly("before the kill", "after it");
        }
    }

    private static long produce(String bootstrap, String value) throws Exception {
        Map<String, Object> settings = Map.of("bootstrap.servers", bootstrap, "acks", "all");
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            ProducerRecord<String, String> record =
                    new ProducerRecord<>(PARTITION.topic(), PARTITION.partition(), null, value);
            return producer.send(record).get(2, TimeUnit.MINUTES).offset();
        }
    }

    private static List<String> read(String bootstrap, int count) {
        Map<String, Object> settings = Map.of("bootstrap.servers", bootstrap, "auto.offset.reset", "earliest");
        List<String> values = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            consumer.assign(List.of(PARTITION));
            Await.until(count + " records", () -> {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200)))
                    values.add(record.value());
                return values.size() >= count;
            });
        }
        return values;
    }
}

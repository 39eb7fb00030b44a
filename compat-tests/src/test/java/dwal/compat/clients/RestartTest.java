package dwal.compat.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.compat.server.Await;
import dwal.compat.server.Server;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What outlives the server's process. Has a server of its own, since it ends it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RestartTest {
    /** Members outlive the restart, however slow the machine. */
    private final Server server = Server.ofTarget(Map.of("group.consumer.session.timeout.ms", "30000"));

    private Clients clients;

    @BeforeAll
    void start() {
        clients = new Clients(server.start());
    }

    @AfterAll
    void end() {
        server.close();
    }

    private void restart(String how) {
        if (how.equals("SIGKILL")) server.kill();
        else assertThat(server.stop()).as("exit status after SIGTERM").isIn(0, 143);
        server.start();
    }

    @ParameterizedTest
    @ValueSource(strings = {"SIGTERM", "SIGKILL"})
    void recordsAndCommittedOffsetsAreThereAfterARestartAndMembersThatStayedGoOn(String how) {
        String topic = clients.topic("restart", 2);
        List<String> protocols = List.of("classic", "consumer");
        List<Consumer<String, String>> staying = new ArrayList<>();
        try (Producer<String, String> producer = clients.producer(Map.of("acks", "all"))) {
            Clients.sendAll(producer, Clients.numbers(topic, 0, 100, 2));
            for (String protocol : protocols) {
                Map<String, Object> settings = Map.of("group.id", Clients.unique(protocol), "group.protocol", protocol);
                Consumer<String, String> consumer = clients.consumer(settings);
                staying.add(consumer);
                consumer.subscribe(List.of(topic));
                Clients.poll(consumer, 100);
                consumer.commitSync();
            }

            restart(how);

            Clients.sendAll(producer, Clients.numbers(topic, 100, 120, 2));
            for (Consumer<String, String> consumer : staying) {
                assertThat(consumer.committed(partitions(topic)).values())
                        .allMatch(committed -> committed.offset() == 50);
                List<ConsumerRecord<String, String>> rest = Clients.poll(consumer, 20);
                assertThat(rest).as("everything new, nothing old").hasSize(20);
                assertThat(rest).allMatch(record -> Integer.parseInt(record.value()) >= 100);
                consumer.commitSync();
            }
        } finally {
            staying.forEach(Consumer::close);
        }
        try (Consumer<String, String> reader = clients.consumer(Map.of())) {
            assertThat(clients.readAll(reader, topic))
                    .extracting(ConsumerRecord::value)
                    .doesNotHaveDuplicates()
                    .hasSize(120);
        }
    }

    private static Set<TopicPartition> partitions(String topic) {
        return Set.of(new TopicPartition(topic, 0), new TopicPartition(topic, 1));
    }

    @Test
    void topicsConfigsDeletedRecordsAndDeletionsAreThereAfterAKill() {
        String kept = clients.topic("kept", 3, Map.of("retention.ms", "123456789"));
        String deleted = clients.topic("deleted", 1);
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, kept);
        TopicPartition partition = new TopicPartition(kept, 0);
        try (Admin admin = clients.admin();
                Producer<String, String> producer = clients.producer(Map.of())) {
            String id = topicId(admin, kept);
            Clients.sendAll(producer, Clients.numbers(kept, 0, 30, 3));
            Clients.get(admin.deleteRecords(
                            Map.of(partition, org.apache.kafka.clients.admin.RecordsToDelete.beforeOffset(4)))
                    .all());
            Clients.get(admin.incrementalAlterConfigs(Map.of(
                            resource,
                            List.of(new AlterConfigOp(
                                    new ConfigEntry("segment.bytes", "20000000"), AlterConfigOp.OpType.SET))))
                    .all());
            Clients.get(admin.deleteTopics(List.of(deleted)).all());

            restart("SIGKILL");

            Await.until(
                    "the topics after the restart", () -> topicId(admin, kept).equals(id));
            assertThat(Clients.get(admin.listTopics().names())).contains(kept).doesNotContain(deleted);
            Map<ConfigResource, org.apache.kafka.clients.admin.Config> configs =
                    Clients.get(admin.describeConfigs(List.of(resource)).all());
            assertThat(configs.get(resource).get("retention.ms").value()).isEqualTo("123456789");
            assertThat(configs.get(resource).get("segment.bytes").value()).isEqualTo("20000000");
            try (Consumer<String, String> reader = clients.consumer(Map.of())) {
                long start = reader.beginningOffsets(List.of(partition)).get(partition);
                if (Server.isKafkaTarget()) {
                    assertThat(start)
                            .as("Kafka writes the start down now and then")
                            .isIn(0L, 4L);
                } else {
                    assertThat(start).as("what was answered outlives the kill").isEqualTo(4);
                }
                assertThat(reader.endOffsets(List.of(partition)).get(partition)).isEqualTo(10);
            }
        }
    }

    private static String topicId(Admin admin, String topic) {
        return Clients.get(admin.describeTopics(List.of(topic)).allTopicNames())
                .get(topic)
                .topicId()
                .toString();
    }

    @Test
    void anIdempotentProducerGoesOnOverAKillWithoutLossOrDuplicates() {
        String topic = clients.topic("idempotent", 1);
        try (Producer<String, String> producer = clients.producer(Map.of("enable.idempotence", true, "linger.ms", 0))) {
            for (int round = 0; round < 2; round++) {
                Clients.sendAll(producer, Clients.numbers(topic, round * 100, round * 100 + 100, 1));
                restart("SIGKILL");
            }
            Clients.sendAll(producer, Clients.numbers(topic, 200, 300, 1));
        }
        try (Consumer<String, String> reader = clients.consumer(Map.of())) {
            List<ConsumerRecord<String, String>> read = clients.readAll(reader, topic);
            assertThat(read).hasSize(300);
            for (int i = 0; i < 300; i++) assertThat(read.get(i).value()).isEqualTo(Integer.toString(i));
        }
    }
}

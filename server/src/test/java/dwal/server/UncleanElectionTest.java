package dwal.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.PreferredLeaderNotAvailableException;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A replica that is not in sync leads only when somebody asks for it, who then loses what it lacks. */
@Timeout(120)
class UncleanElectionTest {
    private static final TopicPartition PARTITION = new TopicPartition("t", 0);
    private static final Map<String, String> SETTINGS = Map.of("broker.session.timeout.ms", "3000");

    @TempDir
    Path directory;

    @Test
    void aReplicaThatLacksRecordsLeadsWhenAskedToAndTheFormerLeaderCutsWhatItHadMore() throws Exception {
        try (TestNodes nodes = new TestNodes(directory, List.of(1))
                .add(1, "broker,controller", SETTINGS)
                .add(2, "broker", SETTINGS)
                .add(3, "broker", SETTINGS)
                .start(1, 2, 3)) {
            try (Admin admin = nodes.admin(1)) {
                var topic = new NewTopic("t", Map.of(0, List.of(2, 3))).configs(Map.of("min.insync.replicas", "1"));
                admin.createTopics(List.of(topic)).all().get();
                assertThat(produce(nodes, "in both")).isZero();
                TestNodes.await("both are in sync", () -> inSync(nodes).equals(Set.of(2, 3)));
                nodes.stop(3);
                assertThat(produce(nodes, "in one, and lost")).isEqualTo(1);
                nodes.stop(2);
                nodes.start(3);

                assertThat(partition(nodes).leaderId())
                        .as("nobody leads by himself")
                        .isEqualTo(-1);
                assertThatThrownBy(() -> elect(admin, ElectionType.PREFERRED))
                        .isInstanceOf(PreferredLeaderNotAvailableException.class);
                elect(admin, ElectionType.UNCLEAN);
                TestNodes.await("it leads", () -> partition(nodes).leaderId() == 3);
                assertThat(produce(nodes, "in place of that")).isEqualTo(1);
                nodes.start(2);
                TestNodes.await("both are in sync again", () -> inSync(nodes).equals(Set.of(2, 3)));
            }
            nodes.stop(2);
            nodes.stop(3);
            Path segment = Path.of("t-0", "00000000000000000000.log");
            assertThat(Files.readAllBytes(nodes.dataOf(2).resolve(segment)))
                    .isEqualTo(Files.readAllBytes(nodes.dataOf(3).resolve(segment)));
        }
    }

    private static void elect(Admin admin, ElectionType type) throws Exception {
        Optional<Throwable> problem =
                admin.electLeaders(type, Set.of(PARTITION)).partitions().get().get(PARTITION);
        if (problem != null && problem.isPresent()) {
            throw (Exception) problem.get();
        }
    }

    private static long produce(TestNodes nodes, String value) throws Exception {
        Map<String, Object> settings = Map.of("bootstrap.servers", "127.0.0.1:" + nodes.portOf(1), "acks", "all");
        try (var producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            return producer.send(new ProducerRecord<>("t", 0, null, value))
                    .get()
                    .offset();
        }
    }

    private static MetadataResponsePartition partition(TestNodes nodes) throws Exception {
        return nodes.metadataOf(1).topics().find("t").partitions().get(0);
    }

    private static Set<Integer> inSync(TestNodes nodes) throws Exception {
        return Set.copyOf(partition(nodes).isrNodes());
    }
}

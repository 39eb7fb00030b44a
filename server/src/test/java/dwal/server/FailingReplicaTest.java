package dwal.server;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Disk;
import dwal.environment.simulated.FaultyDisk;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node whose disk fails while it leads: the others go on without it (promise D4), long before any time-out. */
@Timeout(120)
class FailingReplicaTest {
    private static final String BOTH = "broker,controller";
    private static final String TOPIC = "t";

    @TempDir
    Path directory;

    @Test
    void anotherReplicaLeadsWhenASyncHasFailedAndTheFailedOneComesBackAfterARestart() throws Exception {
        var disk = new FaultyDisk(Disk.system());
        Map<String, String> settings = Map.of("replica.lag.time.max.ms", "60000");
        try (TestNodes nodes = new TestNodes(directory, List.of(1, 2, 3))
                        .add(1, BOTH, settings)
                        .add(2, BOTH, settings)
                        .add(3, BOTH, settings)
                        .on(1, disk)
                        .start(1, 2, 3);
                Admin admin = nodes.admin(2)) {
            admin.createTopics(List.of(new NewTopic(TOPIC, Map.of(0, List.of(1, 2, 3), 1, List.of(2, 1, 3)))
                            .configs(Map.of("min.insync.replicas", "2"))))
                    .all()
                    .get();
            try (var producer = producer(nodes)) {
                send(producer, 0);
                send(producer, 1);
                TestNodes.await(
                        "all are in sync",
                        () -> inSync(admin, 0).size() == 3 && inSync(admin, 1).size() == 3);

                disk.setSyncsFail(true);
                send(producer, 0);
                send(producer, 1);
                assertThat(leader(admin, 0)).isIn(2, 3);
                TestNodes.await(
                        "node 1 is in sync nowhere",
                        () -> !inSync(admin, 0).contains(1) && !inSync(admin, 1).contains(1));

                disk.setSyncsFail(false);
                nodes.stop(1);
                nodes.start(1);
                TestNodes.await(
                        "node 1 is in sync again",
                        () -> inSync(admin, 0).contains(1) && inSync(admin, 1).contains(1));
            }
        }
    }

    private static KafkaProducer<String, String> producer(TestNodes nodes) {
        return new KafkaProducer<>(
                Map.of(
                        "bootstrap.servers",
                        nodes.node(2).clientAddress().orElseThrow(),
                        "acks",
                        "all",
                        "retry.backoff.ms",
                        20),
                new StringSerializer(),
                new StringSerializer());
    }

    private static void send(KafkaProducer<String, String> producer, int partition) throws Exception {
        producer.send(new ProducerRecord<>(TOPIC, partition, null, "value")).get(20, TimeUnit.SECONDS);
    }

    private static int leader(Admin admin, int partition) throws Exception {
        return describe(admin, partition).leader().id();
    }

    private static List<Integer> inSync(Admin admin, int partition) throws Exception {
        return describe(admin, partition).isr().stream().map(Node::id).toList();
    }

    private static TopicPartitionInfo describe(Admin admin, int partition) throws Exception {
        return admin.describeTopics(List.of(TOPIC))
                .allTopicNames()
                .get()
                .get(TOPIC)
                .partitions()
                .get(partition);
    }
}

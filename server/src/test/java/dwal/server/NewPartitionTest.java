package dwal.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a producer waits for that writes to a new topic with acks=all: nothing but the replicas. */
@Timeout(120)
class NewPartitionTest {
    private static final String BOTH = "broker,controller";
    private static final int TOPICS = 10;

    @TempDir
    Path directory;

    @Test
    void theFirstRecordOfANewTopicWaitsForNoLongPollThatIsUnderWay() throws Exception {
        Map<String, String> settings = Map.of("min.insync.replicas", "3", "replica.fetch.wait.max.ms", "20000");
        List<Long> millis = new ArrayList<>();
        try (TestNodes nodes = new TestNodes(directory, List.of(1, 2, 3))
                        .add(1, BOTH, settings)
                        .add(2, BOTH, settings)
                        .add(3, BOTH, settings)
                        .start(1, 2, 3);
                Admin admin = nodes.admin(1);
                var producer = new KafkaProducer<String, String>(
                        Map.of(
                                "bootstrap.servers",
                                nodes.node(1).clientAddress().orElseThrow(),
                                "acks",
                                "all",
                                "retry.backoff.ms",
                                5),
                        new StringSerializer(),
                        new StringSerializer())) {
            for (int i = 0; i < TOPICS; i++) {
                String topic = "topic-" + i;
                long before = System.nanoTime();
                admin.createTopics(List.of(new NewTopic(
                                topic, Map.of(0, List.of(1 + i % 3, 1 + (i + 1) % 3, 1 + (i + 2) % 3)))))
                        .all()
                        .get();
                producer.send(new ProducerRecord<>(topic, 0, null, "value")).get(60, TimeUnit.SECONDS);
                millis.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - before));
            }
        }
        System.out.println("ms from asking for a topic until its first record is at all replicas: " + millis);
        // The first also waits for connections to be made, and classes to be loaded.
        assertThat(millis.subList(3, TOPICS))
                .allSatisfy(each -> assertThat(each).isLessThan(10_000));
    }
}

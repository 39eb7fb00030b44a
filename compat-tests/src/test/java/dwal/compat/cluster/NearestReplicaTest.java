package dwal.compat.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.compat.clients.Clients;
import dwal.compat.server.Await;
import dwal.compat.server.Requirement;
import dwal.compat.server.Server;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A consumer in the rack of a follower reads there (KIP-392), soon, and goes back to the leader when that follower dies. */
@Timeout(900)
class NearestReplicaTest {
    private static final int FOLLOWER = 3;
    /** Far longer than a record may take to a consumer: nobody may wait for the end of a follower's long poll. */
    private static final long FETCH_WAIT_MS = 20_000;

    @Test
    void aConsumerReadsFromTheReplicaInItsRackWithoutWaitingForAnything() throws Exception {
        Requirement.that(!Server.isKafkaTarget(), "bin/dwal local-cluster starts dwal only");
        try (LocalCluster cluster = new LocalCluster()) {
            startWithRacks(cluster);
            Clients clients = new Clients(
                    String.join(",", cluster.bootstrap(1), cluster.bootstrap(2), cluster.bootstrap(FOLLOWER)));
            String topic = Clients.unique("near");
            TopicPartition partition = new TopicPartition(topic, 0);
            try (Admin admin = cluster.admin(cluster.bootstrap(1));
                    Producer<String, String> producer = clients.producer(Map.of("acks", "all"));
                    Consumer<String, String> consumer =
                            clients.consumer(Map.of("client.rack", "rack-" + FOLLOWER, "fetch.max.wait.ms", 60_000))) {
                admin.createTopics(List.of(new NewTopic(topic, Map.of(0, List.of(1, 2, FOLLOWER)))))
                        .all()
                        .get();
                consumer.assign(List.of(partition));
                consumer.seekToBeginning(List.of(partition));
                sendAndRead(producer, consumer, topic);
                Await.until("the consumer to read from node " + FOLLOWER, () -> {
                    sendAndRead(producer, consumer, topic);
                    return readsFrom(consumer) == FOLLOWER;
                });

                List<Long> delays = new ArrayList<>();
                for (int i = 0; i < 5; i++) delays.add(sendAndRead(producer, consumer, topic));
                System.out.println("ms from the answer to a producer until a consumer at a follower has it: " + delays);
                assertThat(delays).allSatisfy(delay -> assertThat(delay).isLessThan(FETCH_WAIT_MS / 4));

                cluster.run("kill", Integer.toString(FOLLOWER)).ok();
                sendAndRead(producer, consumer, topic);
                assertThat(readsFrom(consumer)).isNotEqualTo(FOLLOWER);
                // In order it would wait until its last fetch, which nothing answers any more, has waited.
                consumer.close(CloseOptions.timeout(Duration.ZERO));
            }
        }
    }

    private static void startWithRacks(LocalCluster cluster) throws Exception {
        String[] settings = {
            "--set",
            "dwal.disk.reserve=0",
            "--set",
            "replica.selector.class=org.apache.kafka.common.replica.RackAwareReplicaSelector",
            "--set",
            "replica.fetch.wait.max.ms=" + FETCH_WAIT_MS,
        };
        cluster.start(settings).ok();
        cluster.run("stop").ok();
        for (int node = 1; node <= 3; node++) {
            Files.writeString(
                    cluster.directory.resolve("node-" + node + ".properties"),
                    "broker.rack=rack-" + node + "\n",
                    StandardOpenOption.APPEND);
        }
        cluster.start(settings).ok();
    }

    /** Milliseconds from the acknowledgement of a record until the consumer had it. */
    private static long sendAndRead(Producer<String, String> producer, Consumer<String, String> consumer, String topic)
            throws Exception {
        long offset = producer.send(new ProducerRecord<>(topic, 0, null, "value"))
                .get(180, TimeUnit.SECONDS)
                .offset();
        long sent = System.nanoTime();
        Await.until("record " + offset + " to be read", () -> {
            for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(100))) {
                if (record.offset() == offset) return true;
            }
            return false;
        });
        return Duration.ofNanos(System.nanoTime() - sent).toMillis();
    }

    private static int readsFrom(Consumer<String, String> consumer) {
        return consumer.metrics().values().stream()
                .filter(metric -> metric.metricName().name().equals("preferred-read-replica"))
                .map(metric -> ((Number) metric.metricValue()).intValue())
                .findFirst()
                .orElse(-1);
    }
}

package dwal.compat.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.compat.clients.Clients;
import dwal.compat.crash.Watcher;
import dwal.compat.crash.Writer;
import dwal.compat.judge.History;
import dwal.compat.judge.History.Value;
import dwal.compat.judge.Judge;
import dwal.compat.server.Await;
import dwal.compat.server.Requirement;
import dwal.compat.server.Server;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Three processes with three replicas of each partition: each of them is killed in turn, then all at once, while producers
 * write and a consumer reads. Then the judge has the word, and the replicas are compared byte for byte.
 */
@Timeout(300)
class ClusterKillTest {
    private static final int NODES = 3;
    private static final int PARTITIONS = 6;
    private static final int WRITERS = 2;
    private static final int ENOUGH = 300;

    @Test
    void nothingAcknowledgedIsLostDoubledOrReorderedWhenNodesAreKilled() throws Exception {
        Requirement.that(!Server.isKafkaTarget(), "bin/dwal local-cluster starts dwal only");
        History history = new History();
        List<Long> pauses = new ArrayList<>();
        try (LocalCluster cluster = new LocalCluster()) {
            start(cluster);
            String bootstrap = String.join(",", cluster.bootstrap(1), cluster.bootstrap(2), cluster.bootstrap(3));
            Clients clients = new Clients(bootstrap);
            String topic = Clients.unique("kill");
            try (Admin admin = cluster.admin(bootstrap)) {
                admin.createTopics(List.of(new NewTopic(topic, PARTITIONS, (short) NODES)))
                        .all()
                        .get();
                List<Writer> writers = writers(clients, topic, history);
                Watcher watcher =
                        new Watcher(clients.consumer(Map.of("max.poll.records", 5000)), topic, PARTITIONS, history);
                writers.forEach(Thread::start);
                watcher.start();
                awaitMore(history);
                for (int node = 1; node <= NODES; node++) {
                    cluster.run("kill", Integer.toString(node)).ok();
                    long killed = System.nanoTime();
                    awaitMore(history);
                    pauses.add(Duration.ofNanos(System.nanoTime() - killed).toMillis());
                    start(cluster);
                    awaitAllInSync(admin, topic);
                }
                for (int node = 1; node <= NODES; node++)
                    cluster.run("kill", Integer.toString(node)).ok();
                start(cluster);
                awaitMore(history);
                for (Writer writer : writers) writer.finish();
                watcher.finish();
                awaitAllInSync(admin, topic);
                try (Consumer<String, String> reader = clients.consumer(Map.of())) {
                    for (ConsumerRecord<String, String> record : clients.readAll(reader, topic)) {
                        history.found(record.partition(), record.offset(), Value.parse(record.value()));
                    }
                }
            }
            cluster.run("stop").ok();
            cluster.verifyReplicas();
        }
        System.out.println("each of " + NODES + " nodes killed, then all at once: " + history.acknowledgedCount()
                + " records acknowledged, " + history.indefiniteCount() + " indefinite, ms from a kill to " + ENOUGH
                + " more acknowledged: " + pauses);
        List<String> violations = Judge.violations(history);
        assertThat(violations.stream().limit(20))
                .as("%d violations, the first of them", violations.size())
                .isEmpty();
    }

    private static void start(LocalCluster cluster) throws IOException, InterruptedException {
        cluster.start("--set", "dwal.disk.reserve=0").ok();
    }

    private static List<Writer> writers(Clients clients, String topic, History history) {
        List<Writer> writers = new ArrayList<>();
        for (int id = 0; id < WRITERS; id++) {
            Map<String, Object> settings = Map.of(
                    "enable.idempotence",
                    true,
                    "acks",
                    "all",
                    "linger.ms",
                    1,
                    "batch.size",
                    2000,
                    "delivery.timeout.ms",
                    300_000);
            writers.add(new Writer(id, clients.producer(settings), topic, PARTITIONS, history));
        }
        return writers;
    }

    private static void awaitMore(History history) {
        int before = history.acknowledgedCount();
        Await.until(ENOUGH + " more acknowledged records", () -> history.acknowledgedCount() >= before + ENOUGH);
    }

    private static void awaitAllInSync(Admin admin, String topic) {
        Await.until("all replicas to be in sync", () -> {
            List<TopicPartitionInfo> partitions = admin.describeTopics(List.of(topic))
                    .allTopicNames()
                    .get()
                    .get(topic)
                    .partitions();
            return partitions.stream().allMatch(p -> p.isr().size() == NODES);
        });
    }
}

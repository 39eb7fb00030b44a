package dwal.compat.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.compat.clients.Clients;
import dwal.compat.judge.History;
import dwal.compat.judge.History.Value;
import dwal.compat.judge.Judge;
import dwal.compat.server.Await;
import dwal.compat.server.Server;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** The server is killed again and again while producers write and a consumer reads; then the judge has the word. */
class KillTest {
    private static final int PARTITIONS = 3;
    private static final int WRITERS = 2;
    private static final int ENOUGH = 500;

    @Test
    void nothingAcknowledgedIsLostDoubledOrReorderedOverKills() throws Exception {
        int kills = Server.isKafkaTarget() ? 2 : 10;
        History history = new History();
        List<Duration> recoveries = new ArrayList<>();
        try (Server server = Server.ofTarget(Map.of()).start()) {
            Clients clients = new Clients(server);
            String topic = clients.topic("kill", PARTITIONS, Map.of("segment.bytes", "1048576"));
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
            Watcher watcher = new Watcher(clients.consumer(Map.of("max.poll.records", 5000)), topic, history);
            writers.forEach(Thread::start);
            watcher.start();
            for (int kill = 0; kill < kills; kill++) {
                awaitMore(history);
                server.kill();
                server.start();
                recoveries.add(server.startTime());
            }
            awaitMore(history);
            for (Writer writer : writers) writer.finish();
            watcher.finish();
            try (Consumer<String, String> reader = clients.consumer(Map.of())) {
                for (ConsumerRecord<String, String> record : clients.readAll(reader, topic)) {
                    history.found(record.partition(), record.offset(), Value.parse(record.value()));
                }
            }
        }
        System.out.println(kills + " kills, " + history.acknowledgedCount() + " records acknowledged, "
                + history.indefiniteCount() + " indefinite, recoveries in ms: "
                + recoveries.stream().map(Duration::toMillis).toList());
        List<String> violations = Judge.violations(history);
        assertThat(violations.stream().limit(20))
                .as("%d violations, the first of them", violations.size())
                .isEmpty();
    }

    private static void awaitMore(History history) {
        int before = history.acknowledgedCount();
        Await.until(ENOUGH + " more acknowledged records", () -> history.acknowledgedCount() >= before + ENOUGH);
    }

    /** Reads all partitions over all kills, and writes down what it saw. */
    private static final class Watcher extends Thread {
        private final Consumer<String, String> consumer;
        private final String topic;
        private final History history;
        private final AtomicBoolean going = new AtomicBoolean(true);

        Watcher(Consumer<String, String> consumer, String topic, History history) {
            super("watcher");
            this.consumer = consumer;
            this.topic = topic;
            this.history = history;
        }

        @Override
        public void run() {
            List<TopicPartition> partitions = new ArrayList<>();
            for (int partition = 0; partition < PARTITIONS; partition++)
                partitions.add(new TopicPartition(topic, partition));
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            while (going.get()) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(100))) {
                    history.seen(record.partition(), record.offset(), Value.parse(record.value()));
                }
            }
            consumer.close();
        }

        void finish() throws InterruptedException {
            going.set(false);
            join();
        }
    }
}

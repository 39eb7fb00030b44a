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
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
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
            Watcher watcher =
                    new Watcher(clients.consumer(Map.of("max.poll.records", 5000)), topic, PARTITIONS, history);
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
}

package dwal.benchmarks.load;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;

/** A start over a folder full of data, to the moment when every partition answers with all its records. */
final class Restart {
    private static final int WAIT_SECONDS = 120;
    private static final int SETTLE_MS = 5_000;
    private static final Map<String, Object> IMPATIENT =
            Map.of("retry.backoff.ms", 20, "reconnect.backoff.ms", 20, "reconnect.backoff.max.ms", 100);

    private final ManagedServer server;
    private final String topic;
    private final StartupOptions options;

    Restart(ManagedServer server, String topic, StartupOptions options) {
        this.server = server;
        this.topic = topic;
        this.options = options;
    }

    void measure(Row row) throws Exception {
        ServerStart start = ServerStart.of(server);
        start.awaitPort();
        row.put("port_open_s", start.age());
        List<TopicPartition> partitions = IntStream.range(0, options.partitions())
                .mapToObj(i -> new TopicPartition(topic, i))
                .toList();
        try (KafkaConsumer<byte[], byte[]> consumer = Clients.consumer(start.bootstrap(), IMPATIENT)) {
            awaitFirstRecord(consumer, partitions.get(0), start);
            row.put("first_fetch_s", start.age());
            awaitAllRecords(consumer, partitions, start);
            row.put("all_partitions_s", start.age());
        }
        Cluster.awaitNodes(start.bootstrap(), options.nodes(), WAIT_SECONDS);
        row.put("nodes_s", start.age());
        row.put("start_cpu_s", start.target().cpuSeconds());
        Thread.sleep(SETTLE_MS);
        start.target().addMemory(row);
    }

    private static void awaitFirstRecord(
            KafkaConsumer<byte[], byte[]> consumer, TopicPartition partition, ServerStart start) {
        consumer.assign(List.of(partition));
        consumer.seek(partition, 0);
        while (consumer.poll(Duration.ofMillis(50)).isEmpty()) {
            start.checkPatience("nothing to read");
        }
    }

    /** Every partition answers, and nothing that was acknowledged is gone. */
    private void awaitAllRecords(
            KafkaConsumer<byte[], byte[]> consumer, List<TopicPartition> partitions, ServerStart start)
            throws InterruptedException {
        while (true) {
            long readable = readable(consumer, partitions);
            if (readable >= options.records()) {
                return;
            }
            start.checkPatience("only " + readable + " records readable");
            Thread.sleep(20);
        }
    }

    private static long readable(KafkaConsumer<byte[], byte[]> consumer, List<TopicPartition> partitions) {
        try {
            return consumer.endOffsets(partitions, Duration.ofSeconds(WAIT_SECONDS)).values().stream()
                    .mapToLong(Long::longValue)
                    .sum();
        } catch (RetriableException e) {
            return 0;
        }
    }
}

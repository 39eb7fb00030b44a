package dwal.benchmarks.load;

import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLongArray;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * The death of all nodes at once, by kill -9, and their start over the data that they have left: how long until a producer that
 * was at work all the time has records acknowledged again. The driver's main thread.
 */
final class Outage {
    private static final String TOPIC = "outage";
    private static final int PARTITIONS = 6;
    private static final int BETWEEN_RECORDS_MS = 5;
    private static final int BETWEEN_LOOKS_MS = 10;

    /** What the client's own pauses, up to a second, would add by chance. */
    private static final Map<String, Object> IMPATIENT =
            Map.of("acks", "all", "retry.backoff.ms", 20, "reconnect.backoff.ms", 20, "reconnect.backoff.max.ms", 100);

    private final ManagedServer server;
    private final Target target;
    private final int warmupSeconds;

    /** By partition, when the newest record that is acknowledged was sent. */
    private final AtomicLongArray acknowledged = new AtomicLongArray(PARTITIONS);

    Outage(ManagedServer server, Target target, int warmupSeconds) {
        this.server = server;
        this.target = target;
        this.warmupSeconds = warmupSeconds;
    }

    /** Seconds from the first new process until one of the partitions takes records again, and until all of them do. */
    void measure(Row row) throws Exception {
        try (Cluster cluster = new Cluster(target.bootstrap())) {
            cluster.create(TOPIC, PARTITIONS);
        }
        Proc.sync();
        try (KafkaProducer<byte[], byte[]> producer = Clients.producer(target.bootstrap(), IMPATIENT)) {
            Thread work = new Thread(() -> produce(producer), "producer");
            work.start();
            try {
                Thread.sleep(warmupSeconds * 1000L);
                server.kill();
                ServerStart start = ServerStart.of(server);
                long restarted = System.nanoTime();
                row.put("first_partition_s", awaitAcknowledged(1, restarted, start));
                row.put("all_partitions_s", awaitAcknowledged(PARTITIONS, restarted, start));
                row.put("start_cpu_s", start.target().cpuSeconds());
            } finally {
                work.interrupt();
                work.join();
            }
        }
    }

    private double awaitAcknowledged(int partitions, long since, ServerStart start) throws InterruptedException {
        while (acknowledgedSince(since) < partitions) {
            start.checkPatience("no record acknowledged");
            Thread.sleep(BETWEEN_LOOKS_MS);
        }
        return start.age();
    }

    private int acknowledgedSince(long since) {
        int count = 0;
        for (int partition = 0; partition < PARTITIONS; partition++) {
            count += acknowledged.get(partition) > since ? 1 : 0;
        }
        return count;
    }

    private void produce(KafkaProducer<byte[], byte[]> producer) {
        try {
            for (int i = 0; ; i++) {
                int partition = i % PARTITIONS;
                long sent = System.nanoTime();
                Future<?> unused = producer.send(
                        new ProducerRecord<>(TOPIC, partition, null, new byte[100]), (metadata, failure) -> {
                            if (failure == null) {
                                acknowledged.accumulateAndGet(partition, sent, Math::max);
                            }
                        });
                Thread.sleep(BETWEEN_RECORDS_MS);
            }
        } catch (InterruptedException | org.apache.kafka.common.errors.InterruptException e) {
            Thread.currentThread().interrupt(); // enough was produced
        }
    }
}

package dwal.benchmarks.load;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * One death in a running cluster, and the time until its work goes on. A producer is at work all the time: a record every few
 * milliseconds to a topic of one partition, which is led by another node than the active controller. The driver's main thread.
 */
final class Failover implements AutoCloseable {
    private static final String TOPIC = "failover";
    private static final int BETWEEN_RECORDS_MS = 5;
    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(120);

    private final Target target;
    private final int warmupSeconds;
    private final Cluster cluster;

    Failover(Target target, int warmupSeconds) {
        this.target = target;
        this.warmupSeconds = warmupSeconds;
        this.cluster = new Cluster(target.bootstrap());
    }

    /** From the death of the partition's leader until a record is acknowledged that was sent after it. */
    void ofLeader(Row row) throws Exception {
        int controller = cluster.activeController();
        int leader = cluster.otherThan(controller);
        row.put("until_acknowledged_s", measured(leader, leader));
    }

    /** From the death of the active controller until a topic can be made through another node. */
    void ofController(Row row) throws Exception {
        int controller = cluster.activeController();
        row.put("until_topic_made_s", measured(cluster.otherThan(controller), controller));
    }

    private double measured(int leader, int dying) throws Exception {
        cluster.createLedBy(TOPIC, leader);
        try (KafkaProducer<byte[], byte[]> producer = Clients.producer(target.bootstrap(), Map.of("acks", "all"))) {
            var newestAcknowledged = new AtomicLong();
            produce(producer, newestAcknowledged, System.nanoTime() + TimeUnit.SECONDS.toNanos(warmupSeconds));
            long death = kill(dying);
            if (dying == leader) {
                untilAcknowledged(producer, newestAcknowledged, death);
            } else {
                try (Cluster others = new Cluster(target.withoutNode(dying))) {
                    others.createSoon("made-after");
                }
            }
            return (System.nanoTime() - death) / 1e9;
        }
    }

    private long kill(int node) throws IOException, InterruptedException {
        long pid = target.pids().get(node - 1);
        Proc.run("kill", "-KILL", String.valueOf(pid));
        return System.nanoTime();
    }

    private static void produce(KafkaProducer<byte[], byte[]> producer, AtomicLong newestAcknowledged, long end)
            throws InterruptedException {
        while (System.nanoTime() < end) {
            send(producer, newestAcknowledged);
        }
    }

    private static void untilAcknowledged(
            KafkaProducer<byte[], byte[]> producer, AtomicLong newestAcknowledged, long death)
            throws InterruptedException {
        while (newestAcknowledged.get() <= death) {
            if (System.nanoTime() - death > LIMIT_NANOS) {
                throw new IllegalStateException("nothing acknowledged after " + LIMIT_NANOS / 1e9 + " s");
            }
            send(producer, newestAcknowledged);
        }
    }

    private static void send(KafkaProducer<byte[], byte[]> producer, AtomicLong newestAcknowledged)
            throws InterruptedException {
        long sent = System.nanoTime();
        Future<?> unused = producer.send(new ProducerRecord<>(TOPIC, new byte[100]), (metadata, failure) -> {
            if (failure == null) {
                newestAcknowledged.accumulateAndGet(sent, Math::max);
            }
        });
        Thread.sleep(BETWEEN_RECORDS_MS);
    }

    @Override
    public void close() {
        cluster.close();
    }
}

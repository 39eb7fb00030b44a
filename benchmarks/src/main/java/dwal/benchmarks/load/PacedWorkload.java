package dwal.benchmarks.load;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * W5: records of 1 KiB at a steady rate. Latency is from when a record was <em>due</em> to when poll() returned it, so that a
 * stall counts for every record that it held up; {@code ack_*} is until it was acknowledged.
 */
final class PacedWorkload implements Workload {
    private final Workbench bench;

    PacedWorkload(Workbench bench) {
        this.bench = bench;
    }

    @Override
    public void run(Target target, int round, double seconds) throws Exception {
        int rate = bench.options().rate();
        Pace pace = new Pace(rate, (long) (rate * seconds));
        String topic = Workbench.freshTopic("w5", round);
        try (Cluster cluster = new Cluster(target.bootstrap())) {
            cluster.create(topic, Workloads.PARTITIONS);
            FirstFailure failure = new FirstFailure();
            PacedReader reader = new PacedReader(target.bootstrap(), topic, pace);
            Crew crew = new Crew(failure);
            crew.start(() -> reader.run(failure));
            reader.awaitReady();

            Measurement measurement;
            Histogram acknowledged = Measurement.histogram();
            try (KafkaProducer<byte[], byte[]> producer =
                    Clients.producer(target.bootstrap(), Map.of("acks", "all", "linger.ms", 0))) {
                producer.partitionsFor(topic);
                measurement = bench.measure("W5", target, round);
                send(producer, topic, pace, acknowledged, failure);
            }
            crew.join();
            failure.rethrow();
            measurement.putPercentiles("ack_", acknowledged);
            measurement.end(pace.records(), pace.records() * bench.kib().valueBytes(), reader.latency());
            Workbench.discard(target, cluster, topic);
        }
    }

    /** So many records a second, so many in all; those of the first second settle things and are not counted. */
    record Pace(int perSecond, long records) {
        boolean counts(long number) {
            return number >= perSecond;
        }

        long dueNs(long startNs, long number) {
            return startNs + number * (1_000_000_000L / perSecond);
        }
    }

    private void send(
            KafkaProducer<byte[], byte[]> producer,
            String topic,
            Pace pace,
            Histogram acknowledged,
            FirstFailure failure) {
        long start = System.nanoTime();
        for (long i = 0; i < pace.records(); i++) {
            long due = pace.dueNs(start, i);
            for (long now = System.nanoTime(); now < due; now = System.nanoTime()) {
                LockSupport.parkNanos(due - now);
            }
            byte[] value = bench.kib().value(i).clone();
            ByteBuffer.wrap(value).putLong(due).putLong(i);
            boolean counts = pace.counts(i);
            int partition = (int) (i % Workloads.PARTITIONS);
            var unused = producer.send(new ProducerRecord<>(topic, partition, null, value), (metadata, e) -> {
                failure.note(e);
                if (e == null && counts) {
                    acknowledged.recordValue(Math.max(0, System.nanoTime() - due));
                }
            });
        }
    }
}

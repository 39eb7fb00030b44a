package dwal.benchmarks.load;

import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Metric;
import org.jspecify.annotations.Nullable;

/**
 * One producer that sends as fast as it can. {@link #run} belongs to one thread; the client's I/O thread fills the
 * histogram; the rest is for the main thread, before and after.
 */
final class ProducerLoop implements AutoCloseable {
    private final String topic;
    private final ProduceWorkload.Shape shape;
    private final KafkaProducer<byte[], byte[]> producer;
    private final Histogram latency = Measurement.histogram();
    private int random;
    private long sent;

    ProducerLoop(String bootstrap, String topic, ProduceWorkload.Shape shape, int number) {
        this.topic = topic;
        this.shape = shape;
        this.random = number * 7919;
        this.producer = Clients.producer(bootstrap, shape.config());
        producer.partitionsFor(topic); // so that the first record does not wait for metadata
    }

    /** Sends until {@code endNs} or a failure; returns when all is acknowledged. */
    void run(long endNs, FirstFailure failure) {
        Callback untimed = (metadata, e) -> failure.note(e);
        while (!failure.isThere()) {
            var record = new ProducerRecord<byte[], byte[]>(
                    topic, partition(), null, shape.values().value(sent));
            if (sent % shape.sample() == 0) {
                long now = System.nanoTime();
                if (now >= endNs) {
                    break;
                }
                var unused = producer.send(record, (metadata, e) -> {
                    failure.note(e);
                    latency.recordValue(System.nanoTime() - now);
                });
            } else {
                var unused = producer.send(record, untimed);
            }
            sent++;
        }
        producer.flush();
    }

    /** A thousand partitions: spread record by record; few: null, as the client's own partitioner does it. */
    private @Nullable Integer partition() {
        if (!shape.isWide()) {
            return null;
        }
        random = random * 1103515245 + 12345;
        return ((random >>> 8) & 0x7fffff) % shape.partitions();
    }

    long sent() {
        return sent;
    }

    /** From send() to acknowledgement, of a sample of the records. */
    Histogram latency() {
        return latency;
    }

    /** What the client says of its batches. */
    void putBatchFigures(Measurement measurement) {
        for (Metric metric : producer.metrics().values()) {
            if (!metric.metricName().group().equals("producer-metrics")
                    || !(metric.metricValue() instanceof Double value)) {
                continue;
            }
            switch (metric.metricName().name()) {
                case "compression-rate-avg" -> measurement.put("compressed_to", value);
                case "batch-size-avg" -> measurement.put("batch_bytes", value);
                default -> {}
            }
        }
    }

    @Override
    public void close() {
        producer.close();
    }
}

package dwal.benchmarks.load;

import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/** Fills a topic with records, as fast as it goes, before something else is measured. Belongs to its maker's thread. */
final class Filling {
    private static final Map<String, Object> CONFIG = Map.of(
            "acks",
            "all",
            "linger.ms",
            5,
            "batch.size",
            65_536,
            "enable.idempotence",
            false,
            "delivery.timeout.ms",
            1_200_000);

    private final String bootstrap;
    private final String topic;
    private final int roundRobin;

    /** Spreads the records as the client's partitioner likes. */
    Filling(String bootstrap, String topic) {
        this(bootstrap, topic, 0);
    }

    /** Spreads the records over {@code roundRobin} partitions, to each as many as to the others. */
    Filling(String bootstrap, String topic, int roundRobin) {
        this.bootstrap = bootstrap;
        this.topic = topic;
        this.roundRobin = roundRobin;
    }

    /** Writes so many records and waits until they are acknowledged. */
    void write(long records, Payloads values) throws Exception {
        FirstFailure failure = new FirstFailure();
        try (KafkaProducer<byte[], byte[]> producer = Clients.producer(bootstrap, CONFIG)) {
            for (long i = 0; i < records && !failure.isThere(); i++) {
                var record = new ProducerRecord<byte[], byte[]>(topic, partition(i), null, values.value(i));
                var unused = producer.send(record, (metadata, e) -> failure.note(e));
            }
        }
        failure.rethrow();
    }

    private @Nullable Integer partition(long i) {
        return roundRobin == 0 ? null : (int) (i % roundRobin);
    }
}

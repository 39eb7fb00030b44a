package dwal.benchmarks.load;

import java.util.Map;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** W8: transactions of 100 records of 1 KiB, one after the other; latency is of commitTransaction() alone. */
final class TransactionWorkload implements Workload {
    private static final int RECORDS = 100;

    private final Workbench bench;

    TransactionWorkload(Workbench bench) {
        this.bench = bench;
    }

    @Override
    public void run(Target target, int round, double seconds) throws Exception {
        String topic = Workbench.freshTopic("w8", round);
        Map<String, Object> config = Map.of(
                "linger.ms", 5, "batch.size", 65_536, "transactional.id", "bench-" + target.label() + "-" + round);
        try (Cluster cluster = new Cluster(target.bootstrap())) {
            cluster.create(topic, Workloads.PARTITIONS);
            try (KafkaProducer<byte[], byte[]> producer = Clients.producer(target.bootstrap(), config)) {
                producer.initTransactions();
                measure(producer, topic, bench.measure("W8", target, round), seconds);
            }
            Workbench.discard(target, cluster, topic);
        }
    }

    private void measure(KafkaProducer<byte[], byte[]> producer, String topic, Measurement measurement, double seconds)
            throws Exception {
        FirstFailure failure = new FirstFailure();
        Histogram commits = Measurement.histogram();
        long endNs = measurement.nanosAt(seconds);
        long transactions = 0;
        while (System.nanoTime() < endNs && !failure.isThere()) {
            producer.beginTransaction();
            for (int i = 0; i < RECORDS; i++) {
                byte[] value = bench.kib().value(transactions * RECORDS + i);
                var record = new ProducerRecord<byte[], byte[]>(topic, i % Workloads.PARTITIONS, null, value);
                var unused = producer.send(record, (metadata, e) -> failure.note(e));
            }
            producer.flush();
            long before = System.nanoTime();
            producer.commitTransaction();
            commits.recordValue(System.nanoTime() - before);
            transactions++;
        }
        measurement.stop();
        failure.rethrow();
        measurement.put("txn_s", transactions / measurement.elapsedSeconds());
        long records = transactions * RECORDS;
        measurement.end(records, records * bench.kib().valueBytes(), commits);
    }
}

package dwal.benchmarks.load;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** W1, W2, W3, W6: official producers, as fast as it goes; latency is from send() to acknowledgement. */
final class ProduceWorkload implements Workload {
    private static final long SETTLE_NS = TimeUnit.SECONDS.toNanos(30);

    private final String name;
    private final Workbench bench;
    private final Shape shape;

    /**
     * What is produced, and how.
     *
     * @param partitions of the topic
     * @param values of the records
     * @param producers at once
     * @param sample of how many records one is timed
     * @param config of the producers
     */
    record Shape(int partitions, Payloads values, int producers, int sample, Map<String, Object> config) {
        /** So many partitions that making and deleting them is dear, and not what is measured: the topic is kept. */
        boolean isWide() {
            return partitions == Workloads.MANY_PARTITIONS;
        }
    }

    ProduceWorkload(String name, Workbench bench, Shape shape) {
        this.name = name;
        this.bench = bench;
        this.shape = shape;
    }

    @Override
    public void run(Target target, int round, double seconds) throws Exception {
        try (Cluster cluster = new Cluster(target.bootstrap())) {
            String topic = shape.isWide() ? wideTopic(cluster, target) : narrowTopic(cluster, round);
            long before = cluster.readable(topic, shape.partitions());
            List<ProducerLoop> producers = new ArrayList<>();
            try {
                for (int i = 0; i < shape.producers(); i++) {
                    producers.add(new ProducerLoop(target.bootstrap(), topic, shape, i));
                }
                Measurement measurement = bench.measure(name, target, round);
                produce(producers, measurement.nanosAt(seconds));
                measurement.stop();
                long sent = producers.stream().mapToLong(ProducerLoop::sent).sum();
                awaitAll(cluster, topic, before, sent);
                producers.get(0).putBatchFigures(measurement);
                measurement.end(sent, sent * shape.values().valueBytes(), latency(producers));
            } finally {
                producers.forEach(ProducerLoop::close);
            }
            if (!shape.isWide()) {
                Workbench.discard(target, cluster, topic);
            }
        }
    }

    private String narrowTopic(Cluster cluster, int round) throws Exception {
        String topic = Workbench.freshTopic(name.toLowerCase(Locale.ROOT), round);
        cluster.create(topic, shape.partitions());
        return topic;
    }

    /** Making it the first time is a measurement of its own, in which the "records" are partitions. */
    private String wideTopic(Cluster cluster, Target target) throws Exception {
        String topic = "bench-" + name.toLowerCase(Locale.ROOT);
        if (bench.keep(target, topic)) {
            Measurement measurement = bench.measure(name + "-create", target, 1);
            cluster.create(topic, shape.partitions());
            measurement.end(shape.partitions(), 0, Measurement.histogram());
        }
        return topic;
    }

    private static void produce(List<ProducerLoop> producers, long endNs) throws Exception {
        FirstFailure failure = new FirstFailure();
        Crew crew = new Crew(failure);
        producers.forEach(producer -> crew.start(() -> producer.run(endNs, failure)));
        crew.join();
        failure.rethrow();
    }

    /** Waits until what was sent is readable: with acks=1 replication counts too, and nothing may be lost or doubled. */
    private void awaitAll(Cluster cluster, String topic, long before, long sent)
            throws ExecutionException, InterruptedException {
        long end = System.nanoTime() + SETTLE_NS;
        long there = cluster.readable(topic, shape.partitions()) - before;
        while (there < sent && System.nanoTime() < end) {
            Thread.sleep(50);
            there = cluster.readable(topic, shape.partitions()) - before;
        }
        if (there != sent) {
            throw new IllegalStateException("sent " + sent + ", there " + there);
        }
    }

    private static Histogram latency(List<ProducerLoop> producers) {
        Histogram all = Measurement.histogram();
        producers.forEach(producer -> all.add(producer.latency()));
        return all;
    }
}

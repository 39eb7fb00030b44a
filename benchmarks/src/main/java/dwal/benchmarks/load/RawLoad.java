package dwal.benchmarks.load;

import org.HdrHistogram.Histogram;
import org.apache.kafka.common.TopicPartitionInfo;

/** Runs the same work on a connection of its own to each partition's leader, and gathers the latencies. */
final class RawLoad {
    private final Cluster cluster;
    private final String topic;
    private final Histogram latency = Measurement.histogram();

    RawLoad(Cluster cluster, String topic) {
        this.cluster = cluster;
        this.topic = topic;
    }

    /** What is done with one partition, until {@code endNs}; puts the latency of each request into {@code latency}. */
    interface Work {
        void run(RawConnection connection, int partition, long endNs, Histogram latency) throws Exception;
    }

    /** Returns when all partitions are done. */
    void run(long endNs, Work work) throws Exception {
        FirstFailure failure = new FirstFailure();
        Crew crew = new Crew(failure);
        for (TopicPartitionInfo partition : cluster.partitions(topic)) {
            crew.start(() -> {
                Histogram own = Measurement.histogram();
                try (RawConnection connection = new RawConnection(partition.leader())) {
                    work.run(connection, partition.partition(), endNs, own);
                }
                synchronized (latency) {
                    latency.add(own);
                }
            });
        }
        crew.join();
        failure.rethrow();
    }

    /** Of all partitions, once {@link #run} has returned. */
    Histogram latency() {
        return latency;
    }
}

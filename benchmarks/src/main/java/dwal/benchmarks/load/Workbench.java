package dwal.benchmarks.load;

import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.ExecutionException;

/** What the workloads of one run share: options, values, report, and topics that last. Belongs to the driver's main thread. */
final class Workbench {
    private final RunOptions options;
    private final Report report;
    private final Payloads kib = Payloads.random(1024);
    private final Set<Kept> kept = new LinkedHashSet<>();

    private record Kept(Target target, String topic) {}

    Workbench(RunOptions options, Report report) {
        this.options = options;
        this.report = report;
    }

    RunOptions options() {
        return options;
    }

    /** Random values of 1 KiB. */
    Payloads kib() {
        return kib;
    }

    /** Of a workload that writes, so that the server needs memory for its page cache. */
    Measurement measure(String workload, Target target, int round) throws IOException, InterruptedException {
        Proc.sync();
        return new Measurement(report, workload, target, round, WarmMemory.touch());
    }

    /** Of a workload that only reads. */
    Measurement measureReading(String workload, Target target, int round) throws IOException, InterruptedException {
        Proc.sync();
        return new Measurement(report, workload, target, round, WarmMemory.none());
    }

    /** A name that no other run or round uses. */
    static String freshTopic(String workload, int round) {
        return "bench-" + workload + "-" + round + "-" + Long.toString(System.nanoTime(), 36);
    }

    /** Notes a topic that lasts to the end of the run; true the first time. */
    boolean keep(Target target, String topic) {
        return kept.add(new Kept(target, topic));
    }

    /** Deletes a topic, and waits until its files are gone: else the next measurement would pay for that. */
    static void discard(Target target, Cluster cluster, String topic)
            throws IOException, ExecutionException, InterruptedException {
        cluster.delete(topic);
        if (!target.awaitFilesGone(topic)) {
            System.out.printf("  %s still has files of %s, which will cost it something%n", target.label(), topic);
        }
    }

    /** Deletes what was kept. */
    void clear() throws ExecutionException, InterruptedException {
        for (Kept one : kept) {
            try (Cluster cluster = new Cluster(one.target().bootstrap())) {
                cluster.delete(one.topic());
            }
        }
    }

    /** A topic with {@code --data-mb} MB of 1 KiB records, written once for each target; gives its name. */
    String storedData(Target target) throws Exception {
        String topic = "bench-data";
        if (keep(target, topic)) {
            try (Cluster cluster = new Cluster(target.bootstrap())) {
                cluster.create(topic, Workloads.PARTITIONS);
                long wanted = options.dataMb() * 1_000_000 / 1024;
                long missing = wanted - cluster.readable(topic, Workloads.PARTITIONS);
                new Filling(target.bootstrap(), topic).write(missing, kib);
            }
        }
        return topic;
    }
}

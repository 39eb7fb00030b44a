package dwal.benchmarks.load;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * What is measured around every run, whatever the run does: time, CPU, memory. Begins when it is made and ends with
 * {@link #end}. Belongs to the driver's main thread.
 */
final class Measurement {
    private static final long LONGEST_LATENCY_NS = TimeUnit.MINUTES.toNanos(5);

    private final Target target;
    private final Row row;
    private final Report report;
    private final WarmMemory memory;
    private final long switchesBefore;
    private final double serverCpuBefore;
    private final double driverCpuBefore;
    private final double machineCpuBefore;
    private final long startNs;
    private double elapsedSeconds;

    /** @param memory for what the server writes; closed at the end */
    Measurement(Report report, String workload, Target target, int round, WarmMemory memory) {
        this.memory = memory;
        this.report = report;
        this.target = target;
        row = new Row(workload, target.label(), round);
        row.put("load", Proc.load());
        switchesBefore = target.switches();
        serverCpuBefore = target.cpuSeconds();
        driverCpuBefore = Proc.ownCpuSeconds();
        machineCpuBefore = Proc.machineBusySeconds();
        startNs = System.nanoTime();
    }

    /** For latencies in nanoseconds, up to five minutes, to three digits. Not thread-safe. */
    static Histogram histogram() {
        return new Histogram(LONGEST_LATENCY_NS, 3);
    }

    /** The {@link System#nanoTime} that is {@code seconds} after the start. */
    long nanosAt(double seconds) {
        return startNs + (long) (seconds * 1e9);
    }

    /** The work is done: stops the clock. CPU goes on counting until {@link #end}: replication is part of the cost. */
    void stop() {
        elapsedSeconds = wallSeconds();
    }

    double elapsedSeconds() {
        return elapsedSeconds;
    }

    /** A figure of this workload alone. */
    void put(String figure, double value) {
        row.put(figure, value);
    }

    /** Percentiles of {@code latency}, each name with {@code prefix} before it. */
    void putPercentiles(String prefix, Histogram latency) {
        row.put(prefix + "p50_ms", latency.getValueAtPercentile(50) / 1e6);
        row.put(prefix + "p99_ms", latency.getValueAtPercentile(99) / 1e6);
        row.put(prefix + "p999_ms", latency.getValueAtPercentile(99.9) / 1e6);
    }

    /** Takes all figures and reports them; {@code bytes} of 0 and an empty histogram have no figures. */
    void end(long records, long bytes, Histogram latency) throws IOException {
        if (elapsedSeconds == 0) {
            stop();
        }
        memory.close();
        putThroughput(records, bytes);
        if (latency.getTotalCount() > 0) {
            putPercentiles("", latency);
            row.put("max_ms", latency.getMaxValue() / 1e6);
        }
        putCpu(records, bytes);
        row.put("switches", target.switches() - switchesBefore);
        target.addMemory(row);
        if (row.counts()) {
            report.add(row);
        }
    }

    private void putThroughput(long records, long bytes) {
        row.put("seconds", elapsedSeconds);
        row.put("records", records);
        row.put("rec_s", records / elapsedSeconds);
        if (bytes > 0) {
            row.put("mb_s", bytes / 1e6 / elapsedSeconds);
        }
    }

    private void putCpu(long records, long bytes) {
        double wall = wallSeconds();
        double server = target.cpuSeconds() - serverCpuBefore;
        double driver = Proc.ownCpuSeconds() - driverCpuBefore;
        double machine = Proc.machineBusySeconds() - machineCpuBefore;
        row.put("server_cpu_s", server);
        if (bytes > 0) {
            row.put("cpu_s_gb", server / (bytes / 1e9));
        }
        row.put("cpu_s_mrec", server / (records / 1e6));
        row.put("driver_cpu_s", driver);
        row.put("driver_cpu_s_mrec", driver / (records / 1e6));
        // CPUs taken by everything else on the machine.
        row.put("other_cpu", Math.max(0, machine - server - driver) / wall);
    }

    private double wallSeconds() {
        return (System.nanoTime() - startNs) / 1e9;
    }
}

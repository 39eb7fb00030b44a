package dwal.benchmarks.micro;

import dwal.environment.Clock;
import dwal.environment.DurationHistogram;
import dwal.protocol.RequestTimes;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;

/**
 * What a node does for its metrics and for {@code dwal explain} with a Produce request of one partition and acks=all: as many
 * readings of the clock, additions and notes, without the work between them. Two threads, as there are network loops on a small
 * machine, since they count in the same places.
 */
@State(Scope.Benchmark)
@Threads(2)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RequestAccountingBenchmark {
    private static final int BYTES = 1 << 16;
    /** Requests, their bytes, those of answers; appends, records, bytes; those that wait and no longer do. */
    private static final int COUNTERS = 7;

    private final Clock clock = Clock.system();
    private final DurationHistogram durations = new DurationHistogram();
    private final LongAdder[] counters = new LongAdder[COUNTERS];
    private volatile long thresholdNanos = TimeUnit.SECONDS.toNanos(1);
    private volatile long reviewNanos = clock.nanoTime() + TimeUnit.HOURS.toNanos(1);

    public RequestAccountingBenchmark() {
        for (int i = 0; i < COUNTERS; i++) {
            counters[i] = new LongAdder();
        }
    }

    /** All of it. */
    @Benchmark
    public RequestTimes account() {
        RequestTimes times = new RequestTimes();
        long arrived = clock.nanoTime();
        long decoded = clock.nanoTime();
        long begun = clock.nanoTime();
        long written = clock.nanoTime();
        long committed = clock.nanoTime();
        long done = clock.nanoTime();
        times.appended("orders", 0, false, begun, written, committed, committed, RequestTimes.NOBODY);
        for (LongAdder counter : counters) {
            counter.add(BYTES);
        }
        long now = clock.nanoTime();
        long took = now - arrived - times.wantedWaitNanos(done - decoded);
        durations.record(took);
        if (now - reviewNanos >= 0 || took > thresholdNanos) {
            thresholdNanos = took;
        }
        return times;
    }

    /** Of which: one reading of the clock. */
    @Benchmark
    public long readClock() {
        return clock.nanoTime();
    }
}

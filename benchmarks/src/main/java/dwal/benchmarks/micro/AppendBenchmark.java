package dwal.benchmarks.micro;

import dwal.log.AppendOutcome;
import dwal.log.LogSettings.SyncPolicy;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * PartitionLog.append of batches of 64 KiB, one after the other, on the real disk. The append does not wait for a sync; with
 * COMMIT syncs go on beside it.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class AppendBenchmark {
    private static final int SEGMENT_BYTES = 64 << 20;
    /** After so many appends what was written is deleted, so that the disk does not fill: every 256 MiB. */
    private static final int KEPT_BATCHES = 4 * SEGMENT_BYTES / Batches.VALUE_BYTES;

    @Param({"INTERVAL", "COMMIT"})
    public SyncPolicy sync = SyncPolicy.INTERVAL;

    private @Nullable BenchLog bench;

    private int appended;

    @Setup(Level.Iteration)
    public void makeLog() throws IOException {
        bench = new BenchLog(SEGMENT_BYTES, sync);
    }

    @Benchmark
    public long append() {
        BenchLog log = BenchLog.made(bench);
        if (++appended % KEPT_BATCHES == 0) {
            var done = new CompletableFuture<AppendOutcome>();
            log.log().deleteRecordsBefore(log.log().logEndOffset(), done::complete);
            done.join();
        }
        return log.append().lastOffset();
    }

    @TearDown(Level.Iteration)
    public void removeLog() throws IOException {
        BenchLog.made(bench).close();
    }
}

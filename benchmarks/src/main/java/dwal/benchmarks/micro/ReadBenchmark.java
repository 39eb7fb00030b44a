package dwal.benchmarks.micro;

import dwal.log.LogSettings.SyncPolicy;
import dwal.log.PartitionLog;
import dwal.log.ReadOutcome;
import java.io.IOException;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.CompressionType;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * PartitionLog.read over 256 MiB of batches of 64 KiB: finding the place and making the slice. The bytes are not touched: a
 * slice goes from the file to the socket.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ReadBenchmark {
    private static final int LOG_BYTES = 256 << 20;
    private static final int ANSWER_BYTES = 1 << 20;

    private static final int BATCH_RECORDS = 64;
    private static final int BATCH_BYTES =
            Batches.direct(1024, CompressionType.NONE).remaining();

    /** Where the index is: of a segment that grows in memory, of those of an earlier run in RocksDB. */
    public enum Index {
        MEMORY,
        ROCKSDB
    }

    @Param
    public Index index = Index.MEMORY;

    private final SplittableRandom random = new SplittableRandom(7);

    private @Nullable BenchLog bench;

    private long next;

    @Setup
    public void fillLog() throws IOException {
        BenchLog made = new BenchLog(index == Index.MEMORY ? 2 * LOG_BYTES : LOG_BYTES / 16, SyncPolicy.INTERVAL);
        for (int i = 0; i < LOG_BYTES / Batches.VALUE_BYTES; i++) {
            made.append();
        }
        if (index == Index.ROCKSDB) {
            made.reopen();
        }
        bench = made;
    }

    /** As a consumer that follows: up to 1 MiB, then the next, from the beginning again at the end. */
    @Benchmark
    public int readInOrder() {
        PartitionLog log = BenchLog.made(bench).log();
        int bytes = read(log, next, ANSWER_BYTES);
        next += (long) bytes / BATCH_BYTES * BATCH_RECORDS;
        if (next >= log.logEndOffset()) {
            next = 0;
        }
        return bytes;
    }

    /** As a consumer that has just come: one batch at any offset, which has to be looked up. */
    @Benchmark
    public int readAnywhere() {
        PartitionLog log = BenchLog.made(bench).log();
        return read(log, random.nextLong(log.logEndOffset()), 1);
    }

    private static int read(PartitionLog log, long offset, int maxBytes) {
        ReadOutcome outcome = log.read(offset, log.logEndOffset(), maxBytes, true, false);
        if (outcome.error() != Errors.NONE) {
            throw new AssertionError("offset " + offset + ": " + outcome.error());
        }
        int bytes = outcome.records().sizeInBytes();
        outcome.records().release();
        return bytes;
    }

    @TearDown
    public void removeLog() throws IOException {
        BenchLog.made(bench).close();
    }
}

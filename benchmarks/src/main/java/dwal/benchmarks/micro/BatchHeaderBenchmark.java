package dwal.benchmarks.micro;

import dwal.protocol.batch.BatchView;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.apache.kafka.common.record.internal.CompressionType;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What is done with each batch of 64 KiB that is produced, without looking at its records. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class BatchHeaderBenchmark {
    private final ByteBuffer bytes = Batches.direct(1024, CompressionType.NONE);
    private final BatchView batch = new BatchView();
    private final CRC32C crc = new CRC32C();
    private long nextOffset;

    /** Moves the view and compares the fields with each other; all but the checksum. */
    @Benchmark
    public boolean parseAndCheckHeader() {
        batch.over(bytes, 0);
        return batch.isWholeBefore(bytes.limit())
                && batch.magic() == BatchView.MAGIC
                && !batch.isControl()
                && batch.codec() <= 4
                && batch.recordCount() > 0
                && batch.lastOffsetDelta() == batch.recordCount() - 1
                && batch.maxTimestamp() >= batch.baseTimestamp()
                && !batch.hasProducerId();
    }

    /** The checksum over a direct buffer, where it lies. */
    @Benchmark
    public boolean checkCrc() {
        batch.over(bytes, 0);
        return batch.computeCrc(crc) == batch.storedCrc();
    }

    /** Offsets and leader epoch, which the checksum does not cover. */
    @Benchmark
    public long placeAtOffset() {
        batch.over(bytes, 0).place(nextOffset, 5);
        nextOffset = batch.nextOffset();
        return nextOffset;
    }
}

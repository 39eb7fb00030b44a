package dwal.benchmarks.micro;

import dwal.protocol.batch.BatchView;
import dwal.protocol.batch.RecordRules;
import dwal.protocol.batch.RecordWalk;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.record.internal.CompressionType;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What looking at every record of a batch of 64 KiB costs on top, plain and compressed. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class RecordWalkBenchmark {
    private static final RecordRules NO_RULES = new RecordRules(false, Long.MIN_VALUE, Long.MAX_VALUE, Long.MAX_VALUE);

    @Param({"100", "1024"})
    public int recordBytes;

    @Param({"NONE", "GZIP", "SNAPPY", "LZ4", "ZSTD"})
    public CompressionType codec = CompressionType.NONE;

    private final RecordWalk walk = new RecordWalk();
    private final BatchView batch = new BatchView();
    private ByteBuffer bytes = ByteBuffer.allocate(0);

    @Setup
    public void makeBatch() {
        bytes = Batches.direct(recordBytes, codec);
    }

    @Benchmark
    public long walk() {
        RecordWalk.Refusal refusal = walk.walk(batch.over(bytes, 0), NO_RULES);
        if (refusal != null) {
            throw new AssertionError(refusal.message());
        }
        return walk.maxTimestampMs();
    }
}

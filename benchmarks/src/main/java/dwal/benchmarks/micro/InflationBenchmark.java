package dwal.benchmarks.micro;

import com.github.luben.zstd.ZstdDecompressCtx;
import dwal.benchmarks.load.Payloads;
import dwal.protocol.batch.BatchView;
import dwal.protocol.batch.RecordRules;
import dwal.protocol.batch.RecordWalk;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.utils.BufferSupplier;
import org.apache.kafka.common.utils.ByteBufferOutputStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * Ways to look into a compressed batch as W3 sends them: 125 records of 1 KiB of JSON. Microseconds for 128 kB of values, so
 * that 100 of them are 0.78 CPU seconds per GB.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class InflationBenchmark {
    private static final int RECORDS = 125;
    private static final int RECORD_BYTES = 1024;
    private static final RecordRules NO_RULES = new RecordRules(false, Long.MIN_VALUE, Long.MAX_VALUE, Long.MAX_VALUE);
    private static final int LZ4_HEADER_BYTES = 7;

    @Param({"LZ4", "ZSTD"})
    public CompressionType codec = CompressionType.NONE;

    private final Payloads values = Payloads.json(RECORD_BYTES);
    private final RecordWalk walk = new RecordWalk();
    private final BatchView batch = new BatchView();
    private final BufferSupplier buffers = BufferSupplier.create();
    private final byte[] window = new byte[16 * 1024];
    private final ByteBuffer inflated = ByteBuffer.allocateDirect(1 << 20);
    private final ZstdDecompressCtx zstd = new ZstdDecompressCtx();
    private final LZ4SafeDecompressor lz4 = LZ4Factory.fastestInstance().safeDecompressor();
    private Compression streams = Compression.NONE;
    private ByteBuffer bytes = ByteBuffer.allocate(0);

    @Setup
    public void makeBatch() {
        streams = Compression.of(codec).build();
        bytes = Batches.direct(RECORDS, values::value, streams);
        System.out.println("compressed to " + bytes.remaining() + " of " + RECORDS * RECORD_BYTES + " bytes");
    }

    /** What a node does: inflates and steps over the records. */
    @Benchmark
    public long walk() {
        RecordWalk.Refusal refusal = walk.walk(batch.over(bytes, 0), NO_RULES);
        if (refusal != null) {
            throw new AssertionError(refusal.message());
        }
        return walk.maxTimestampMs();
    }

    /** Kafka's own stream, piece by piece, and nothing looked at. */
    @Benchmark
    public long stream() throws IOException {
        batch.over(bytes, 0);
        ByteBuffer records = bytes.duplicate().limit(batch.end()).position(batch.recordsStart());
        long size = 0;
        try (InputStream stream = streams.wrapForInput(records, BatchView.MAGIC, buffers)) {
            for (int n = stream.read(window); n > 0; n = stream.read(window)) {
                size += n;
            }
        }
        return size;
    }

    /** To compress the same values, for a topic with a codec of its own; what {@code InflationBudget} allows of it follows from this. */
    @Benchmark
    public int compress() throws IOException {
        var compressed = new ByteBufferOutputStream(RECORDS * RECORD_BYTES);
        try (OutputStream stream = streams.wrapForOutput(compressed, BatchView.MAGIC)) {
            for (int i = 0; i < RECORDS; i++) {
                stream.write(values.value(i));
            }
        }
        return compressed.position();
    }

    /** The library's call for a whole buffer (zstd) or block (lz4), and nothing checked or looked at: the floor. */
    @Benchmark
    public long oneCall() {
        batch.over(bytes, 0);
        int start = batch.recordsStart();
        if (codec == CompressionType.ZSTD) {
            return zstd.decompressDirectByteBuffer(inflated, 0, inflated.capacity(), bytes, start, batch.end() - start);
        }
        long size = 0;
        int at = start + LZ4_HEADER_BYTES;
        for (int length = length(at); length != 0; length = length(at)) {
            at += Integer.BYTES;
            size += lz4.decompress(bytes, at, length, inflated, (int) size, inflated.capacity() - (int) size);
            at += length;
        }
        return size;
    }

    private int length(int at) {
        return Integer.reverseBytes(bytes.getInt(at));
    }
}

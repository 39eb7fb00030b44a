package dwal.benchmarks.micro;

import java.nio.ByteBuffer;
import java.util.Random;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;

/** Makes batches as a producer does. */
final class Batches {
    /** Bytes of record values in a batch: what a producer with batch.size=64 KiB sends. */
    static final int VALUE_BYTES = 1 << 16;

    private Batches() {}

    /** A batch of records of {@code recordBytes} each, in a direct buffer, as it comes from the network. */
    static ByteBuffer direct(int recordBytes, CompressionType codec) {
        Random random = new Random(7);
        SimpleRecord[] records = new SimpleRecord[VALUE_BYTES / recordBytes];
        for (int i = 0; i < records.length; i++) {
            byte[] value = new byte[recordBytes];
            // Half noise, half zeroes: a compressor has something to do, and something to find.
            byte[] noise = new byte[recordBytes / 2];
            random.nextBytes(noise);
            System.arraycopy(noise, 0, value, 0, noise.length);
            records[i] = new SimpleRecord(1_000_000L + i, value);
        }
        ByteBuffer bytes = MemoryRecords.withRecords(Compression.of(codec).build(), records)
                .buffer();
        return ByteBuffer.allocateDirect(bytes.remaining()).put(bytes).flip();
    }
}

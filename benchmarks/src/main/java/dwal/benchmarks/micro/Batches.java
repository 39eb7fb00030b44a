package dwal.benchmarks.micro;

import java.nio.ByteBuffer;
import java.util.Random;
import java.util.function.LongFunction;
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
        return direct(records, Compression.of(codec).build());
    }

    /** The same of {@code count} records with the {@code values} of 0 and up. */
    static ByteBuffer direct(int count, LongFunction<byte[]> values, Compression compression) {
        SimpleRecord[] records = new SimpleRecord[count];
        for (int i = 0; i < count; i++) {
            records[i] = new SimpleRecord(1_000_000L + i, values.apply(i));
        }
        return direct(records, compression);
    }

    private static ByteBuffer direct(SimpleRecord[] records, Compression compression) {
        ByteBuffer bytes = MemoryRecords.withRecords(compression, records).buffer();
        return ByteBuffer.allocateDirect(bytes.remaining()).put(bytes).flip();
    }
}

package dwal.compat.differential;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Consumer;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.utils.Crc32C;

/** Record batches, right ones and all kinds of wrong ones. */
final class Batches {
    /** Of the first record of each, the same for both servers; not about now, so that answers with it are compared. */
    static final long TIME = System.currentTimeMillis() - 2 * Normalizer.ABOUT_NOW.toMillis();

    private Batches() {}

    static MemoryRecords of(int count) {
        return of(count, CompressionType.NONE);
    }

    static MemoryRecords of(int count, CompressionType codec) {
        return MemoryRecords.withRecords(Compression.of(codec).build(), records(count, TIME, "key"));
    }

    private static SimpleRecord[] records(int count, long timestamp, String key) {
        SimpleRecord[] records = new SimpleRecord[count];
        for (int i = 0; i < count; i++) {
            records[i] = new SimpleRecord(
                    timestamp + i, key.isEmpty() ? null : (key + i).getBytes(UTF_8), ("value" + i).getBytes(UTF_8));
        }
        return records;
    }

    static MemoryRecords at(long timestamp, int count) {
        return MemoryRecords.withRecords(Compression.NONE, records(count, timestamp, "key"));
    }

    static MemoryRecords withoutKeys(int count) {
        return MemoryRecords.withRecords(Compression.NONE, records(count, TIME, ""));
    }

    static MemoryRecords oldFormat(byte magic) {
        return MemoryRecords.withRecords(magic, Compression.NONE, records(2, TIME, "key"));
    }

    static MemoryRecords idempotent(long producerId, short epoch, int sequence, int count) {
        return MemoryRecords.withIdempotentRecords(
                Compression.NONE, producerId, epoch, sequence, records(count, TIME, "key"));
    }

    static MemoryRecords control() {
        return MemoryRecords.withEndTransactionMarker(
                TIME, 1L, (short) 0, new EndTransactionMarker(ControlRecordType.COMMIT, 0));
    }

    static MemoryRecords large(int bytes) {
        byte[] value = new byte[bytes];
        Arrays.fill(value, (byte) 'x');
        return MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(TIME, null, value));
    }

    static MemoryRecords two() {
        ByteBuffer one = of(2).buffer();
        ByteBuffer both = ByteBuffer.allocate(2 * one.remaining());
        both.put(one.duplicate()).put(one.duplicate()).flip();
        return MemoryRecords.readableRecords(both);
    }

    static MemoryRecords cutShort(int bytes) {
        ByteBuffer whole = of(3).buffer();
        whole.limit(whole.limit() - bytes);
        return MemoryRecords.readableRecords(whole.slice());
    }

    /** A batch with something changed after it was made; the checksum is made right again, unless that is what is wrong. */
    static MemoryRecords changed(boolean rightChecksum, Consumer<ByteBuffer> change) {
        return changed(of(3), rightChecksum, change);
    }

    static MemoryRecords changed(MemoryRecords records, boolean rightChecksum, Consumer<ByteBuffer> change) {
        ByteBuffer bytes = ByteBuffer.allocate(records.sizeInBytes());
        bytes.put(records.buffer().duplicate()).flip();
        change.accept(bytes);
        int attributes = DefaultRecordBatch.RECORD_BATCH_OVERHEAD - 40;
        if (rightChecksum) bytes.putInt(17, (int) Crc32C.compute(bytes, attributes, bytes.limit() - attributes));
        if (bytes.get(16) != RecordBatch.MAGIC_VALUE_V2 && rightChecksum)
            throw new AssertionError("no checksum of that kind");
        return MemoryRecords.readableRecords(bytes);
    }
}

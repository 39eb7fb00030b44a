package dwal.log;

import dwal.protocol.RecordsSlice;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;

/** Makes batches as clients do, and reads slices as clients do. */
final class Batches {
    private Batches() {}

    static MemoryRecords of(String... values) {
        return at(1_000, values);
    }

    static MemoryRecords at(long timestampMs, String... values) {
        return of(Compression.NONE, timestampMs, values);
    }

    static MemoryRecords of(Compression compression, long timestampMs, String... values) {
        return direct(MemoryRecords.withRecords(compression, records(timestampMs, values)));
    }

    static MemoryRecords idempotent(long producerId, int epoch, int sequence, String... values) {
        return direct(MemoryRecords.withIdempotentRecords(
                Compression.NONE, producerId, (short) epoch, sequence, records(1_000, values)));
    }

    static MemoryRecords transactional(long producerId, int epoch, int sequence, String... values) {
        return direct(MemoryRecords.withTransactionalRecords(
                Compression.NONE, producerId, (short) epoch, sequence, records(1_000, values)));
    }

    static SimpleRecord[] records(long timestampMs, String... values) {
        SimpleRecord[] records = new SimpleRecord[values.length];
        for (int i = 0; i < values.length; i++) {
            records[i] = new SimpleRecord(
                    timestampMs + i,
                    ("k" + i).getBytes(StandardCharsets.UTF_8),
                    values[i].getBytes(StandardCharsets.UTF_8));
        }
        return records;
    }

    /** As it comes from the network: in a direct buffer, with other bytes round it. */
    static MemoryRecords direct(MemoryRecords records) {
        ByteBuffer bytes = records.buffer();
        ByteBuffer direct = ByteBuffer.allocateDirect(bytes.remaining() + 14);
        direct.position(7);
        direct.put(bytes);
        return MemoryRecords.readableRecords(
                direct.limit(direct.position()).position(7).slice());
    }

    /** The bytes of {@code slice}, which is released. */
    static MemoryRecords read(RecordsSlice slice) {
        try {
            ByteBuffer bytes = ByteBuffer.allocate(slice.sizeInBytes());
            for (RecordsSlice.Part part : slice.parts()) {
                if (part instanceof RecordsSlice.FilePart file) {
                    ByteBuffer piece = ByteBuffer.allocate(file.length());
                    int read = 0;
                    while (read >= 0 && piece.hasRemaining()) {
                        read = file.channel().read(piece, file.position() + piece.position());
                    }
                    bytes.put(piece.flip());
                } else if (part instanceof RecordsSlice.MemoryPart memory) {
                    bytes.put(memory.bytes().duplicate());
                }
            }
            return MemoryRecords.readableRecords(bytes.flip());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            slice.release();
        }
    }

    /** "offset:value" of each record; the checksums are checked. */
    static List<String> texts(RecordsSlice slice) {
        List<String> texts = new ArrayList<>();
        for (RecordBatch batch : read(slice).batches()) {
            batch.ensureValid();
            for (Record record : batch) {
                if (!batch.isControlBatch()) {
                    texts.add(record.offset() + ":" + StandardCharsets.UTF_8.decode(record.value()));
                }
            }
        }
        return texts;
    }
}

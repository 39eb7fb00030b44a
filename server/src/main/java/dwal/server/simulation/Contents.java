package dwal.server.simulation;

import dwal.log.PartitionLog;
import dwal.log.ReadOutcome;
import dwal.protocol.RecordsSlice;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;

/** Reads a log record by record, to compare it with others. Any thread. */
public final class Contents {
    private static final int READ_BYTES = 1 << 20;

    private Contents() {}

    /** Told of each record and the batch that it is in. */
    public interface Visitor {
        /** Called in the order of offsets. */
        void record(Record record, RecordBatch batch);
    }

    /** Shows {@code visitor} what {@code log} has from {@code from} on and before {@code to}; the checksums are checked. */
    public static void each(PartitionLog log, long from, long to, Visitor visitor) {
        each(log, from, to, false, visitor);
    }

    /** As the other, but if {@code maybeDamaged}, ends before the first batch that cannot be read; gives where it has ended. */
    static long each(PartitionLog log, long from, long to, boolean maybeDamaged, Visitor visitor) {
        long offset = from;
        while (offset < to) {
            ReadOutcome read = log.read(offset, to, READ_BYTES, true, false);
            if (read.error() != Errors.NONE && maybeDamaged) {
                return offset;
            }
            if (read.error() != Errors.NONE) {
                throw new AssertionError("reading " + log.partition() + " at " + offset + " gives " + read.error());
            }
            long next = offset;
            MemoryRecords records = bytesOf(read.records());
            if (maybeDamaged && !isWhole(records)) {
                return next;
            }
            for (RecordBatch batch : records.batches()) {
                if (maybeDamaged && !batch.isValid()) {
                    return next;
                }
                batch.ensureValid();
                for (Record record : batch) {
                    if (record.offset() >= offset && record.offset() < to) {
                        visitor.record(record, batch);
                    }
                }
                next = batch.nextOffset();
            }
            if (next == offset && maybeDamaged) {
                return next;
            }
            if (next == offset) {
                throw new AssertionError(log.partition() + " has nothing at " + offset + " below " + to);
            }
            offset = next;
        }
        return offset;
    }

    /** Whether one can step from batch to batch. */
    static boolean isWhole(MemoryRecords records) {
        try {
            return records.validBytes() == records.sizeInBytes();
        } catch (CorruptRecordException e) {
            return false;
        }
    }

    /** The bytes of {@code slice}, which is released. */
    static MemoryRecords bytesOf(RecordsSlice slice) {
        try {
            ByteBuffer bytes = ByteBuffer.allocate(slice.sizeInBytes());
            for (RecordsSlice.Part part : slice.parts()) {
                if (part instanceof RecordsSlice.FilePart file) {
                    ByteBuffer piece = bytes.slice(bytes.position(), file.length());
                    while (piece.hasRemaining()
                            && file.channel().read(piece, file.position() + piece.position()) >= 0) {}
                    bytes.position(bytes.position() + file.length());
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
}

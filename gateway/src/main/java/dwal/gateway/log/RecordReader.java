package dwal.gateway.log;

import dwal.protocol.RecordsSlice;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import org.apache.kafka.common.message.FetchResponseData.AbortedTransaction;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.DefaultRecord;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.jspecify.annotations.Nullable;

/**
 * Steps through the records of a fetch answer from an offset on; one batch is inflated at a time, record by record, within bounds.
 * Markers of transactions are stepped over, and records of those transactions of which the answer says that they were aborted. Used
 * by one thread at a time.
 */
public final class RecordReader implements AutoCloseable {
    private final Iterator<MutableRecordBatch> batches;
    /** By first offset. */
    private final PriorityQueue<AbortedTransaction> aborted =
            new PriorityQueue<>(Comparator.comparingLong(AbortedTransaction::firstOffset));

    private final Set<Long> abortedProducers = new HashSet<>();
    private final int mostBytes;
    private final Runnable onClose;
    private @Nullable DefaultRecordBatch batch;
    private @Nullable InflatedRecords records;
    private @Nullable Answer<?> problem;
    private long nextOffset;
    private boolean closed;

    /**
     * @param aborted those transactions whose records are not given
     * @param mostBytes of one record: a larger one is a {@link #problem}
     * @param onClose called once, when the bytes are needed no more
     */
    RecordReader(ByteBuffer bytes, long from, List<AbortedTransaction> aborted, int mostBytes, Runnable onClose) {
        batches = MemoryRecords.readableRecords(bytes).batches().iterator();
        nextOffset = from;
        this.aborted.addAll(aborted);
        this.mostBytes = mostBytes;
        this.onClose = onClose;
    }

    /** Nothing, from {@code offset} on. */
    static RecordReader empty(long offset) {
        return new RecordReader(ByteBuffer.allocate(0), offset, List.of(), Integer.MAX_VALUE, () -> {});
    }

    /** The next record; null at the end, and where there is a {@link #problem}. */
    public @Nullable LogRecord next() {
        while (problem == null && !closed && (batch != null || begin())) {
            DefaultRecordBatch current = batch;
            DefaultRecord record = current == null ? null : next(current);
            if (record != null && current != null) {
                nextOffset = record.offset() + 1;
                closeBehindTheLast(current);
                return given(record, current.timestampType());
            }
            if (problem == null && current != null) {
                // Compaction may have taken the last records of a batch: their offsets are passed nevertheless.
                nextOffset = Math.max(nextOffset, current.lastOffset() + 1);
                rest();
                batch = null;
            }
        }
        close();
        return null;
    }

    /** Nothing more is held of an answer than the records that were given. */
    private void closeBehindTheLast(DefaultRecordBatch current) {
        if (records != null && records.isAtEnd() && !batches.hasNext()) {
            nextOffset = current.lastOffset() + 1;
            close();
        }
    }

    /** Goes on to the next batch with records to give; false if there is none. */
    private boolean begin() {
        while (batches.hasNext()) {
            MutableRecordBatch next = batches.next();
            if (next.lastOffset() >= nextOffset && !isPassedOver(next)) {
                if (next instanceof DefaultRecordBatch ofToday) {
                    batch = ofToday;
                    return true;
                }
                throw new AssertionError("a log has batches of format 2 only, and not " + next.magic());
            }
            nextOffset = Math.max(nextOffset, next.lastOffset() + 1);
        }
        return false;
    }

    private @Nullable DefaultRecord next(DefaultRecordBatch current) {
        try {
            InflatedRecords inflated = records;
            if (inflated == null) {
                inflated = new InflatedRecords(current);
                records = inflated;
            }
            return inflated.next(nextOffset, mostBytes);
        } catch (InflatedRecords.TooLarge e) {
            nextOffset = e.offset;
            problem = Answer.refused(
                    Errors.MESSAGE_TOO_LARGE,
                    e.getMessage() + ", and here at most dwal.gateway.max.request.bytes=" + mostBytes
                            + " are given: read it by Kafka's protocol, or go on at offset " + (e.offset + 1));
        } catch (IOException | RuntimeException e) {
            // The codecs say what they find wrong with all kinds of exceptions.
            problem = Answer.refused(
                    Errors.CORRUPT_MESSAGE,
                    "The batch of the offsets " + current.baseOffset() + " to " + current.lastOffset()
                            + " cannot be read (" + e.getMessage() + "): go on behind it");
        }
        return null;
    }

    /** Why it does not go on at {@link #nextOffset}; null if there is no reason. */
    public @Nullable Answer<?> problem() {
        return problem;
    }

    /** Holds no more than it must for a while: what was inflated of a batch is inflated again by the next call. */
    public void rest() {
        if (records != null) {
            records.close();
            records = null;
        }
    }

    private boolean isPassedOver(MutableRecordBatch batch) {
        for (AbortedTransaction next = aborted.peek();
                next != null && next.firstOffset() <= batch.lastOffset();
                next = aborted.peek()) {
            abortedProducers.add(next.producerId());
            aborted.poll();
        }
        if (batch.isControlBatch()) {
            // Whatever the marker says: behind it, the producer's next transaction begins.
            abortedProducers.remove(batch.producerId());
            return true;
        }
        return batch.isTransactional() && abortedProducers.contains(batch.producerId());
    }

    private static LogRecord given(DefaultRecord record, TimestampType timestampType) {
        return new LogRecord(
                record.offset(),
                record.timestamp(),
                timestampType,
                record.hasKey() ? record.key() : null,
                record.hasValue() ? record.value() : null,
                record.headers());
    }

    /** The offset behind the last record that was given, or behind what was stepped over. */
    public long nextOffset() {
        return nextOffset;
    }

    @Override
    public void close() {
        rest();
        if (!closed) {
            closed = true;
            onClose.run();
        }
    }

    /** How many bytes {@link #copy} would give. */
    static int size(@Nullable BaseRecords records) {
        return records == null ? 0 : records.sizeInBytes();
    }

    /** Lets go of {@code records} that are not copied. */
    static void release(@Nullable BaseRecords records) {
        if (records instanceof RecordsSlice slice) {
            slice.release();
        }
    }

    /** The bytes of {@code records}, in memory of their own; a slice is released. */
    static ByteBuffer copy(@Nullable BaseRecords records) {
        if (records instanceof RecordsSlice slice) {
            try {
                return copy(slice);
            } finally {
                slice.release();
            }
        }
        if (records instanceof MemoryRecords memory) {
            return ByteBuffer.allocate(memory.sizeInBytes())
                    .put(memory.buffer().duplicate())
                    .flip();
        }
        if (records == null) {
            return ByteBuffer.allocate(0);
        }
        throw new AssertionError("records of an unknown kind: " + records.getClass());
    }

    private static ByteBuffer copy(RecordsSlice slice) {
        ByteBuffer bytes = ByteBuffer.allocate(slice.sizeInBytes());
        for (RecordsSlice.Part part : slice.parts()) {
            if (part instanceof RecordsSlice.MemoryPart memory) {
                bytes.put(memory.bytes().duplicate());
            } else if (part instanceof RecordsSlice.FilePart file) {
                read(file, bytes);
            }
        }
        return bytes.flip();
    }

    private static void read(RecordsSlice.FilePart file, ByteBuffer into) {
        ByteBuffer room = into.slice(into.position(), file.length());
        try {
            while (room.hasRemaining()) {
                if (file.channel().read(room, file.position() + room.position()) < 0) {
                    throw new EOFException("the segment ends within a record batch");
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        into.position(into.position() + file.length());
    }
}

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
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.utils.BufferSupplier;
import org.apache.kafka.common.utils.CloseableIterator;
import org.jspecify.annotations.Nullable;

/**
 * Steps through the records of a fetch answer from an offset on; one batch is inflated at a time, record by record. Markers of
 * transactions are stepped over, and records of those transactions of which the answer says that they were aborted. Used by one
 * thread at a time.
 */
public final class RecordReader implements AutoCloseable {
    private final Iterator<MutableRecordBatch> batches;
    /** By first offset. */
    private final PriorityQueue<AbortedTransaction> aborted =
            new PriorityQueue<>(Comparator.comparingLong(AbortedTransaction::firstOffset));

    private final Set<Long> abortedProducers = new HashSet<>();
    private final int sizeInBytes;
    private @Nullable CloseableIterator<Record> records;
    private TimestampType timestampType = TimestampType.CREATE_TIME;
    private long batchEnd;
    private long nextOffset;

    RecordReader(ByteBuffer bytes, long from) {
        this(bytes, from, List.of());
    }

    /** @param aborted those transactions whose records are not given */
    RecordReader(ByteBuffer bytes, long from, List<AbortedTransaction> aborted) {
        sizeInBytes = bytes.remaining();
        batches = MemoryRecords.readableRecords(bytes).batches().iterator();
        nextOffset = from;
        this.aborted.addAll(aborted);
    }

    /** Nothing, from {@code offset} on. */
    static RecordReader empty(long offset) {
        return new RecordReader(ByteBuffer.allocate(0), offset);
    }

    /** The next record; null at the end. */
    public @Nullable LogRecord next() {
        while (true) {
            CloseableIterator<Record> current = records;
            if (current == null) {
                if (!batches.hasNext()) {
                    return null;
                }
                begin(batches.next());
                continue;
            }
            while (current.hasNext()) {
                Record record = current.next();
                if (record.offset() >= nextOffset) {
                    nextOffset = record.offset() + 1;
                    return given(record);
                }
            }
            // Compaction may have taken the last records of a batch: their offsets are passed nevertheless.
            nextOffset = Math.max(nextOffset, batchEnd);
            close();
        }
    }

    private void begin(MutableRecordBatch batch) {
        if (batch.lastOffset() < nextOffset || isPassedOver(batch)) {
            nextOffset = Math.max(nextOffset, batch.lastOffset() + 1);
            return;
        }
        batchEnd = batch.lastOffset() + 1;
        timestampType = batch.timestampType();
        records = batch.streamingIterator(BufferSupplier.NO_CACHING);
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

    private LogRecord given(Record record) {
        return new LogRecord(
                record.offset(),
                record.timestamp(),
                timestampType,
                record.hasKey() ? record.key() : null,
                record.hasValue() ? record.value() : null,
                record.headers());
    }

    /** How much of the log it holds, as it is stored. */
    public int sizeInBytes() {
        return sizeInBytes;
    }

    /** The offset behind the last record that was given, or behind what was stepped over. */
    public long nextOffset() {
        return nextOffset;
    }

    @Override
    public void close() {
        if (records != null) {
            records.close();
            records = null;
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

package dwal.gateway.log;

import dwal.protocol.batch.SnappyChunks;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.DefaultRecord;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.utils.BufferSupplier;
import org.apache.kafka.common.utils.ByteUtils;
import org.jspecify.annotations.Nullable;

/**
 * The records of one batch of format 2, inflated one by one. What a record says that it has is not allocated if it is more than is
 * wanted, and a batch that inflates without measure is left. Used by one thread at a time.
 */
final class InflatedRecords implements AutoCloseable {
    /** As for batches of producers: no honest one comes near (dwal.record.validation). */
    private static final long INFLATION_LIMIT = 128;

    private static final int LEAST_BYTES = 1 << 20;

    /** A record is larger than is wanted: its offset, and its size in bytes. */
    static final class TooLarge extends Exception {
        private static final long serialVersionUID = 1;
        final long offset;
        final long bytes;

        TooLarge(long offset, long bytes) {
            super("The record at offset " + offset + " has " + bytes + " bytes", null, false, false);
            this.offset = offset;
            this.bytes = bytes;
        }
    }

    private final DefaultRecordBatch batch;
    private final InputStream stream;
    private int left;
    private long room;

    InflatedRecords(DefaultRecordBatch batch) throws IOException {
        this.batch = batch;
        this.left = batch.countOrNull();
        this.room = INFLATION_LIMIT * Math.max(batch.sizeInBytes(), LEAST_BYTES);
        this.stream = stream(batch);
    }

    private static InputStream stream(DefaultRecordBatch batch) throws IOException {
        if (batch.compressionType() == CompressionType.SNAPPY) {
            ByteBuffer whole = ByteBuffer.allocate(batch.sizeInBytes());
            batch.writeTo(whole);
            whole.flip().position(DefaultRecordBatch.RECORD_BATCH_OVERHEAD);
            String fault = SnappyChunks.fault(whole);
            if (fault != null) {
                throw new IOException(fault);
            }
            return Compression.of(CompressionType.SNAPPY)
                    .build()
                    .wrapForInput(whole, batch.magic(), BufferSupplier.NO_CACHING);
        }
        return batch.recordInputStream(BufferSupplier.NO_CACHING);
    }

    /**
     * The next record at {@code from} or behind it; null at the end.
     *
     * @throws IOException if this is no batch that could be read
     */
    @Nullable
    DefaultRecord next(long from, int mostBytes) throws IOException, TooLarge {
        while (left > 0) {
            left--;
            int size = ByteUtils.readVarint(stream);
            room -= size;
            if (size < 0 || room < 0) {
                throw new IOException(
                        size < 0 ? "a record has a negative size" : "it inflates to more than a batch can have");
            }
            if (size > mostBytes) {
                long offset = skip(size);
                if (offset >= from) {
                    throw new TooLarge(offset, size);
                }
                continue;
            }
            DefaultRecord record = read(size);
            if (record.offset() >= from) {
                return record;
            }
        }
        return null;
    }

    /** Whether there are no more. */
    boolean isAtEnd() {
        return left == 0;
    }

    private DefaultRecord read(int size) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(ByteUtils.sizeOfVarint(size) + size);
        ByteUtils.writeVarint(size, bytes);
        int got = stream.readNBytes(bytes.array(), bytes.position(), size);
        if (got < size) {
            throw new EOFException("it ends within a record");
        }
        boolean stamped = batch.timestampType() == TimestampType.LOG_APPEND_TIME;
        return DefaultRecord.readFrom(
                bytes.rewind(),
                batch.baseOffset(),
                batch.baseTimestamp(),
                batch.baseSequence(),
                stamped ? Long.valueOf(batch.maxTimestamp()) : null);
    }

    /** Steps over a record of {@code size} bytes; gives its offset. */
    private long skip(int size) throws IOException {
        stream.skipNBytes(1);
        long timestampDelta = ByteUtils.readVarlong(stream);
        int offsetDelta = ByteUtils.readVarint(stream);
        int head = 1 + ByteUtils.sizeOfVarlong(timestampDelta) + ByteUtils.sizeOfVarint(offsetDelta);
        stream.skipNBytes(Math.max(0, size - head));
        return batch.baseOffset() + offsetDelta;
    }

    @Override
    public void close() {
        try {
            stream.close();
        } catch (IOException e) {
            // Nothing is lost.
        }
    }
}

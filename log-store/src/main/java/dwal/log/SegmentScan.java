package dwal.log;

import dwal.environment.DiskFile;
import dwal.protocol.batch.BatchView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads a segment file from a position on, batch by batch, and checks each: whole, of our format, checksum right, offsets
 * going up. Stops at the first that is not. One thread; makes one buffer and drops it.
 */
final class SegmentScan {
    private static final int BUFFER_BYTES = 1 << 20;

    /** Told of each good batch. */
    interface Visitor {
        /** {@code batch} lies at {@code position} in the file; the view is good during the call only. */
        void batch(BatchView batch, int position);
    }

    /**
     * Where the good batches end.
     *
     * @param position behind the last good batch
     * @param nextOffset behind its last record
     * @param problem what is wrong with what follows; null at the end of the file
     */
    record End(int position, long nextOffset, @Nullable String problem) {}

    private final DiskFile file;
    private final long fileSize;
    private final BatchView batch = new BatchView();
    private final CRC32C crc = new CRC32C();
    private ByteBuffer buffer;
    /** Position in the file of the buffer's first byte. */
    private long bufferAt;

    SegmentScan(DiskFile file) throws IOException {
        this.file = file;
        this.fileSize = file.size();
        this.buffer =
                ByteBuffer.allocateDirect((int) Math.min(BUFFER_BYTES, Math.max(fileSize, BatchView.HEADER_BYTES)));
        this.buffer.limit(0);
    }

    /** Scans from {@code position}, where a batch of an offset of at least {@code expectedOffset} should start. */
    End run(int position, long expectedOffset, Visitor visitor) throws IOException {
        long at = position;
        long expected = expectedOffset;
        while (at < fileSize) {
            String problem = load(at, expected);
            if (problem != null) {
                return new End((int) at, expected, problem);
            }
            visitor.batch(batch, (int) at);
            expected = batch.nextOffset();
            at += batch.sizeInBytes();
        }
        return new End((int) at, expected, null);
    }

    /** Brings the batch at {@code at} into the buffer and looks at it; gives what is wrong. */
    private @Nullable String load(long at, long expected) throws IOException {
        if (fileSize - at < BatchView.HEADER_BYTES) {
            return "only " + (fileSize - at) + " bytes are left, less than a batch header";
        }
        bring(at, BatchView.HEADER_BYTES);
        batch.over(buffer, (int) (at - bufferAt));
        int size = batch.sizeInBytes();
        if (batch.magic() != BatchView.MAGIC) {
            return "no batch of format 2 (magic " + batch.magic() + ")";
        }
        if (size < BatchView.HEADER_BYTES) {
            return "a batch says it has " + size + " bytes";
        }
        if (size > fileSize - at) {
            return "a batch of " + size + " bytes of which only " + (fileSize - at) + " are there";
        }
        bring(at, size);
        batch.over(buffer, (int) (at - bufferAt));
        int found = batch.computeCrc(crc);
        if (found != batch.storedCrc()) {
            return "checksum " + Integer.toHexString(found) + " where the batch says "
                    + Integer.toHexString(batch.storedCrc());
        }
        if (batch.baseOffset() < expected || batch.lastOffsetDelta() < 0) {
            return "offsets " + batch.baseOffset() + " to " + batch.lastOffset() + " where " + expected
                    + " or more is expected";
        }
        return null;
    }

    /** Makes sure that {@code length} bytes from {@code at} are in the buffer. */
    private void bring(long at, int length) throws IOException {
        if (at >= bufferAt && at + length <= bufferAt + buffer.limit()) {
            return;
        }
        if (length > buffer.capacity()) {
            buffer = ByteBuffer.allocateDirect(length);
        }
        buffer.clear();
        buffer.limit((int) Math.min(buffer.capacity(), fileSize - at));
        int read = file.read(buffer, at);
        if (read < length) {
            throw new IOException(file.path() + " ended at " + (at + read) + " while it was read");
        }
        bufferAt = at;
        buffer.flip();
    }
}

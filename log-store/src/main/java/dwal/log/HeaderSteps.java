package dwal.log;

import dwal.environment.DiskFile;
import dwal.protocol.batch.BatchView;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Steps over the batches of a stretch of a segment by their headers alone, a few kilobytes at a time. One thread; keeps
 * the file open until closed.
 */
final class HeaderSteps implements AutoCloseable {
    private final SegmentFile file;
    private final DiskFile opened;
    private final ByteBuffer buffer;
    private final int end;
    private final BatchView batch = new BatchView();
    private int bufferAt;
    private int position;
    private int nextPosition;
    private long expected;

    /**
     * From the batch at {@code start} on, to {@code end}, where one ends; {@code buffer} is used meanwhile. If {@code expected} is not -1
     * and the first batch does not have it as base offset, an index has lied: {@link WrongIndexException}.
     */
    HeaderSteps(Segment segment, ByteBuffer buffer, int start, int end, long expected) throws IOException {
        this.expected = expected;
        this.file = segment.file();
        this.opened = file.acquire();
        this.buffer = buffer.clear().limit(0);
        this.bufferAt = start;
        this.nextPosition = start;
        this.end = end;
    }

    /** Goes to the next batch; false at the end. */
    boolean next() throws IOException {
        position = nextPosition;
        if (end - position < BatchView.HEADER_BYTES) {
            return false;
        }
        if (position + BatchView.HEADER_BYTES > bufferAt + buffer.limit()) {
            buffer.clear().limit(Math.min(buffer.capacity(), end - position));
            opened.read(buffer, position);
            buffer.flip();
            bufferAt = position;
        }
        batch.over(buffer, position - bufferAt);
        if (expected >= 0) {
            if (buffer.limit() < BatchView.HEADER_BYTES
                    || batch.magic() != BatchView.MAGIC
                    || batch.baseOffset() != expected) {
                throw new WrongIndexException(file.path() + " has no batch of offset " + expected + " at " + position);
            }
            expected = -1;
        }
        int size = batch.sizeInBytes();
        if (buffer.limit() - batch.start() < BatchView.HEADER_BYTES
                || size < BatchView.HEADER_BYTES
                || size > end - position) {
            throw new NoBatchException(file.path() + " is damaged at position " + position + ": no batch header there");
        }
        nextPosition = position + size;
        return true;
    }

    /** What is in the file is no batch. */
    static final class NoBatchException extends IOException {
        NoBatchException(String message) {
            super(message);
        }
    }

    /** An index entry does not fit the file. */
    static final class WrongIndexException extends IOException {
        WrongIndexException(String message) {
            super(message);
        }
    }

    /** The header of the present batch; what lies behind it need not be in the buffer. */
    BatchView batch() {
        return batch;
    }

    /** Where the present batch starts in the file. */
    int position() {
        return position;
    }

    @Override
    public void close() {
        file.release();
    }
}

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
    private final Segment segment;
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
        this.segment = segment;
        this.opened = segment.file().acquire();
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
            if (buffer.limit() < BatchView.HEADER_BYTES) {
                throw new NoBatchException(
                        segment, segment + " ends early, at position " + (position + buffer.limit()));
            }
        }
        batch.over(buffer, position - bufferAt);
        if (expected >= 0) {
            if (batch.magic() != BatchView.MAGIC || batch.baseOffset() != expected) {
                throw new WrongIndexException(
                        segment, segment + " has no batch of offset " + expected + " at " + position);
            }
            expected = -1;
        }
        int size = batch.sizeInBytes();
        if (size < BatchView.HEADER_BYTES || size > end - position) {
            throw new NoBatchException(
                    segment, segment + " is damaged at position " + position + ": no batch header there");
        }
        nextPosition = position + size;
        return true;
    }

    /** What is in the file of a segment is no batch, or not the one that must be there. */
    static class NoBatchException extends IOException {
        private final transient Segment segment;

        NoBatchException(Segment segment, String message) {
            super(message);
            this.segment = segment;
        }

        Segment segment() {
            return segment;
        }
    }

    /** An index entry does not fit the file. */
    static final class WrongIndexException extends NoBatchException {
        WrongIndexException(Segment segment, String message) {
            super(segment, message);
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
        segment.file().release();
    }
}

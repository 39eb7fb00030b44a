package dwal.protocol.batch;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a batch's records, one after the other: straight from the buffer they lie in, or inflated piece by piece
 * into a small window. Counts what it gives, and stops when that exceeds a limit. Not thread-safe; reused.
 */
final class RecordBytes {
    private static final int WINDOW_BYTES = 16 * 1024;

    private final byte[] inflated = new byte[WINDOW_BYTES];
    private final ByteBuffer inflatedWindow = ByteBuffer.wrap(inflated);

    private ByteBuffer window = inflatedWindow;
    private int at;
    private int windowEnd;
    private long before;
    private long limit;
    private @Nullable InputStream source;

    /** Starts on the bytes of {@code buffer} from {@code start} to {@code end}. */
    void plain(ByteBuffer buffer, int start, int end) {
        window = buffer;
        at = start;
        windowEnd = end;
        before = -start;
        limit = Long.MAX_VALUE;
        source = null;
    }

    /** Starts on what {@code source} inflates to, at most {@code limit} bytes. */
    void inflated(InputStream source, long limit) {
        window = inflatedWindow;
        at = 0;
        windowEnd = 0;
        before = 0;
        this.limit = limit;
        this.source = source;
    }

    /** Forgets the source. */
    void done() {
        window = inflatedWindow;
        source = null;
    }

    /** How many bytes it has given or skipped. */
    long given() {
        return before + at;
    }

    /** Whether all of them lie in {@link #window}. */
    boolean arePlain() {
        return source == null;
    }

    /** The buffer of {@link #plain}. */
    ByteBuffer window() {
        return window;
    }

    /** Index behind the last byte in that buffer. */
    int windowEnd() {
        return windowEnd;
    }

    /** Index in the buffer of {@link #plain} of what comes next. */
    int position() {
        return at;
    }

    /** Goes on at index {@code position} of that buffer. */
    void moveTo(int position) {
        at = position;
    }

    /** How many bytes there may be at most from here on; how many a source gives, and if they exceed the limit, only reading tells. */
    long remainingAtMost() {
        return source == null ? windowEnd - at : Long.MAX_VALUE;
    }

    /** Whether nothing is left. */
    boolean atEnd() throws IOException, MalformedBatchException {
        return at == windowEnd && !refill();
    }

    byte next() throws IOException, MalformedBatchException {
        if (at == windowEnd && !refill()) {
            throw cut();
        }
        return window.get(at++);
    }

    void skip(long count) throws IOException, MalformedBatchException {
        long left = count;
        while (left > windowEnd - at) {
            left -= windowEnd - at;
            at = windowEnd;
            if (!refill()) {
                throw cut();
            }
        }
        at += (int) left;
    }

    /** A zigzag-coded int of at most five bytes. */
    int varint() throws IOException, MalformedBatchException {
        int value = next();
        if (value >= 0) {
            return (value >>> 1) ^ -(value & 1);
        }
        value &= 0x7f;
        for (int shift = 7; shift < 35; shift += 7) {
            byte more = next();
            value |= (more & 0x7f) << shift;
            if (more >= 0) {
                return (value >>> 1) ^ -(value & 1);
            }
        }
        throw new MalformedBatchException(Errors.INVALID_RECORD, "a variable-length int is longer than 5 bytes");
    }

    /** A zigzag-coded long of at most ten bytes. */
    long varlong() throws IOException, MalformedBatchException {
        long value = 0;
        for (int shift = 0; shift < 70; shift += 7) {
            byte more = next();
            value |= (more & 0x7fL) << shift;
            if (more >= 0) {
                return (value >>> 1) ^ -(value & 1);
            }
        }
        throw new MalformedBatchException(Errors.INVALID_RECORD, "a variable-length long is longer than 10 bytes");
    }

    private boolean refill() throws IOException, MalformedBatchException {
        if (source == null) {
            return false;
        }
        before += windowEnd;
        at = 0;
        windowEnd = 0;
        int read = source.read(inflated, 0, WINDOW_BYTES);
        if (read <= 0) {
            return false;
        }
        windowEnd = read;
        if (before + read > limit) {
            throw new MalformedBatchException(
                    Errors.MESSAGE_TOO_LARGE,
                    "the batch inflates to more than " + limit
                            + " bytes, the most that are looked at; send smaller batches");
        }
        return true;
    }

    private static MalformedBatchException cut() {
        return new MalformedBatchException(Errors.INVALID_RECORD, "the batch ends inside a record");
    }
}

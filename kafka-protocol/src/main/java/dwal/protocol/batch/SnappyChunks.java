package dwal.protocol.batch;

import java.nio.ByteBuffer;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Looks at what the chunks of a snappy stream say about their inflated size, before the codec makes an array of that
 * size: a chunk of a few bytes may claim gigabytes. Any thread.
 */
public final class SnappyChunks {
    private static final int STREAM_HEADER_BYTES = 16;
    private static final byte STREAM_MAGIC = (byte) 0x82;
    /** Three bytes give at most 64: more than this times its size no chunk can be. */
    private static final int MOST_EXPANSION = 22;

    private SnappyChunks() {}

    /** What {@link #check} finds wrong, for those who do not walk batches; null if it is nothing. */
    public static @Nullable String fault(ByteBuffer bytes) {
        try {
            check(bytes);
            return null;
        } catch (MalformedBatchException e) {
            return e.getMessage();
        }
    }

    /** Throws if a chunk between position and limit of {@code bytes} claims what it cannot hold. */
    static void check(ByteBuffer bytes) throws MalformedBatchException {
        int at = bytes.position();
        int end = bytes.limit();
        if (end - at < STREAM_HEADER_BYTES || bytes.get(at) != STREAM_MAGIC) {
            checkChunk(bytes, at, end);
            return;
        }
        at += STREAM_HEADER_BYTES;
        while (end - at >= 4) {
            int size = bytes.getInt(at);
            at += 4;
            if (size < 0 || size > end - at) {
                throw corrupt("a snappy chunk claims " + size + " bytes where " + (end - at) + " are left");
            }
            checkChunk(bytes, at, at + size);
            at += size;
        }
    }

    private static void checkChunk(ByteBuffer bytes, int start, int end) throws MalformedBatchException {
        long claimed = 0;
        int at = start;
        for (int shift = 0; shift < 35 && at < end; shift += 7) {
            byte part = bytes.get(at++);
            claimed |= (part & 0x7fL) << shift;
            if (part >= 0) {
                if (claimed > (long) MOST_EXPANSION * (end - start) + 64) {
                    throw corrupt("a snappy chunk of " + (end - start) + " bytes claims to inflate to " + claimed);
                }
                return;
            }
        }
        throw corrupt("a snappy chunk has no size");
    }

    private static MalformedBatchException corrupt(String message) {
        return new MalformedBatchException(Errors.CORRUPT_MESSAGE, message);
    }
}

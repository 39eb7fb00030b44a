package dwal.log;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What a checkpoint says of a log: the family {@code STATE} of the node's index.
 *
 * @param segments all segments up to the recovery point; the last one as far as the recovery point, where all before is
 *     synced, and from which on the log must be read again
 */
record SavedLog(long startOffset, long highWatermark, List<SavedSegment> segments) {
    private static final byte FORMAT = 1;
    private static final int SEGMENT_BYTES = 8 + 4 + 4 * 8;

    /** Offset from which on the log must be read again. */
    long recoveryOffset() {
        return segments.isEmpty()
                ? startOffset
                : segments.get(segments.size() - 1).nextOffset();
    }

    byte[] encode() {
        ByteBuffer bytes = ByteBuffer.allocate(1 + 16 + 4 + SEGMENT_BYTES * segments.size());
        bytes.put(FORMAT).putLong(startOffset).putLong(highWatermark).putInt(segments.size());
        for (SavedSegment one : segments) {
            bytes.putLong(one.baseOffset()).putInt(one.sizeBytes()).putLong(one.nextOffset());
            bytes.putLong(one.maxTimestampMs()).putLong(one.maxTimestampBatch()).putLong(one.firstTimestampMs());
        }
        return bytes.array();
    }

    /** Throws some RuntimeException on bytes that {@link #encode} did not make. */
    static SavedLog decode(byte[] value) {
        ByteBuffer bytes = ByteBuffer.wrap(value);
        if (bytes.get() != FORMAT) {
            throw new IllegalArgumentException("a checkpoint of another format, " + value[0]);
        }
        long start = bytes.getLong();
        long high = bytes.getLong();
        int count = bytes.getInt();
        if (count < 0 || bytes.remaining() != (long) count * SEGMENT_BYTES) {
            throw new IllegalArgumentException(
                    "a checkpoint with " + count + " segments in " + value.length + " bytes");
        }
        List<SavedSegment> segments = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            segments.add(new SavedSegment(
                    bytes.getLong(),
                    bytes.getInt(),
                    bytes.getLong(),
                    bytes.getLong(),
                    bytes.getLong(),
                    bytes.getLong()));
        }
        return new SavedLog(start, high, segments);
    }
}

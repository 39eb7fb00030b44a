package dwal.log;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What a checkpoint says of a log: the family {@code STATE} of the node's index.
 *
 * @param topic the topic's name, of which the key has only the id; empty in those that were written before it was kept
 * @param segments all segments up to the recovery point; the last one as far as the recovery point, where all before is
 *     synced, and from which on the log must be read again
 */
record SavedLog(String topic, long startOffset, long highWatermark, List<SavedSegment> segments) {
    private static final byte WITHOUT_TOPIC = 1;
    private static final byte FORMAT = 2;
    private static final int SEGMENT_BYTES = 8 + 4 + 4 * 8;

    /** Offset from which on the log must be read again. */
    long recoveryOffset() {
        return segments.isEmpty()
                ? startOffset
                : segments.get(segments.size() - 1).nextOffset();
    }

    byte[] encode() {
        byte[] name = topic.getBytes(UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(1 + 2 + name.length + 16 + 4 + SEGMENT_BYTES * segments.size());
        bytes.put(FORMAT).putShort((short) name.length).put(name);
        bytes.putLong(startOffset).putLong(highWatermark).putInt(segments.size());
        for (SavedSegment one : segments) {
            bytes.putLong(one.baseOffset()).putInt(one.sizeBytes()).putLong(one.nextOffset());
            bytes.putLong(one.maxTimestampMs()).putLong(one.maxTimestampBatch()).putLong(one.firstTimestampMs());
        }
        return bytes.array();
    }

    /** Throws some RuntimeException on bytes that {@link #encode} did not make. */
    static SavedLog decode(byte[] value) {
        ByteBuffer bytes = ByteBuffer.wrap(value);
        byte format = bytes.get();
        if (format != FORMAT && format != WITHOUT_TOPIC) {
            throw new IllegalArgumentException("a checkpoint of another format, " + format);
        }
        byte[] name = new byte[format == FORMAT ? bytes.getShort() : 0];
        bytes.get(name);
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
        return new SavedLog(new String(name, UTF_8), start, high, segments);
    }
}

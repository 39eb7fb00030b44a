package dwal.protocol.batch;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The header of one record batch (format v2) where it lies in a buffer: reads its fields and patches those that a leader
 * sets. A flyweight: {@link #over} moves it to the next batch. Not thread-safe; belongs to whoever made it.
 *
 * <p>Its bytes are told in ARCHITECTURE.md, "Bytes". Base offset and leader epoch stand before what the checksum covers, so a leader may set them without touching it.
 */
public final class BatchView {
    /** Bytes before the records. */
    public static final int HEADER_BYTES = 61;

    /** The checksum covers a batch from here to its end: not base offset, length, leader epoch and magic. */
    public static final int CHECKSUM_COVERS_FROM = 21;
    /** Bytes of base offset and length: with these one can step over a batch. */
    public static final int PREFIX_BYTES = 12;
    /** The only format we store. */
    public static final byte MAGIC = 2;

    private static final int LENGTH_AT = 8;
    private static final int LEADER_EPOCH_AT = 12;
    private static final int MAGIC_AT = 16;
    private static final int CRC_AT = 17;
    private static final int ATTRIBUTES_AT = 21;
    private static final int LAST_OFFSET_DELTA_AT = 23;
    private static final int BASE_TIMESTAMP_AT = 27;
    private static final int MAX_TIMESTAMP_AT = 35;
    private static final int PRODUCER_ID_AT = 43;
    private static final int PRODUCER_EPOCH_AT = 51;
    private static final int BASE_SEQUENCE_AT = 53;
    private static final int RECORD_COUNT_AT = 57;

    private static final int CODEC_MASK = 0x07;
    private static final int LOG_APPEND_TIME_FLAG = 0x08;
    private static final int TRANSACTIONAL_FLAG = 0x10;
    private static final int CONTROL_FLAG = 0x20;
    private static final int DELETE_HORIZON_FLAG = 0x40;

    private ByteBuffer buffer = ByteBuffer.allocate(0);
    private int start;

    /** Moves to the batch that starts at index {@code start} of {@code buffer}; gives this. */
    public BatchView over(ByteBuffer buffer, int start) {
        this.buffer = buffer;
        this.start = start;
        return this;
    }

    /** The buffer it lies in. */
    public ByteBuffer buffer() {
        return buffer;
    }

    /** Index of its first byte in the buffer. */
    public int start() {
        return start;
    }

    /** Its whole size in bytes, as it says itself; nonsense (also negative) if the header is. */
    public int sizeInBytes() {
        return PREFIX_BYTES + buffer.getInt(start + LENGTH_AT);
    }

    /** Index of the first byte behind it. */
    public int end() {
        return start + sizeInBytes();
    }

    /** Whether all its bytes lie before index {@code limit}, and are enough for a header. */
    public boolean isWholeBefore(int limit) {
        if (limit - start < HEADER_BYTES) {
            return false;
        }
        int size = sizeInBytes();
        return size >= HEADER_BYTES && size <= limit - start;
    }

    public long baseOffset() {
        return buffer.getLong(start);
    }

    public int leaderEpoch() {
        return buffer.getInt(start + LEADER_EPOCH_AT);
    }

    public byte magic() {
        return buffer.get(start + MAGIC_AT);
    }

    public int storedCrc() {
        return buffer.getInt(start + CRC_AT);
    }

    public short attributes() {
        return buffer.getShort(start + ATTRIBUTES_AT);
    }

    /** Number of the codec: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd; 5 to 7 are unknown. */
    public int codec() {
        return attributes() & CODEC_MASK;
    }

    public boolean isCompressed() {
        return codec() != 0;
    }

    public boolean isLogAppendTime() {
        return (attributes() & LOG_APPEND_TIME_FLAG) != 0;
    }

    public boolean isTransactional() {
        return (attributes() & TRANSACTIONAL_FLAG) != 0;
    }

    public boolean isControl() {
        return (attributes() & CONTROL_FLAG) != 0;
    }

    /** Whether the base timestamp is a delete horizon, set by compaction, instead. */
    public boolean hasDeleteHorizon() {
        return (attributes() & DELETE_HORIZON_FLAG) != 0;
    }

    public int lastOffsetDelta() {
        return buffer.getInt(start + LAST_OFFSET_DELTA_AT);
    }

    public long lastOffset() {
        return baseOffset() + lastOffsetDelta();
    }

    /** The offset behind its last. */
    public long nextOffset() {
        return lastOffset() + 1;
    }

    public long baseTimestamp() {
        return buffer.getLong(start + BASE_TIMESTAMP_AT);
    }

    public long maxTimestamp() {
        return buffer.getLong(start + MAX_TIMESTAMP_AT);
    }

    /** -1 if not idempotent. */
    public long producerId() {
        return buffer.getLong(start + PRODUCER_ID_AT);
    }

    public boolean hasProducerId() {
        return producerId() >= 0;
    }

    public short producerEpoch() {
        return buffer.getShort(start + PRODUCER_EPOCH_AT);
    }

    public int baseSequence() {
        return buffer.getInt(start + BASE_SEQUENCE_AT);
    }

    /** Sequence of the last record; after 2^31-1 comes 0. */
    public int lastSequence() {
        int base = baseSequence();
        return base < 0 ? base : (base + lastOffsetDelta()) & Integer.MAX_VALUE;
    }

    public int recordCount() {
        return buffer.getInt(start + RECORD_COUNT_AT);
    }

    /** Index of the first byte of the records. */
    public int recordsStart() {
        return start + HEADER_BYTES;
    }

    /** The checksum as the bytes are now; the whole batch must be in the buffer. Leaves {@code crc} used. */
    public int computeCrc(CRC32C crc) {
        int position = buffer.position();
        int limit = buffer.limit();
        crc.reset();
        buffer.limit(end()).position(start + ATTRIBUTES_AT);
        crc.update(buffer);
        buffer.limit(limit).position(position);
        return (int) crc.getValue();
    }

    /** Sets base offset and leader epoch, which the checksum does not cover. */
    public void place(long baseOffset, int leaderEpoch) {
        buffer.putLong(start, baseOffset);
        buffer.putInt(start + LEADER_EPOCH_AT, leaderEpoch);
    }

    /** Sets the max timestamp and whether it is the time of the append for all records, and corrects the checksum. */
    public void setMaxTimestamp(boolean logAppendTime, long maxTimestampMs, CRC32C crc) {
        int attributes = attributes();
        buffer.putShort(start + ATTRIBUTES_AT, (short)
                (logAppendTime ? attributes | LOG_APPEND_TIME_FLAG : attributes & ~LOG_APPEND_TIME_FLAG));
        buffer.putLong(start + MAX_TIMESTAMP_AT, maxTimestampMs);
        buffer.putInt(start + CRC_AT, computeCrc(crc));
    }

    /** For messages: what the header says, in short. */
    public String describe() {
        return "batch at base offset " + baseOffset() + ", " + sizeInBytes() + " bytes, magic " + magic() + ", "
                + recordCount() + " records";
    }
}

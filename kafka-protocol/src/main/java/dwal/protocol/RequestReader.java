package dwal.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.protocol.Readable;
import org.apache.kafka.common.utils.ByteUtils;

/**
 * Lets Kafka's generated classes read a request out of a frame's bytes, and bounds what they may build from it.
 *
 * <p>An element of an array can be two bytes on the wire and eighty on the heap. So what becomes objects (all but records,
 * which are only pointed at) is counted against a budget of bytes on the heap: {@link #FIELD_BYTES} for each field, since an
 * element has one at least and most have two, and {@link #BYTES_PER_BYTE} for each byte of a text or an array, which is copied
 * on its way and may be kept by who handles the request. {@link #remaining}, which the generated classes ask before they allocate
 * an array, never tells more elements than what is left of it allows.
 *
 * <p>Owned by the network loop that decodes.
 */
final class RequestReader implements Readable {
    private static final int FIELD_BYTES = 32;
    private static final int BYTES_PER_BYTE = 4;

    private final ByteBuffer bytes;
    private int objectBytesLeft;
    private boolean pointsIntoFrame;

    RequestReader(ByteBuffer bytes, int objectBytesLimit) {
        this.bytes = bytes;
        this.objectBytesLeft = objectBytesLimit;
    }

    /** Whether what was read refers to the frame's bytes, which then must stay as long as the request. */
    boolean pointsIntoFrame() {
        return pointsIntoFrame;
    }

    /** Bytes of the frame that nobody has read. */
    int unread() {
        return bytes.remaining();
    }

    @Override
    public int remaining() {
        return Math.min(bytes.remaining(), objectBytesLeft / FIELD_BYTES);
    }

    private void countField() {
        count(FIELD_BYTES);
    }

    private void count(long heapBytes) {
        if (heapBytes > objectBytesLeft) {
            throw new IllegalArgumentException(
                    "it has more, or larger, fields than a request may have for the heap of this node: raise -Xmx in DWAL_JVM_OPTS");
        }
        objectBytesLeft -= (int) heapBytes;
    }

    @Override
    public byte readByte() {
        countField();
        return bytes.get();
    }

    @Override
    public short readShort() {
        countField();
        return bytes.getShort();
    }

    @Override
    public int readInt() {
        countField();
        return bytes.getInt();
    }

    @Override
    public long readLong() {
        countField();
        return bytes.getLong();
    }

    @Override
    public double readDouble() {
        countField();
        return bytes.getDouble();
    }

    @Override
    public byte[] readArray(int length) {
        if (length < 0 || length > bytes.remaining()) {
            throw new IllegalArgumentException(
                    "a length of " + length + " where " + bytes.remaining() + " bytes are left");
        }
        count(FIELD_BYTES + (long) length * BYTES_PER_BYTE);
        byte[] array = new byte[length];
        bytes.get(array);
        return array;
    }

    @Override
    public String readString(int length) {
        return new String(readArray(length), StandardCharsets.UTF_8);
    }

    @Override
    public int readUnsignedVarint() {
        countField();
        return ByteUtils.readUnsignedVarint(bytes);
    }

    @Override
    public int readVarint() {
        countField();
        return ByteUtils.readVarint(bytes);
    }

    @Override
    public long readVarlong() {
        countField();
        return ByteUtils.readVarlong(bytes);
    }

    @Override
    public ByteBuffer readByteBuffer(int length) {
        if (length < 0 || length > bytes.remaining()) {
            throw new IllegalArgumentException(
                    "bytes of length " + length + " where " + bytes.remaining() + " are left");
        }
        pointsIntoFrame = true;
        ByteBuffer slice = bytes.slice(bytes.position(), length);
        bytes.position(bytes.position() + length);
        return slice;
    }

    @Override
    public Readable slice() {
        return new RequestReader(bytes.slice(), objectBytesLeft);
    }
}

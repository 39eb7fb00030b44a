package dwal.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.protocol.Readable;
import org.apache.kafka.common.utils.ByteUtils;

/**
 * Lets Kafka's generated classes read a request out of a frame's bytes, and bounds what they may build from it.
 *
 * <p>An element of an array can be two bytes on the wire and forty on the heap. So bytes that become objects (all but
 * records and other bulk bytes, which are only pointed at) are counted against a budget, and {@link #remaining}, which the
 * generated classes ask before they allocate an array, never tells more than what is left of it.
 *
 * <p>Owned by the network loop that decodes.
 */
final class RequestReader implements Readable {
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
        return Math.min(bytes.remaining(), objectBytesLeft);
    }

    private void count(int length) {
        if (length < 0 || length > bytes.remaining()) {
            throw new IllegalArgumentException(
                    "a length of " + length + " where " + bytes.remaining() + " bytes are left");
        }
        objectBytesLeft -= length;
        if (objectBytesLeft < 0) {
            throw new IllegalArgumentException("more elements than one request may have");
        }
    }

    @Override
    public byte readByte() {
        count(Byte.BYTES);
        return bytes.get();
    }

    @Override
    public short readShort() {
        count(Short.BYTES);
        return bytes.getShort();
    }

    @Override
    public int readInt() {
        count(Integer.BYTES);
        return bytes.getInt();
    }

    @Override
    public long readLong() {
        count(Long.BYTES);
        return bytes.getLong();
    }

    @Override
    public double readDouble() {
        count(Double.BYTES);
        return bytes.getDouble();
    }

    @Override
    public byte[] readArray(int length) {
        count(length);
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
        count(Byte.BYTES);
        return ByteUtils.readUnsignedVarint(bytes);
    }

    @Override
    public int readVarint() {
        count(Byte.BYTES);
        return ByteUtils.readVarint(bytes);
    }

    @Override
    public long readVarlong() {
        count(Byte.BYTES);
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

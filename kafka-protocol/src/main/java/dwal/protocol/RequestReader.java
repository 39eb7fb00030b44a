package dwal.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Readable;
import org.apache.kafka.common.utils.ByteUtils;

/**
 * Lets Kafka's generated classes read a request out of a frame's bytes, and bounds what they may build from it.
 *
 * <p>An element of an array can be two bytes on the wire and eighty on the heap. So what becomes objects (all but records,
 * which are only pointed at) is counted against a budget of bytes on the heap: {@link #FIELD_BYTES} for each field, since an
 * element has one at least and most have two, twice that for a number that may be an element by itself, and
 * {@link #BYTES_PER_BYTE} for each byte of a text or an array, which is copied on its way and may be kept by who handles the request.
 * {@link #remaining}, which the generated classes ask before they allocate an array, never tells more elements than what is left of it
 * allows.
 *
 * <p>A second budget is that of all requests together ({@link RequestObjects}). From it is taken, besides, what a handler and
 * its answer take for each field ({@link #HANDLING_BYTES}), since answers are about as many objects as their requests.
 *
 * <p>Owned by the network loop that decodes.
 */
final class RequestReader implements Readable {
    private static final int FIELD_BYTES = 32;
    /** Partitions are numbers in arrays, boxed, and their handlers have objects for each. */
    private static final int INT_BYTES = 64;

    private static final int BYTES_PER_BYTE = 4;
    private static final int HANDLING_BYTES = 64;

    private final ByteBuffer bytes;
    private final RequestObjects.Share share;
    private final int start;
    private final ApiKeys api;
    private final short version;
    /** Whether the keys of the request must spread over a hash table, and nobody has looked yet. */
    private boolean mustSpread;

    private final int mostElements;
    private int objectBytesLeft;
    private long shareLeft;
    private boolean pointsIntoFrame;
    /** When the room for an array is asked for, how many elements it is to have, or one more. */
    private int lastNumber;

    /** Of the body of a request to {@code api}, in {@code version}. */
    RequestReader(ByteBuffer bytes, int objectBytesLimit, RequestObjects.Share share, ApiKeys api, short version) {
        this.bytes = bytes;
        this.start = bytes.position();
        this.api = api;
        this.version = version;
        this.mustSpread = KeySpread.matters(api);
        this.share = share;
        this.objectBytesLeft = objectBytesLimit;
        this.mostElements = objectBytesLimit / FIELD_BYTES;
        this.shareLeft = share.begin();
    }

    /** All was read: gives back what was taken and not used. */
    void finish() {
        share.settle(shareLeft);
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
        if (lastNumber > KeySpread.FEW) {
            checkSpread();
        }
        int alone = Math.min(bytes.remaining(), objectBytesLeft / FIELD_BYTES);
        if (alone <= shareLeft / (FIELD_BYTES + HANDLING_BYTES)) {
            return alone;
        }
        long now = share.reach(shareLeft) / (FIELD_BYTES + HANDLING_BYTES);
        if (now >= alone) {
            return alone;
        }
        share.curtailed();
        return (int) now;
    }

    private void checkSpread() {
        boolean unseen = mustSpread;
        mustSpread = false;
        if (unseen && new KeySpread(api, version, bytes.duplicate().position(start), mostElements).isBad()) {
            share.tooLarge();
            throw new IllegalArgumentException(
                    "so many of its keys are the same, or have the same hash code, that a table of them would take very long");
        }
    }

    private void countField() {
        count(FIELD_BYTES);
    }

    private void count(long heapBytes) {
        if (heapBytes > objectBytesLeft) {
            share.tooLarge();
            throw new IllegalArgumentException(
                    "it has more, or larger, fields than a request may have for the heap of this node: raise -Xmx in DWAL_JVM_OPTS");
        }
        objectBytesLeft -= (int) heapBytes;
        long cost = heapBytes + HANDLING_BYTES;
        if (cost > shareLeft) {
            shareLeft += share.draw(cost - shareLeft);
        }
        shareLeft -= cost;
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
        count(INT_BYTES);
        lastNumber = bytes.getInt();
        return lastNumber;
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
        lastNumber = ByteUtils.readUnsignedVarint(bytes);
        return lastNumber;
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
        var slice = new RequestReader(bytes.slice(), objectBytesLeft, share, api, version);
        slice.mustSpread = false;
        return slice;
    }
}

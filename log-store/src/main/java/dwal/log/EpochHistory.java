package dwal.log;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.OptionalInt;

/** Which leader epoch starts at which offset, ascending in both. Immutable; any thread. */
final class EpochHistory {
    static final EpochHistory EMPTY = new EpochHistory(new int[0], new long[0]);

    private final int[] epochs;
    private final long[] startOffsets;

    private EpochHistory(int[] epochs, long[] startOffsets) {
        this.epochs = epochs;
        this.startOffsets = startOffsets;
    }

    /** As the node's index keeps it. */
    byte[] encode() {
        ByteBuffer bytes = ByteBuffer.allocate(epochs.length * 12);
        for (int i = 0; i < epochs.length; i++) {
            bytes.putInt(epochs[i]).putLong(startOffsets[i]);
        }
        return bytes.array();
    }

    /** What {@link #encode} made. */
    static EpochHistory decode(byte[] value) {
        ByteBuffer bytes = ByteBuffer.wrap(value);
        int count = value.length / 12;
        int[] epochs = new int[count];
        long[] offsets = new long[count];
        for (int i = 0; i < count; i++) {
            epochs[i] = bytes.getInt();
            offsets[i] = bytes.getLong();
        }
        return new EpochHistory(epochs, offsets);
    }

    /** With {@code epoch} starting at {@code offset}, if it is newer than all; else unchanged. */
    EpochHistory with(int epoch, long offset) {
        int count = epochs.length;
        if (epoch < 0 || (count > 0 && epoch <= epochs[count - 1])) {
            return this;
        }
        int[] moreEpochs = Arrays.copyOf(epochs, count + 1);
        long[] moreOffsets = Arrays.copyOf(startOffsets, count + 1);
        moreEpochs[count] = epoch;
        moreOffsets[count] = offset;
        return new EpochHistory(moreEpochs, moreOffsets);
    }

    /** Without what ended before {@code logStartOffset}; the epoch of that offset starts there. */
    EpochHistory from(long logStartOffset) {
        int first = 0;
        while (first + 1 < epochs.length && startOffsets[first + 1] <= logStartOffset) {
            first++;
        }
        if (epochs.length == 0 || startOffsets[first] >= logStartOffset) {
            return this;
        }
        long[] offsets = Arrays.copyOfRange(startOffsets, first, startOffsets.length);
        offsets[0] = logStartOffset;
        return new EpochHistory(Arrays.copyOfRange(epochs, first, epochs.length), offsets);
    }

    /** Without what starts at {@code logEndOffset} or behind it. */
    EpochHistory before(long logEndOffset) {
        int count = epochs.length;
        while (count > 0 && startOffsets[count - 1] >= logEndOffset) {
            count--;
        }
        return count == epochs.length
                ? this
                : new EpochHistory(Arrays.copyOf(epochs, count), Arrays.copyOf(startOffsets, count));
    }

    OptionalInt latest() {
        return epochs.length == 0 ? OptionalInt.empty() : OptionalInt.of(epochs[epochs.length - 1]);
    }

    /** The epoch of the record at {@code offset}; empty if it is older than the history. */
    OptionalInt of(long offset) {
        for (int i = epochs.length - 1; i >= 0; i--) {
            if (startOffsets[i] <= offset) {
                return OptionalInt.of(epochs[i]);
            }
        }
        return OptionalInt.empty();
    }

    /** KIP-101: see {@link PartitionLog#endOffsetFor}. */
    EpochEnd endOf(int epoch, long logEndOffset) {
        int count = epochs.length;
        if (epoch == -1 || count == 0 || epoch > epochs[count - 1]) {
            return EpochEnd.UNKNOWN;
        }
        if (epoch == epochs[count - 1]) {
            return new EpochEnd(epoch, logEndOffset);
        }
        int floor = count - 1;
        while (floor >= 0 && epochs[floor] > epoch) {
            floor--;
        }
        return new EpochEnd(floor < 0 ? epoch : epochs[floor], startOffsets[floor + 1]);
    }
}

package dwal.log;

import java.util.Arrays;

/**
 * Where batches lie in one segment: an entry for the first batch, and then one for the first batch behind each index
 * interval. Between two entries one steps from header to header.
 *
 * <p>Grown by one thread, read by any: readers see the entries that were there when they asked for {@link #size}.
 */
final class SparseIndex {
    private static final int FIRST_CAPACITY = 16;

    /** Final references, so that whoever sees new arrays sees what was copied into them. */
    private static final class Columns {
        final int[] offsets;
        final int[] positions;
        final long[] timesBefore;

        Columns(int[] offsets, int[] positions, long[] timesBefore) {
            this.offsets = offsets;
            this.positions = positions;
            this.timesBefore = timesBefore;
        }

        Columns grown() {
            int length = offsets.length * 2;
            return new Columns(
                    Arrays.copyOf(offsets, length),
                    Arrays.copyOf(positions, length),
                    Arrays.copyOf(timesBefore, length));
        }
    }

    /** Of a segment of which nothing is indexed. */
    static final SparseIndex EMPTY = new SparseIndex(0);

    private final long baseOffset;
    private final long endOffset;
    private Columns columns;
    private volatile int size;

    /** An empty index of a segment that starts at {@code baseOffset}. */
    SparseIndex(long baseOffset) {
        this.baseOffset = baseOffset;
        this.endOffset = Long.MAX_VALUE;
        this.columns = new Columns(new int[FIRST_CAPACITY], new int[FIRST_CAPACITY], new long[FIRST_CAPACITY]);
    }

    private SparseIndex(long baseOffset, long endOffset, Columns columns) {
        this.baseOffset = baseOffset;
        this.endOffset = endOffset;
        this.columns = columns;
        this.size = columns.offsets.length;
    }

    /** A finished piece of the index of the segment at {@code baseOffset}, for offsets below {@code endOffset}. */
    static SparseIndex block(long baseOffset, long endOffset, int[] offsets, int[] positions, long[] timesBefore) {
        return new SparseIndex(baseOffset, endOffset, new Columns(offsets, positions, timesBefore));
    }

    /** Whether entries for {@code offset} are in this piece. */
    boolean covers(long offset) {
        return size > 0 && offset >= offset(0) && offset < endOffset;
    }

    /** Offsets from here on are not in this piece. */
    long endOffset() {
        return endOffset;
    }

    /** Number of entries. */
    int size() {
        return size;
    }

    /** Offset of the first record of the batch of entry {@code i}. */
    long offset(int i) {
        return baseOffset + columns.offsets[i];
    }

    /** Position in the file of the batch of entry {@code i}. */
    int position(int i) {
        return columns.positions[i];
    }

    /** The greatest timestamp of the segment before entry {@code i}, or -1. */
    long timeBefore(int i) {
        return columns.timesBefore[i];
    }

    /** Adds the batch at {@code position}, if it is the first or {@code intervalBytes} behind the last entry. */
    void maybeAdd(long offset, int position, long maxTimestampBefore, int intervalBytes) {
        int count = size;
        Columns now = columns;
        if (count > 0 && position - now.positions[count - 1] < intervalBytes) {
            return;
        }
        if (count == now.offsets.length) {
            now = now.grown();
            columns = now;
        }
        now.offsets[count] = (int) (offset - baseOffset);
        now.positions[count] = position;
        now.timesBefore[count] = maxTimestampBefore;
        size = count + 1;
    }

    /** The last entry at or before {@code offset}, or -1. */
    int floorOfOffset(long offset) {
        int count = size;
        int[] offsets = columns.offsets;
        long relative = offset - baseOffset;
        int low = 0;
        int high = count - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (offsets[middle] <= relative) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }

    /** The last entry at or before {@code position}, or -1. */
    int floorOfPosition(int position) {
        int count = size;
        int[] positions = columns.positions;
        int low = 0;
        int high = count - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (positions[middle] <= position) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }

    /** The last entry before which all timestamps are smaller than {@code timestampMs}: the search starts there. */
    int floorOfTime(long timestampMs) {
        int count = size;
        long[] times = columns.timesBefore;
        int low = 0;
        int high = count - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (times[middle] < timestampMs) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }
}

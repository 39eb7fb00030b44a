package dwal.log;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a log has published: written on the partition's strand (or while it opens), read by any thread. {@link #tail} is
 * written last, so who sees an end also sees the segments and index entries below it.
 */
final class LogState {
    private static final Segment[] NO_SEGMENTS = {};
    private static final int PLACES = 16;

    /** Places seen lately, by a hash of their offset: so that who reads on where he stopped need not search. */
    private final @Nullable Place[] recent = new Place[PLACES];

    private final Producers producers = new Producers();
    private volatile EpochHistory epochs = EpochHistory.EMPTY;
    private volatile Segment[] segments = NO_SEGMENTS;
    private volatile long startOffset;
    private volatile long highWatermark;
    private volatile long syncedOffset;
    private volatile @Nullable Place tail;
    private volatile boolean gaps;

    /** Ascending, contiguous or with gaps; the last one grows. Not to be changed. */
    Segment[] segments() {
        return segments;
    }

    /** Whether another segment has the file name of {@code old}. */
    boolean hasOther(Segment old) {
        return Arrays.stream(segments).anyMatch(one -> one != old && one.baseOffset() == old.baseOffset());
    }

    /** Bytes of all segments. */
    long sizeBytes() {
        long bytes = 0;
        for (Segment segment : segments) {
            bytes += segment.sizeBytes();
        }
        return bytes;
    }

    void setSegments(Segment[] segments) {
        this.segments = segments;
    }

    /** Where the next batch goes; null while there is no segment. */
    @Nullable
    Place tail() {
        return tail;
    }

    void setTail(@Nullable Place tail) {
        if (tail != null) {
            remember(tail);
        }
        this.tail = tail;
    }

    long endOffset() {
        Place end = tail;
        return end == null ? startOffset : end.offset();
    }

    long startOffset() {
        return startOffset;
    }

    void setStartOffset(long offset) {
        startOffset = offset;
    }

    long highWatermark() {
        return highWatermark;
    }

    void setHighWatermark(long offset) {
        highWatermark = offset;
    }

    long syncedOffset() {
        return syncedOffset;
    }

    void setSyncedOffset(long offset) {
        syncedOffset = offset;
    }

    EpochHistory epochs() {
        return epochs;
    }

    void setEpochs(EpochHistory epochs) {
        this.epochs = epochs;
    }

    Producers producers() {
        return producers;
    }

    /** Whether offsets may be missing within segments. */
    boolean mayHaveGaps() {
        return gaps;
    }

    void setMayHaveGaps(boolean gaps) {
        this.gaps = gaps;
    }

    /** Start of the earliest open transaction, at most the high watermark. */
    long lastStableOffset() {
        long firstOpen = producers.firstOpenOffset();
        long high = highWatermark;
        return firstOpen >= 0 && firstOpen < high ? firstOpen : high;
    }

    /** Forgets everything: the log is empty and starts at offset 0. */
    void clear() {
        producers.cutAt(Long.MIN_VALUE);
        epochs = EpochHistory.EMPTY;
        segments = NO_SEGMENTS;
        startOffset = 0;
        highWatermark = 0;
        syncedOffset = 0;
        gaps = false;
        tail = null;
    }

    /** Index of the last segment that starts at or before {@code offset}, or -1. */
    static int floor(Segment[] segments, long offset) {
        int last = segments.length - 1;
        if (last < 0 || segments[last].baseOffset() <= offset) {
            return last;
        }
        int low = 0;
        int high = last - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (segments[middle].baseOffset() <= offset) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }

    /** Remembers {@code place}; races lose a place, never break one, for places are immutable. */
    void remember(Place place) {
        recent[slot(place.offset())] = place;
    }

    /** Where the batch that starts with {@code offset} lies, if that is remembered. */
    @Nullable
    Place recall(long offset) {
        Place place = recent[slot(offset)];
        return place != null && place.offset() == offset && !place.segment().isRetired() ? place : null;
    }

    private static int slot(long offset) {
        return (int) ((offset * 0x9E3779B97F4A7C15L) >>> 60);
    }
}

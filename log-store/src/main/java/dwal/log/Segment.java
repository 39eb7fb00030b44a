package dwal.log;

import dwal.environment.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A stretch of a partition's log in one file, in Kafka's segment format. The last segment grows on the partition's
 * strand; what has been published through the log's end is read by any thread.
 */
final class Segment {
    private static final Logger log = LoggerFactory.getLogger(Segment.class);
    private static final String SUFFIX = ".log";
    private static final int REBUILD_INTERVAL_BYTES = 4096;

    private final long baseOffset;
    private final SegmentFile file;
    private final PartitionIndex cold;
    private final AheadOfEnd ahead;

    /** What is not in the node's index yet. */
    private volatile SparseIndex warm;
    /** Offsets below this are in the node's index. */
    private volatile long coldUntil;
    /** The piece of the node's index that was used last. */
    private volatile @Nullable SparseIndex lastCold;
    /** Stands for the node's index where that was wrong or missing. */
    private volatile @Nullable SparseIndex rebuilt;

    private volatile int sizeBytes;
    private volatile long nextOffset;
    private volatile long maxTimestampMs = -1;
    private volatile long maxTimestampBatch = -1;
    /** Largest timestamp of the first batch: segment.ms counts from it. -1 while empty. */
    private long firstTimestampMs = -1;

    private long lastAppendWallMs;
    /** Blocks are reserved up to here. */
    private long reservedUntil;
    /** Zeros have been written up to here. */
    private long zerosUntil;
    /** When it was made, or last opened. */
    private long createdWallMs;
    /** It is closed by age so much earlier than {@code segment.ms} says. */
    private long rollJitterMs;
    /** Whether its directory entry is synced; set by whoever syncs. */
    private volatile boolean directorySynced;
    /** Whether the log goes on without it: it was deleted, or the log was cut and has another object for what is left. */
    private volatile boolean retired;

    Segment(Path directory, long baseOffset, OpenFiles openFiles, PartitionIndex cold, AheadOfEnd ahead) {
        this.baseOffset = baseOffset;
        this.nextOffset = baseOffset;
        this.cold = cold;
        this.ahead = ahead;
        this.coldUntil = baseOffset;
        this.file = new SegmentFile(directory.resolve(fileName(baseOffset)), openFiles);
        this.warm = new SparseIndex(baseOffset);
    }

    /** The name of the file whose first offset is {@code baseOffset}: 20 digits. */
    static String fileName(long baseOffset) {
        String digits = Long.toString(baseOffset);
        return "0".repeat(20 - digits.length()) + digits + SUFFIX;
    }

    /** Whether {@code name} is that of a segment file. */
    static boolean isSegmentName(String name) {
        return name.length() == 24
                && name.endsWith(SUFFIX)
                && name.chars().limit(20).allMatch(c -> c >= '0' && c <= '9');
    }

    /** The base offset in the name of a segment file. */
    static long baseOffsetOf(String name) {
        return Long.parseLong(name.substring(0, 20));
    }

    long baseOffset() {
        return baseOffset;
    }

    SegmentFile file() {
        return file;
    }

    /** Takes note that it begins, or goes on after a start, at {@code wallMs}; {@code random} gives its jitter. */
    void begin(long wallMs, LogSettings settings, RandomGenerator random) {
        createdWallMs = wallMs;
        lastAppendWallMs = wallMs;
        long bound = Math.min(settings.segmentJitterMs(), settings.segmentMs());
        rollJitterMs = bound > 0 ? random.nextLong(bound) : 0;
    }

    /**
     * Whether {@code segment.ms} asks for a new segment before a batch of {@code timestampMs} is appended. As in Kafka time
     * is that of the records; only where the first batch has none, that of the clock.
     */
    boolean isOld(LogSettings settings, long timestampMs, long wallMs) {
        long age = firstTimestampMs >= 0 ? timestampMs - firstTimestampMs : wallMs - createdWallMs;
        return age > settings.segmentMs() - rollJitterMs;
    }

    /** Takes over what a checkpoint says of the part below {@code nextOffset}, which the node's index covers. */
    void restore(SavedSegment saved) {
        sizeBytes = saved.sizeBytes();
        nextOffset = saved.nextOffset();
        maxTimestampMs = saved.maxTimestampMs();
        maxTimestampBatch = saved.maxTimestampBatch();
        firstTimestampMs = saved.firstTimestampMs();
        coldUntil = saved.nextOffset();
        // Of an empty one a checkpoint syncs nothing, and its name may be gone after a loss of power.
        directorySynced = saved.sizeBytes() > 0;
    }

    /** What a checkpoint keeps of it, if it ends with {@code nextOffset} at {@code sizeBytes}. */
    SavedSegment saved(long nextOffset, int sizeBytes) {
        return new SavedSegment(baseOffset, sizeBytes, nextOffset, maxTimestampMs, maxTimestampBatch, firstTimestampMs);
    }

    /** Index entries that the node's index may not have yet. */
    SparseIndex warm() {
        return warm;
    }

    /** All of this closed segment is in the node's index now. */
    void becomeCold() {
        coldUntil = nextOffset;
        warm = SparseIndex.EMPTY;
    }

    /** The piece of the index to look for {@code offset} in; without an entry before it, start at position 0. */
    SparseIndex indexFor(long offset) throws IOException {
        SparseIndex now = warm;
        if (coldUntil <= baseOffset || (now.size() > 0 && now.offset(0) <= offset)) {
            return now;
        }
        SparseIndex instead = rebuilt;
        if (instead != null) {
            return instead;
        }
        SparseIndex block = lastCold;
        if (block == null || !block.covers(offset)) {
            block = cold.blockAt(baseOffset, offset);
            if (block == null) {
                return rebuildCold();
            }
            lastCold = block;
        }
        return block;
    }

    /** As {@link #indexFor}, to look for the first record of at least {@code timestampMs}. */
    SparseIndex indexForTime(long timestampMs) throws IOException {
        SparseIndex now = warm;
        if (coldUntil <= baseOffset || (now.size() > 0 && now.timeBefore(0) < timestampMs)) {
            return now;
        }
        SparseIndex instead = rebuilt;
        if (instead != null) {
            return instead;
        }
        SparseIndex block = cold.blockBeforeTime(baseOffset, timestampMs);
        return block != null ? block : rebuildCold();
    }

    /** Replaces what the node's index has of this segment, because it is missing or does not fit the file. */
    synchronized SparseIndex rebuildCold() throws IOException {
        SparseIndex instead = rebuilt;
        if (instead != null) {
            return instead;
        }
        log.warn("The index of {} is missing or does not fit it; it is built anew from the file", file.path());
        SparseIndex fresh = new SparseIndex(baseOffset);
        long greatest = -1;
        try (HeaderSteps steps = new HeaderSteps(this, LogReader.newScratch(), 0, sizeBytes, -1)) {
            while (steps.next() && steps.batch().baseOffset() < coldUntil) {
                fresh.maybeAdd(steps.batch().baseOffset(), steps.position(), greatest, REBUILD_INTERVAL_BYTES);
                greatest = Math.max(greatest, steps.batch().maxTimestamp());
            }
        }
        rebuilt = fresh;
        return fresh;
    }

    int sizeBytes() {
        return sizeBytes;
    }

    /** The offset behind its last record; its base offset while empty. */
    long nextOffset() {
        return nextOffset;
    }

    long maxTimestampMs() {
        return maxTimestampMs;
    }

    /** Base offset of the first batch that has the greatest timestamp, or -1. */
    long maxTimestampBatch() {
        return maxTimestampBatch;
    }

    /**
     * Of a segment that was there when the log was opened and has not been appended to since, when its file was last changed:
     * where zeros had to be cut off its end, that may be a little later than the last append.
     */
    long lastAppendWallMs() {
        return lastAppendWallMs;
    }

    boolean directorySynced() {
        return directorySynced;
    }

    void setDirectorySynced() {
        directorySynced = true;
    }

    /** Writes {@code bytes} at the end; they count once {@link #noteBatch} has been called for each batch. */
    void write(ByteBuffer bytes) throws IOException {
        DiskFile target = file.acquire();
        try {
            if (sizeBytes >= ahead.fromBytes()) {
                reserve(target, bytes.remaining() + ahead.zerosBytes());
                writeZerosAhead(target, bytes.remaining());
            }
            target.write(bytes, sizeBytes);
        } finally {
            file.release();
        }
    }

    private void reserve(DiskFile target, int bytes) {
        if (reservedUntil - sizeBytes < bytes) {
            reservedUntil = (long) sizeBytes + Math.max(Math.min(sizeBytes, ahead.mostReservedBytes()), bytes);
            target.reserve(sizeBytes, reservedUntil - sizeBytes);
        }
    }

    /**
     * Fills the stretch in which {@code bytes} bytes more will end, so that its pages are made in one piece. The system makes
     * pages as large as the alignment of a write allows: for appends, which begin anywhere, a handful of small ones each,
     * and that is half of what such a write costs. Who opens a log takes zeros behind its end for nothing.
     */
    private void writeZerosAhead(DiskFile target, int bytes) throws IOException {
        long end = (long) sizeBytes + bytes;
        long stretch = end - end % ahead.zerosBytes();
        if (stretch >= sizeBytes && stretch >= zerosUntil && end > stretch) {
            target.write(Zeros.BYTES.duplicate().limit(ahead.zerosBytes()), stretch);
            zerosUntil = stretch + ahead.zerosBytes();
        }
    }

    /** Made when first used. */
    private static final class Zeros {
        static final ByteBuffer BYTES =
                ByteBuffer.allocateDirect(AheadOfEnd.MOST_ZEROS_BYTES).asReadOnlyBuffer();
    }

    /** Nothing more will be written: gives back what was reserved ahead, and cuts off the zeros. */
    void seal() throws IOException {
        if (reservedUntil > sizeBytes) {
            cutBack();
        }
    }

    /** Cuts the file back to what counts. */
    void cutBack() throws IOException {
        DiskFile target = file.acquire();
        reservedUntil = 0;
        zerosUntil = 0;
        try {
            target.truncate(sizeBytes);
        } finally {
            file.release();
        }
    }

    /** Counts the batch that has been written at the end. */
    void noteBatch(long baseOffset, long nextOffset, int bytes, long batchMaxTimestampMs, int intervalBytes) {
        int position = sizeBytes;
        warm.maybeAdd(baseOffset, position, maxTimestampMs, intervalBytes);
        if (position == 0) {
            firstTimestampMs = batchMaxTimestampMs;
        }
        if (batchMaxTimestampMs > maxTimestampMs) {
            maxTimestampBatch = baseOffset;
            maxTimestampMs = batchMaxTimestampMs;
        }
        this.nextOffset = nextOffset;
        sizeBytes = position + bytes;
    }

    void noteAppendAt(long wallMs) {
        lastAppendWallMs = wallMs;
    }

    boolean isRetired() {
        return retired;
    }

    /** The log goes on without it. */
    void retire() {
        retired = true;
    }

    @Override
    public String toString() {
        return file.path().toString();
    }
}

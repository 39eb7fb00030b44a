package dwal.log;

import dwal.environment.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * A stretch of a partition's log in one file, in Kafka's segment format. The last segment grows on the partition's
 * strand; what has been published through the log's end is read by any thread.
 */
final class Segment {
    private static final String SUFFIX = ".log";

    private final long baseOffset;
    private final SegmentFile file;
    private final SparseIndex index;

    private volatile int sizeBytes;
    private volatile long nextOffset;
    private volatile long maxTimestampMs = -1;
    private volatile long maxTimestampBatch = -1;
    /** Largest timestamp of the first batch: segment.ms counts from it. -1 while empty. */
    private long firstTimestampMs = -1;

    private long lastAppendWallMs;
    /** Whether its directory entry is synced; set by whoever syncs. */
    private volatile boolean directorySynced;

    Segment(Path directory, long baseOffset, OpenFiles openFiles) {
        this.baseOffset = baseOffset;
        this.nextOffset = baseOffset;
        this.file = new SegmentFile(directory.resolve(fileName(baseOffset)), openFiles);
        this.index = new SparseIndex(baseOffset);
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

    SparseIndex index() {
        return index;
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

    long firstTimestampMs() {
        return firstTimestampMs;
    }

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
            target.write(bytes, sizeBytes);
        } finally {
            file.release();
        }
    }

    /** Cuts the file back to what counts. */
    void cutBack() throws IOException {
        DiskFile target = file.acquire();
        try {
            target.truncate(sizeBytes);
        } finally {
            file.release();
        }
    }

    /** Counts the batch that has been written at the end. */
    void noteBatch(long baseOffset, long nextOffset, int bytes, long batchMaxTimestampMs, int intervalBytes) {
        int position = sizeBytes;
        index.maybeAdd(baseOffset, position, maxTimestampMs, intervalBytes);
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

    @Override
    public String toString() {
        return file.path().toString();
    }
}

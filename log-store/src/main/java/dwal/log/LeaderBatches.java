package dwal.log;

import dwal.protocol.batch.BatchView;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether what a leader sent may enter a follower's log as it is: framing, checksum, and that offsets and leader
 * epochs go up from where the log ends. One thread, for one answer of the leader.
 *
 * <p>Offsets may be missing, whatever the topic's cleanup policy is now: the leader may have compacted them away before.
 * That a log has such gaps is known of it for ever; where they are not expected, they are damage. An incomplete batch at the end is no fault: Kafka's leaders cut at a number of bytes. Nor is a batch of a later epoch
 * than the one that is followed: it is left for when the metadata has told of that epoch.
 */
final class LeaderBatches {
    private final BatchView view = new BatchView();
    private final ByteBuffer bytes;
    private final CRC32C crc;
    private int end;
    private long expected;
    private int lastEpoch;
    private boolean skips;

    /**
     * @param logEndOffset where the follower's log ends
     * @param lastEpoch leader epoch of its last record, or -1
     */
    LeaderBatches(ByteBuffer bytes, CRC32C crc, long logEndOffset, int lastEpoch) {
        this.bytes = bytes;
        this.crc = crc;
        this.end = bytes.position();
        this.expected = logEndOffset;
        this.lastEpoch = lastEpoch;
    }

    /**
     * Looks at all batches; gives what is wrong, or null.
     *
     * @param leaderEpoch the epoch of the leader that is followed
     * @param logIsEmpty whether the first batch may begin before the log does: records of it have been deleted
     */
    @Nullable
    String fault(int leaderEpoch, boolean logIsEmpty) {
        boolean mayBeginBefore = logIsEmpty;
        while (bytes.limit() - end >= BatchView.HEADER_BYTES) {
            view.over(bytes, end);
            int size = view.sizeInBytes();
            if (view.magic() != BatchView.MAGIC || size < BatchView.HEADER_BYTES) {
                return "these bytes are no record batch of format 2 (size " + size + ", magic " + view.magic() + ")";
            }
            if (size > bytes.limit() - end || view.leaderEpoch() > leaderEpoch) {
                return null;
            }
            String fault = faultOfBatch(mayBeginBefore);
            if (fault != null) {
                return fault;
            }
            mayBeginBefore = false;
            skips |= view.baseOffset() > expected;
            expected = view.nextOffset();
            lastEpoch = view.leaderEpoch();
            end += size;
        }
        return null;
    }

    private @Nullable String faultOfBatch(boolean mayBeginBefore) {
        int found = view.computeCrc(crc);
        if (found != view.storedCrc()) {
            return view.describe() + " has checksum " + Integer.toHexString(found) + " where it says "
                    + Integer.toHexString(view.storedCrc());
        }
        int count = view.recordCount();
        if (view.lastOffsetDelta() < 0 || count < 0 || count > view.lastOffsetDelta() + 1L) {
            return view.describe() + " has the last offset delta " + view.lastOffsetDelta();
        }
        boolean covers = mayBeginBefore && view.baseOffset() <= expected && view.lastOffset() >= expected;
        if (view.baseOffset() < expected && !covers) {
            return view.describe() + " came where the log ends with offset " + (expected - 1);
        }
        return view.leaderEpoch() < lastEpoch
                ? view.describe() + " has leader epoch " + view.leaderEpoch() + " behind " + lastEpoch
                : null;
    }

    /** Whether offsets are missing before or between the {@link #good} batches. */
    boolean skipsOffsets() {
        return skips;
    }

    /** The batches that may be appended: those before the end, or before what {@link #fault} complained of. */
    ByteBuffer good() {
        return bytes.duplicate().limit(end);
    }
}

package dwal.log;

/**
 * When a checkpoint of one log is due: some time after a change, or after so many bytes. Belongs to the partition's strand; that a
 * checkpoint begins is told from any thread.
 */
final class CheckpointSchedule {
    /** After a crash, at most about so much of a log must be read again, where each append is synced anyway. */
    private static final long BYTES = 64L << 20;

    private final LogStore store;
    private final PartitionLog owner;
    /** Whether the store knows that a checkpoint is due some time. */
    private volatile boolean dirty;

    private long bytesSince;

    /** @param store has checkpoints of {@code owner} written */
    CheckpointSchedule(LogStore store, PartitionLog owner) {
        this.store = store;
        this.owner = owner;
    }

    /** The log has changed, by so many bytes that were appended. */
    void changed(int bytes, LogSettings now) {
        if (!dirty) {
            dirty = true;
            store.checkpoints().later(owner);
        }
        bytesSince += bytes;
        if (bytesSince >= bytesBetween(now)) {
            bytesSince = 0;
            store.checkpoints().soon(owner);
        }
    }

    /**
     * A checkpoint needs a sync. Where appends do not, it would make this process write what the system writes better in its
     * own time, so there a segment is the measure, as in Kafka.
     */
    private static long bytesBetween(LogSettings now) {
        return now.sync() == LogSettings.SyncPolicy.COMMIT ? BYTES : Math.max(BYTES, now.segmentBytes());
    }

    /** A checkpoint is written now: what changes from here on is for the next. */
    void begins() {
        dirty = false;
    }
}

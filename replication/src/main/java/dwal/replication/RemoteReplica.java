package dwal.replication;

/**
 * What a leader knows of one follower, by its fetches in this leader epoch. Changed on the partition's strand; any thread
 * may look.
 *
 * <p>A follower is caught up as of a time when it then had all that the leader had. An idle follower is not asked and
 * sends nothing for the partition: it is caught up for as long as nothing is appended behind its end, and until then
 * ({@link #leaderAppends}).
 */
final class RemoteReplica {
    /** It has not fetched in this leader epoch. */
    static final long UNKNOWN_OFFSET = -1;

    private final int id;
    private volatile long endOffset = UNKNOWN_OFFSET;
    private volatile long logStartOffset = UNKNOWN_OFFSET;
    private long brokerEpoch = Brokers.NO_EPOCH;
    private volatile long caughtUpAtNanos;
    private volatile boolean everCaughtUp;
    private long lastFetchNanos;
    private long leaderEndAtLastFetch = Long.MAX_VALUE;

    /**
     * @param inSync whether it was in sync when the leader begins, at {@code nowNanos}: then it counts as caught up. Another
     *     one may have everything to fetch yet, and is waited for by nobody
     */
    RemoteReplica(int id, boolean inSync, long nowNanos) {
        this.id = id;
        this.everCaughtUp = inSync;
        this.caughtUpAtNanos = nowNanos;
        this.lastFetchNanos = nowNanos;
    }

    int id() {
        return id;
    }

    /** Everything below is stored there, as far as is known. */
    long endOffset() {
        return endOffset;
    }

    long logStartOffset() {
        return logStartOffset;
    }

    /** As the replica said with its last fetch. */
    long brokerEpoch() {
        return brokerEpoch;
    }

    /** When it fetched last, or this leader began. */
    long lastFetchNanos() {
        return lastFetchNanos;
    }

    /** It fetches from {@code offset} on, so it has stored all before that. */
    void fetches(long offset, long logStartOffset, long brokerEpoch, long leaderEnd, long nowNanos) {
        if (offset >= leaderEnd) {
            caughtUpAt(nowNanos);
        } else if (offset >= leaderEndAtLastFetch) {
            caughtUpAt(everCaughtUp ? Math.max(caughtUpAtNanos, lastFetchNanos) : lastFetchNanos);
        }
        endOffset = offset;
        this.logStartOffset = logStartOffset;
        this.brokerEpoch = brokerEpoch;
        leaderEndAtLastFetch = leaderEnd;
        lastFetchNanos = nowNanos;
    }

    /** The leader is about to append behind {@code leaderEnd}. */
    void leaderAppends(long leaderEnd, long nowNanos) {
        if (endOffset >= leaderEnd) {
            caughtUpAt(nowNanos);
        }
    }

    /** It is in sync from now on: it has all that is committed, and as long as everybody to get the rest. */
    void joins(long nowNanos) {
        caughtUpAt(nowNanos);
    }

    private void caughtUpAt(long nanos) {
        caughtUpAtNanos = nanos;
        everCaughtUp = true;
    }

    /**
     * Nanoseconds for which it has lacked something at {@code nowNanos}: 0 if it has all up to {@code leaderEnd}, without
     * end if it never had all in this leader epoch.
     */
    long lagNanos(long leaderEnd, long nowNanos) {
        if (endOffset >= leaderEnd) {
            return 0;
        }
        return everCaughtUp ? nowNanos - caughtUpAtNanos : Long.MAX_VALUE;
    }
}

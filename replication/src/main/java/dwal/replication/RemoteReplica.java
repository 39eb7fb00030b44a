package dwal.replication;

/**
 * What a leader knows of one follower, by its fetches in this leader epoch. Owned by the partition's strand.
 *
 * <p>A follower is caught up as of a time when it then had all that the leader had. An idle follower is not asked and
 * sends nothing for the partition: it is caught up for as long as nothing is appended behind its end, and until then
 * ({@link #leaderAppends}).
 */
final class RemoteReplica {
    /** It has not fetched in this leader epoch. */
    static final long UNKNOWN_OFFSET = -1;

    private final int id;
    private long endOffset = UNKNOWN_OFFSET;
    private long logStartOffset = UNKNOWN_OFFSET;
    private long brokerEpoch = Brokers.NO_EPOCH;
    private long caughtUpAtNanos;
    private long lastFetchNanos;
    private long leaderEndAtLastFetch = Long.MAX_VALUE;

    /** A replica that counts as caught up at {@code nowNanos}, when the leader begins. */
    RemoteReplica(int id, long nowNanos) {
        this.id = id;
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
            caughtUpAtNanos = nowNanos;
        } else if (offset >= leaderEndAtLastFetch) {
            caughtUpAtNanos = Math.max(caughtUpAtNanos, lastFetchNanos);
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
            caughtUpAtNanos = nowNanos;
        }
    }

    /** Nanoseconds for which it has lacked something at {@code nowNanos}; 0 if it has all up to {@code leaderEnd}. */
    long lagNanos(long leaderEnd, long nowNanos) {
        return endOffset >= leaderEnd ? 0 : nowNanos - caughtUpAtNanos;
    }
}

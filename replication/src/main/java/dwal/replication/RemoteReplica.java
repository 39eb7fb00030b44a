package dwal.replication;

import java.util.concurrent.TimeUnit;

/**
 * What a leader knows of one follower, by its fetches in this leader epoch. Changed on the partition's strand; any thread
 * may look.
 *
 * <p>A follower is caught up as of a time when it then had all that the leader had. An idle follower is not asked and
 * sends nothing for the partition: it is caught up for as long as nothing is appended behind its end, and until then
 * ({@link #leaderAppends}).
 *
 * <p>A request that opens a session may come late, from a connection that the follower has given up, and speak of what
 * was before. While the session that was heard last goes on, what such a request says is therefore in doubt: the lower
 * position is assumed, and who makes the next request is right.
 */
final class RemoteReplica {
    /** It has not fetched in this leader epoch. */
    static final long UNKNOWN_OFFSET = -1;

    /** In a session that goes on there would have been a request by then. */
    private static final long DOUBT_NANOS = TimeUnit.SECONDS.toNanos(2);

    /** One that is told of news too early asks again once or twice. */
    private static final int STUCK = 4;

    private final int id;
    private volatile long endOffset = UNKNOWN_OFFSET;
    private volatile long logStartOffset = UNKNOWN_OFFSET;
    private long brokerEpoch = Brokers.NO_EPOCH;
    private volatile long caughtUpAtNanos;
    private volatile boolean everCaughtUp;
    private long lastFetchNanos;
    private long leaderEndAtLastFetch = Long.MAX_VALUE;
    private ReplicaFetch.Source source = ReplicaFetch.Source.ENDED;
    /** How often in a row it has come to ask again for what it had been given. */
    private int askedAgain;

    private boolean inDoubt;
    private long inDoubtSinceNanos;

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

    /** As the replica said with its last fetch; -1 if it names none, or has not fetched. */
    long brokerEpoch() {
        return brokerEpoch;
    }

    /** When it fetched last, or this leader began. */
    long lastFetchNanos() {
        return lastFetchNanos;
    }

    /** Whether an earlier run of the replica has sent {@code fetch}. */
    boolean isOfEarlierRun(ReplicaFetch fetch) {
        return fetch.brokerEpoch() >= 0 && fetch.brokerEpoch() < brokerEpoch;
    }

    /** Whether {@code fetch} may come late, and not say where the replica is now. */
    boolean isDoubtful(ReplicaFetch fetch, long nowNanos) {
        return fetch.opening()
                && fetch.source() != source
                && !source.hasEnded()
                && fetch.brokerEpoch() <= brokerEpoch
                && !(inDoubt && nowNanos - inDoubtSinceNanos >= DOUBT_NANOS);
    }

    /** It may fetch from {@code fetch.offset()} on, or from where it was: soon it will tell. */
    void mayBeAt(ReplicaFetch fetch, long leaderEnd, long nowNanos) {
        leaderAppends(leaderEnd, nowNanos); // if it had everything, it has had it until now
        endOffset = Math.min(endOffset, fetch.offset());
        logStartOffset = Math.min(logStartOffset, fetch.logStartOffset());
        if (!inDoubt) {
            inDoubt = true;
            inDoubtSinceNanos = nowNanos;
        }
        source.repeat();
        fetch.source().repeat();
    }

    /** It fetches from {@code fetch.offset()} on, so it has stored all before that. */
    void fetches(ReplicaFetch fetch, long leaderEnd, long nowNanos) {
        long offset = fetch.offset();
        if (offset >= leaderEnd) {
            caughtUpAt(nowNanos);
        } else if (offset >= leaderEndAtLastFetch) {
            caughtUpAt(everCaughtUp ? Math.max(caughtUpAtNanos, lastFetchNanos) : lastFetchNanos);
        }
        askedAgain = offset == endOffset && offset < leaderEndAtLastFetch ? askedAgain + 1 : 0;
        endOffset = offset;
        logStartOffset = fetch.logStartOffset();
        brokerEpoch = fetch.brokerEpoch();
        source = fetch.source();
        inDoubt = false;
        leaderEndAtLastFetch = leaderEnd;
        lastFetchNanos = nowNanos;
    }

    /** Whether it takes nothing of what it is given, so that somebody should look why; as time goes on less and less often. */
    boolean isStuck() {
        return askedAgain >= STUCK && Integer.bitCount(askedAgain) == 1;
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

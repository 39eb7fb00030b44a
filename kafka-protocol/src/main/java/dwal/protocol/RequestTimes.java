package dwal.protocol;

import org.jspecify.annotations.Nullable;

/**
 * When a request was where, as its handler noted it: for those who want to know why it was slow. In nanoseconds of the node's
 * clock, 0 for not at all. Written by handlers before their answer completes, read after that.
 */
public final class RequestTimes {
    /** No follower was waited for. */
    public static final int NOBODY = -1;

    private @Nullable String topic;
    private int partition;
    private boolean opened;
    private long createdNanos;
    private long begunNanos;
    private long writtenNanos;
    private long storedNanos;
    private long committedNanos;
    private int lastFollower = NOBODY;
    private long wantedWaitNanos;
    private boolean onlyWaits;
    private int throttledMs;
    private @Nullable String quota;
    private boolean exempt;

    /**
     * Its records were appended; of several partitions the one counts that was ready last.
     *
     * @param opened whether the partition had to be opened first
     * @param begun when the partition came to it
     * @param written when the records were in the file
     * @param stored when this node had them synced, as far as that is asked for
     * @param committed when all in-sync replicas had them
     * @param lastFollower whom that waited for
     */
    public void appended(
            String topic,
            int partition,
            boolean opened,
            long begun,
            long written,
            long stored,
            long committed,
            int lastFollower) {
        this.topic = topic;
        this.partition = partition;
        this.opened = opened;
        this.begunNanos = begun;
        this.writtenNanos = written;
        this.storedNanos = stored;
        this.committedNanos = committed;
        this.lastFollower = lastFollower;
    }

    /** Its topic had to be created, and was there at {@code nanos}. */
    public void topicCreated(long nanos) {
        if (createdNanos == 0) {
            createdNanos = nanos;
        }
    }

    /** It has waited for so long because its client wants it to: for records to fetch. */
    public void waitedAsWanted(long nanos) {
        wantedWaitNanos = nanos;
    }

    /** All that its handler does is waiting, because that is what was asked for: for the members of a group. */
    public void onlyWaits() {
        onlyWaits = true;
    }

    /** Its client has used more than its {@code quota} allows, and must pause. Of several quotas the longest pause counts. */
    public void throttled(int ms, String quota) {
        if (ms > throttledMs) {
            throttledMs = ms;
            this.quota = quota;
        }
    }

    /** It comes from another node, not from a client: its time counts against no quota. */
    public void exempt() {
        exempt = true;
    }

    /** Of a partition that it appended to; null if there is none. */
    public @Nullable String topic() {
        return topic;
    }

    public int partition() {
        return partition;
    }

    /** Whether that had to be opened first. */
    public boolean opened() {
        return opened;
    }

    /** When its topic was there, if that had to be created first. */
    public long createdNanos() {
        return createdNanos;
    }

    public long begunNanos() {
        return begunNanos;
    }

    public long writtenNanos() {
        return writtenNanos;
    }

    public long storedNanos() {
        return storedNanos;
    }

    public long committedNanos() {
        return committedNanos;
    }

    public int lastFollower() {
        return lastFollower;
    }

    /** For how many ms its client must pause. */
    public int throttledMs() {
        return throttledMs;
    }

    /** Which quota makes it pause, as it is called where it is set; null if none. */
    public @Nullable String quota() {
        return quota;
    }

    /** Whether its time counts against no quota. */
    public boolean isExempt() {
        return exempt;
    }

    /** How long it waited as its client wants, of {@code handlingNanos} that its handler took. */
    public long wantedWaitNanos(long handlingNanos) {
        return onlyWaits ? handlingNanos : Math.min(wantedWaitNanos, handlingNanos);
    }
}

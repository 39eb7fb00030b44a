package dwal.replication;

import dwal.log.EpochEnd;
import dwal.log.PartitionLog;
import dwal.log.ReadOutcome;
import java.util.List;
import java.util.function.Supplier;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * What consumers and followers are given of a partition, by the role that this node has in it. Any thread: it looks at what the
 * partition's strand has published, and waits for nobody.
 */
public final class PartitionReads {
    private final PartitionLog log;
    private final Replication replication;
    private final Supplier<Role> role;
    private volatile boolean throttled;

    PartitionReads(PartitionLog log, Replication replication, Supplier<Role> role) {
        this.log = log;
        this.replication = replication;
        this.role = role;
    }

    /** Whether the quota for replication holds for what this leader sends to followers. */
    void setThrottled(boolean throttled) {
        this.throttled = throttled;
    }

    /** Reads for a follower, up to the log's end; otherwise as {@link #read}. */
    public FetchOutcome readAsReplica(ReplicaFetch fetch, int maxBytes, boolean atLeastOne) {
        Errors error = checkLeader(fetch.currentLeaderEpoch());
        if (error == Errors.NONE) {
            error = checkReplica(fetch);
        }
        if (error != Errors.NONE) {
            return FetchOutcome.refused(error);
        }
        boolean waits = mustWait(fetch.replicaId());
        return read(
                fetch.offset(),
                fetch.lastFetchedEpoch(),
                Isolation.LOG_END,
                waits ? 0 : maxBytes,
                atLeastOne && !waits);
    }

    /** A throttled follower gets nothing while the quota is used up, but not one that is in sync: that would put it out. */
    private boolean mustWait(int replicaId) {
        return throttled
                && replication.quotas().leader().isExceeded()
                && role.get() instanceof Leader leader
                && !leader.isInSync(replicaId);
    }

    /** Counts what is sent to a follower. */
    public void sent(int bytes) {
        if (throttled) {
            replication.quotas().leader().record(bytes);
        }
    }

    /**
     * Reads whole batches from {@code offset} on, if this node leads. The partition must be open.
     *
     * @param currentLeaderEpoch the leader epoch the reader knows, or -1
     * @param lastFetchedEpoch epoch of the last record the reader has, or -1
     * @param maxBytes at most so many bytes, but one batch if {@code atLeastOne}; {@code UNKNOWN_SERVER_ERROR} where less than none
     *     are to be read of something
     */
    public FetchOutcome read(
            long offset,
            int currentLeaderEpoch,
            int lastFetchedEpoch,
            Isolation isolation,
            int maxBytes,
            boolean atLeastOne) {
        Errors error = checkLeader(currentLeaderEpoch);
        return error == Errors.NONE
                ? read(offset, lastFetchedEpoch, isolation, maxBytes, atLeastOne)
                : FetchOutcome.refused(error);
    }

    /**
     * As {@link #read}, also if this node follows (KIP-392): then up to the high watermark that it knows. Whether there is
     * an offset behind its end is not for a follower to say.
     */
    public FetchOutcome readFromAnyReplica(
            long offset,
            int currentLeaderEpoch,
            int lastFetchedEpoch,
            Isolation isolation,
            int maxBytes,
            boolean atLeastOne) {
        Role now = role.get();
        if (!(now instanceof Follower)) {
            return read(offset, currentLeaderEpoch, lastFetchedEpoch, isolation, maxBytes, atLeastOne);
        }
        Errors error = checkEpoch(now, currentLeaderEpoch);
        if (error != Errors.NONE) {
            return FetchOutcome.refused(error);
        }
        return offset > log.logEndOffset()
                ? FetchOutcome.refused(Errors.OFFSET_NOT_AVAILABLE)
                : read(offset, lastFetchedEpoch, isolation, maxBytes, atLeastOne);
    }

    /** Sends a reader that knows {@code currentLeaderEpoch}, or -1, to {@code preferredReadReplica} instead of reading. */
    public FetchOutcome sendTo(int preferredReadReplica, int currentLeaderEpoch) {
        Errors error = checkLeader(currentLeaderEpoch);
        return error != Errors.NONE
                ? FetchOutcome.refused(error)
                : new FetchOutcome(
                        Errors.NONE,
                        log.highWatermark(),
                        log.lastStableOffset(),
                        log.logStartOffset(),
                        null,
                        List.of(),
                        null,
                        preferredReadReplica);
    }

    /** {@code NONE} if this node leads and {@code currentLeaderEpoch} is -1 or its epoch; else the error (KIP-320). */
    public Errors checkLeader(int currentLeaderEpoch) {
        Role now = role.get();
        if (now instanceof Offline offline) {
            return offline.error();
        }
        Errors error = checkEpoch(now, currentLeaderEpoch);
        return error == Errors.NONE && !(now instanceof Leader) ? Errors.NOT_LEADER_OR_FOLLOWER : error;
    }

    private static Errors checkEpoch(Role role, int currentLeaderEpoch) {
        int epoch = role instanceof Leader leader ? leader.epoch() : ((Follower) role).epoch();
        if (currentLeaderEpoch == -1 || currentLeaderEpoch == epoch) {
            return Errors.NONE;
        }
        return currentLeaderEpoch < epoch ? Errors.FENCED_LEADER_EPOCH : Errors.UNKNOWN_LEADER_EPOCH;
    }

    /** Whether a replica of {@code leader} sends {@code fetch}, in its epoch, and has a log that agrees with this one. */
    boolean isOfThisLog(ReplicaFetch fetch, Leader leader) {
        return (fetch.currentLeaderEpoch() < 0 || leader.epoch() == fetch.currentLeaderEpoch())
                && checkReplica(fetch) == Errors.NONE
                && agrees(fetch);
    }

    private boolean agrees(ReplicaFetch fetch) {
        return fetch.offset() >= log.logStartOffset()
                && fetch.offset() <= log.logEndOffset()
                && !isUnknown(fetch.lastFetchedEpoch())
                && divergence(fetch.offset(), fetch.lastFetchedEpoch()) == null;
    }

    /** Whether who fetches is to follow here, and is registered, in the present epoch of its broker if it names one. */
    private Errors checkReplica(ReplicaFetch fetch) {
        if (!(role.get() instanceof Leader leader && leader.isFollower(fetch.replicaId()))) {
            // With the right leader epoch: the metadata that make it a replica have not come here yet.
            return fetch.currentLeaderEpoch() < 0 ? Errors.NOT_LEADER_OR_FOLLOWER : Errors.UNKNOWN_LEADER_EPOCH;
        }
        long registered = replication.brokers().epochOf(fetch.replicaId());
        boolean ofEarlierRun = fetch.brokerEpoch() != Brokers.NO_EPOCH && fetch.brokerEpoch() < registered;
        return registered == Brokers.NO_EPOCH || ofEarlierRun ? Errors.NOT_LEADER_OR_FOLLOWER : Errors.NONE;
    }

    private FetchOutcome read(
            long offset, int lastFetchedEpoch, Isolation isolation, int maxBytes, boolean atLeastOne) {
        long highWatermark = log.highWatermark();
        long lastStable = log.lastStableOffset();
        if (isUnknown(lastFetchedEpoch)) {
            // An epoch that we know nothing of, so nothing to go back to: the reader starts anew by its own rule.
            return FetchOutcome.refused(Errors.OFFSET_OUT_OF_RANGE);
        }
        FetchOutcome.Diverging diverging = divergence(offset, lastFetchedEpoch);
        if (diverging != null) {
            return new FetchOutcome(
                    Errors.NONE,
                    highWatermark,
                    lastStable,
                    log.logStartOffset(),
                    null,
                    List.of(),
                    diverging,
                    FetchOutcome.HERE);
        }
        long limit = switch (isolation) {
            case READ_UNCOMMITTED -> highWatermark;
            case READ_COMMITTED -> lastStable;
            case LOG_END -> log.logEndOffset();
        };
        if (maxBytes < 0 && offset >= log.logStartOffset() && offset < limit) {
            // As in Kafka, which fails at it where there is something to read, and only there.
            return FetchOutcome.refused(Errors.UNKNOWN_SERVER_ERROR);
        }
        ReadOutcome read = log.read(offset, limit, maxBytes, atLeastOne, isolation == Isolation.READ_COMMITTED);
        if (read.error() != Errors.NONE) {
            read.records().release();
            return FetchOutcome.refused(read.error());
        }
        return new FetchOutcome(
                Errors.NONE,
                highWatermark,
                lastStable,
                log.logStartOffset(),
                read.records(),
                read.abortedTransactions(),
                null,
                FetchOutcome.HERE);
    }

    /** Whether this log knows of no epoch as old as {@code lastFetchedEpoch}. */
    private boolean isUnknown(int lastFetchedEpoch) {
        return lastFetchedEpoch >= 0 && log.endOffsetFor(lastFetchedEpoch).epoch() < 0;
    }

    private FetchOutcome.@Nullable Diverging divergence(long offset, int lastFetchedEpoch) {
        if (lastFetchedEpoch < 0) {
            return null;
        }
        EpochEnd end = log.endOffsetFor(lastFetchedEpoch);
        if (end.epoch() < lastFetchedEpoch || end.endOffset() < offset) {
            return new FetchOutcome.Diverging(end.epoch(), end.endOffset());
        }
        return null;
    }
}

package dwal.replication;

import dwal.log.AppendOutcome;
import dwal.log.EpochEnd;
import dwal.log.PartitionLog;
import dwal.replication.Replicated.Next;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.apache.kafka.common.message.FetchResponseData.EpochEndOffset;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * The follower's role in one partition: appends what the leader sends, cuts off what the leader does not have, and takes
 * over its high watermark and log start offset. Owned by the partition's strand.
 *
 * <p>Rules it keeps: where the logs part is decided by leader epochs, never by high watermarks (promise O4); the position
 * it gives to fetch from is behind nothing that is not stored, for the leader counts all before it as stored here. With
 * {@code dwal.sync=commit} it therefore gives its next position only when what it appended is synced; that is all that
 * a follower of ours does other than Kafka's, and no leader can tell.
 */
final class Follower implements Role {
    private final PartitionLog log;
    private final int leaderId;
    private final int epoch;
    private @Nullable Consumer<Next> waiting;
    /** As the leader said last, or -1. */
    private long leadersHighWatermark = -1;
    /** The log start offset of the leader's that is being taken over. */
    private long startAsked;

    Follower(Assignment assignment, PartitionLog log) {
        this.log = log;
        this.leaderId = assignment.leaderId();
        this.epoch = assignment.leaderEpoch();
    }

    int leaderId() {
        return leaderId;
    }

    int epoch() {
        return epoch;
    }

    /**
     * Calls {@code done} with the position to fetch from, when all before it is stored and so is the log start offset that
     * the leader has told; now or later.
     */
    void whenStored(Consumer<Next> done) {
        resign(); // nobody else can wait; if somebody did, he must not wait for ever
        waiting = done;
        stored();
    }

    /** More may be stored. */
    void stored() {
        Consumer<Next> done = waiting;
        if (done != null && log.storedOffset() >= log.logEndOffset() && log.logStartOffset() >= startAsked) {
            waiting = null;
            done.accept(position());
        }
    }

    private Next position() {
        return new Next.Fetch(log.logEndOffset(), log.latestEpoch().orElse(-1), log.logStartOffset(), epoch);
    }

    /** Appends what the leader sent, which has no error and no diverging epoch; gives what is wrong with it. */
    AppendOutcome append(@Nullable ByteBuffer records, PartitionData said) {
        AppendOutcome outcome = records == null || !records.hasRemaining()
                ? AppendOutcome.appended(-1, -1, -1, log.logStartOffset(), false)
                : log.appendAsFollower(records, epoch);
        if (outcome.error() == Errors.NONE) {
            leadersHighWatermark = said.highWatermark();
            log.updateHighWatermark(Math.min(said.highWatermark(), log.logEndOffset()));
            long start = Math.min(said.logStartOffset(), log.highWatermark());
            if (start > Math.max(startAsked, log.logStartOffset())) {
                startAsked = start;
                log.deleteRecordsBefore(start, raised -> {
                    if (raised.error() != Errors.NONE) {
                        startAsked = log.logStartOffset(); // the leader will say it again
                    }
                    stored();
                });
            }
        }
        return outcome;
    }

    /** Whether it is not known to have all that is committed. */
    boolean lags() {
        return leadersHighWatermark < 0 || log.logEndOffset() < leadersHighWatermark;
    }

    /** Where to cut this log, when the leader has said that its own, up to {@code there.epoch()}, ends before ours (KIP-595). */
    long cutFor(EpochEndOffset there) {
        if (there.endOffset() < 0) {
            return log.highWatermark();
        }
        EpochEnd here = log.endOffsetFor(there.epoch());
        if (here.endOffset() < 0) {
            return there.endOffset();
        }
        // With a smaller epoch than the leader spoke of this is a step: the next answer tells of the next.
        return here.epoch() == there.epoch() ? Math.min(here.endOffset(), there.endOffset()) : here.endOffset();
    }

    /** This node has another role, or the same in another epoch. */
    void resign() {
        Consumer<Next> done = waiting;
        waiting = null;
        if (done != null) {
            done.accept(Next.STOP);
        }
    }
}

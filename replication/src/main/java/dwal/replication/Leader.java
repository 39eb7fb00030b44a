package dwal.replication;

import dwal.log.AppendOrigin;
import dwal.log.AppendOutcome;
import dwal.log.PartitionLog;
import java.util.function.Consumer;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;

/**
 * The leader's role in one partition: appends, and decides the high watermark. Owned by the partition's strand.
 *
 * <p>Rules it keeps: an acks=all append is answered only when the high watermark has passed it (promise D1); the high
 * watermark is what every in-sync replica has stored, and never goes back.
 */
final class Leader implements Role {
    private static final short ALL = -1;

    private final Assignment assignment;
    private final PartitionLog log;
    private final CommitQueue commits;
    private int minInSyncReplicas;

    Leader(Assignment assignment, PartitionLog log, int minInSyncReplicas, CommitQueue commits) {
        this.assignment = assignment;
        this.log = log;
        this.minInSyncReplicas = minInSyncReplicas;
        this.commits = commits;
    }

    int epoch() {
        return assignment.leaderEpoch();
    }

    void setMinInSyncReplicas(int minInSyncReplicas) {
        this.minInSyncReplicas = minInSyncReplicas;
    }

    /** Appends {@code records} and calls {@code done} when they are stored as {@code acks} demands. */
    void append(MemoryRecords records, AppendOrigin origin, short acks, int timeoutMs, Consumer<AppendOutcome> done) {
        int needed = Math.min(minInSyncReplicas, assignment.replicas().size());
        int inSync = assignment.inSync().size();
        if (acks == ALL && inSync < needed) {
            done.accept(AppendOutcome.refused(
                    Errors.NOT_ENOUGH_REPLICAS,
                    "Only " + inSync + " replicas are in sync, min.insync.replicas asks for " + needed + "."));
            return;
        }
        AppendOutcome outcome = log.append(records, origin, epoch());
        if (outcome.error() != Errors.NONE) {
            done.accept(outcome);
            return;
        }
        advanceHighWatermark();
        if (acks == ALL && log.highWatermark() <= outcome.lastOffset()) {
            commits.await(outcome.lastOffset() + 1, timeoutMs, outcome, done);
        } else {
            done.accept(outcome);
        }
    }

    /** Moves the high watermark to what all in-sync replicas have stored; true if it moved. */
    boolean advanceHighWatermark() {
        long stored = log.storedOffset();
        if (stored <= log.highWatermark()) {
            return false;
        }
        log.updateHighWatermark(stored);
        commits.complete(stored);
        return true;
    }

    /** Answers all who wait, since this node does not lead any more. */
    void resign(Errors error, String message) {
        commits.fail(error, message);
    }
}

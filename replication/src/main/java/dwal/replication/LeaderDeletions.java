package dwal.replication;

import dwal.environment.Timer;
import dwal.log.AppendOutcome;
import dwal.log.PartitionLog;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * What clients of one leader want deleted (DeleteRecords): its log start offset is raised at once, and the answer waits until all
 * live followers have raised theirs. Owned by the partition's strand.
 */
final class LeaderDeletions {
    private static final String ENDED = "The leadership ended while the records were being deleted.";

    private final PartitionLog log;
    private final Followers followers;
    private final Brokers brokers;
    private final Supplier<Assignment> assignment;
    private final LowWatermarkQueue waiting;
    private boolean ended;
    /** Those of this node's leadership in the next epoch, if that followed on this one. */
    private @Nullable LeaderDeletions successor;

    /**
     * None yet.
     *
     * @param assignment as it is now; read on the strand
     * @param strand runs a task on the partition's strand
     */
    LeaderDeletions(
            PartitionLog log,
            Followers followers,
            Brokers brokers,
            Supplier<Assignment> assignment,
            Timer timer,
            Consumer<Runnable> strand) {
        this.log = log;
        this.followers = followers;
        this.brokers = brokers;
        this.assignment = assignment;
        this.waiting = new LowWatermarkQueue(timer, strand);
    }

    /**
     * Raises the log start offset here, and calls {@code done} when all live followers have followed; on the strand.
     *
     * @param timeoutMs how long to wait for them
     */
    void deleteBefore(long offset, int timeoutMs, Consumer<AppendOutcome> done) {
        log.deleteRecordsBefore(offset, outcome -> {
            if (outcome.error() != Errors.NONE) {
                done.accept(outcome);
            } else {
                await(offset, timeoutMs, done);
            }
        });
    }

    private void await(long offset, int timeoutMs, Consumer<AppendOutcome> done) {
        if (successor != null) {
            successor.await(offset, timeoutMs, done);
        } else if (ended) {
            done.accept(AppendOutcome.refused(Errors.NOT_LEADER_OR_FOLLOWER, ENDED));
        } else {
            waiting.await(offset, timeoutMs, done);
            complete();
        }
    }

    /** Answers those that all live replicas have followed by now. */
    void complete() {
        if (!waiting.isEmpty()) {
            waiting.complete(lowWatermark());
        }
    }

    /** The least log start offset of the live replicas; of one that has not fetched yet none is known. */
    private long lowWatermark() {
        long least = log.logStartOffset();
        for (RemoteReplica follower : followers) {
            if (brokers.isEligible(follower.id()) && !assignment.get().lost().contains(follower.id())) {
                least = Math.min(least, follower.logStartOffset());
            }
        }
        return least;
    }

    /** Goes on for those that wait at {@code former}, of the same log. */
    void takeOver(LeaderDeletions former) {
        waiting.takeOver(former.waiting);
        former.successor = this;
    }

    /** Answers all with {@code error}, since this node does not lead any more. */
    void end(Errors error) {
        ended = true;
        waiting.fail(error, ENDED);
    }
}

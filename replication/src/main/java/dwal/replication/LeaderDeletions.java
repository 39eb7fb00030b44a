package dwal.replication;

import dwal.log.AppendOutcome;
import dwal.log.PartitionLog;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DeleteRecordsRequest;
import org.jspecify.annotations.Nullable;

/**
 * What clients of one leader want deleted (DeleteRecords): its log start offset is raised at once, and the answer waits until all
 * live followers have raised theirs. What lies behind a high watermark that may be older than what an earlier leader told waits
 * until it is not. Owned by the partition's strand.
 */
final class LeaderDeletions {
    private static final String ENDED = "The leadership ended while the records were being deleted.";
    private static final long UP_TO_HIGH_WATERMARK = DeleteRecordsRequest.HIGH_WATERMARK;

    private final PartitionLog log;
    private final Followers followers;
    private final Partition.Surroundings around;
    private final Supplier<Assignment> assignment;
    private final long epochStartOffset;
    /** Those that begin when the high watermark has reached {@link #epochStartOffset}. */
    private final WatermarkQueue early;
    /** Those that are done here, and end when the low watermark has reached their offset. */
    private final WatermarkQueue waiting;

    /** Why this node does not lead any more; {@code NONE} if it does. */
    private Errors ended = Errors.NONE;
    /** Those of this node's leadership in the next epoch, if that followed on this one. */
    private @Nullable LeaderDeletions successor;

    /**
     * None yet.
     *
     * @param assignment as it is now; read on the strand
     * @param epochStartOffset where the leader's own records begin
     * @param strand runs a task on the partition's strand
     */
    LeaderDeletions(
            PartitionLog log,
            Followers followers,
            Partition.Surroundings around,
            Supplier<Assignment> assignment,
            long epochStartOffset,
            Consumer<Runnable> strand) {
        this.log = log;
        this.followers = followers;
        this.around = around;
        this.assignment = assignment;
        this.epochStartOffset = epochStartOffset;
        this.early = new WatermarkQueue(
                around.timer(),
                strand,
                "Nothing is deleted: the leader does not know yet how far its records are committed.");
        this.waiting = new WatermarkQueue(
                around.timer(), strand, "The records are deleted here, but not yet at all followers; they will be.");
    }

    /**
     * Raises the log start offset here to {@code offset} (-1: the high watermark), and {@code waiter} is done when all live followers
     * have followed; on the strand.
     *
     * @param timeoutMs how long to wait for the high watermark, and for the followers
     */
    void deleteBefore(long offset, int timeoutMs, Waiter waiter) {
        if (!log.settings().deletes()) {
            waiter.done(AppendOutcome.refused(
                    Errors.POLICY_VIOLATION, "The topic's cleanup.policy does not have \"delete\": its records stay."));
            return;
        }
        long highWatermark = log.highWatermark();
        boolean mayBeBelowAnother =
                offset == UP_TO_HIGH_WATERMARK || (offset > highWatermark && offset <= log.logEndOffset());
        if (mayBeBelowAnother && highWatermark < epochStartOffset) {
            waitForHighWatermark(offset, timeoutMs, waiter);
            return;
        }
        long target = offset == UP_TO_HIGH_WATERMARK ? highWatermark : offset;
        if (target < 0 || target > highWatermark) {
            waiter.done(AppendOutcome.refused(
                    Errors.OFFSET_OUT_OF_RANGE,
                    "Records can be deleted up to the high watermark, which is " + highWatermark + "."));
            return;
        }
        log.deleteRecordsBefore(target, outcome -> {
            if (outcome.error() != Errors.NONE) {
                waiter.done(outcome);
            } else {
                await(target, timeoutMs, waiter);
            }
        });
    }

    private void waitForHighWatermark(long offset, int timeoutMs, Waiter waiter) {
        long begunNanos = around.clock().nanoTime();
        early.await(epochStartOffset, timeoutMs, new Waiter() {
            @Override
            public void done(AppendOutcome outcome) {
                if (outcome.error() != Errors.NONE) {
                    waiter.done(outcome);
                    return;
                }
                long tookMs = TimeUnit.NANOSECONDS.toMillis(around.clock().nanoTime() - begunNanos);
                LeaderDeletions now = successor == null ? LeaderDeletions.this : successor;
                now.deleteBefore(offset, (int) Math.max(0, timeoutMs - tookMs), waiter);
            }

            @Override
            public boolean hasLeft() {
                return waiter.hasLeft();
            }
        });
    }

    /** The high watermark has moved. */
    void advanced() {
        if (!early.isEmpty()) {
            early.complete(log.highWatermark());
        }
    }

    /** As {@link WatermarkQueue#waiterLeft}. */
    void waiterLeft() {
        early.waiterLeft();
        waiting.waiterLeft();
    }

    private void await(long offset, int timeoutMs, Waiter waiter) {
        if (successor != null) {
            successor.await(offset, timeoutMs, waiter);
        } else if (ended != Errors.NONE) {
            waiter.done(AppendOutcome.refused(ended, ENDED));
        } else {
            waiting.await(offset, timeoutMs, waiter);
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
        Brokers brokers = around.replication().brokers();
        for (RemoteReplica follower : followers) {
            if (brokers.isEligible(follower.id()) && !assignment.get().lost().contains(follower.id())) {
                least = Math.min(least, follower.logStartOffset());
            }
        }
        return least;
    }

    /** Goes on for those that wait at {@code former}, of the same log. */
    void takeOver(LeaderDeletions former) {
        early.takeOver(former.early);
        waiting.takeOver(former.waiting);
        former.successor = this;
    }

    /** Answers all with {@code error}, since this node does not lead any more. */
    void end(Errors error) {
        ended = error;
        early.fail(error, ENDED);
        waiting.fail(error, ENDED);
    }
}

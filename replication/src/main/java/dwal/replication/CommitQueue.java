package dwal.replication;

import dwal.environment.Clock;
import dwal.environment.Timer;
import dwal.log.AppendOutcome;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Appends of one leader that wait for the high watermark (acks=all). Owned by the partition's strand.
 *
 * <p>One timer at most is under way, and none while nobody waits.
 */
final class CommitQueue {
    private static final class Waiting {
        private final long endOffset;
        private final long deadlineNanos;
        private final AppendOutcome outcome;
        private final Appending append;
        private long storedNanos;

        Waiting(long endOffset, long deadlineNanos, AppendOutcome outcome, Appending append) {
            this.endOffset = endOffset;
            this.deadlineNanos = deadlineNanos;
            this.outcome = outcome;
            this.append = append;
        }
    }

    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    /** Those of them that are not stored here yet. */
    private final ArrayDeque<Waiting> unstored = new ArrayDeque<>();

    private final Clock clock;
    private final Timer timer;
    private final Consumer<Runnable> strand;
    private final ReplicationMetrics metrics;
    private final IntSupplier lastFollower;
    private Timer.@Nullable Timeout timeout;
    private long timeoutAtNanos;

    /** @param lastFollower which follower the high watermark waits for */
    CommitQueue(
            Clock clock, Timer timer, Consumer<Runnable> strand, ReplicationMetrics metrics, IntSupplier lastFollower) {
        this.clock = clock;
        this.timer = timer;
        this.strand = strand;
        this.metrics = metrics;
        this.lastFollower = lastFollower;
    }

    /**
     * Ends {@code append} with {@code outcome} when the high watermark has reached {@code endOffset}, or with a time-out.
     *
     * @param stored whether the records are stored here already
     */
    void await(long endOffset, int timeoutMs, AppendOutcome outcome, boolean stored, Appending append) {
        long now = clock.nanoTime();
        append.written(now);
        long deadline = now + timeoutMs * 1_000_000L;
        var one = new Waiting(endOffset, deadline, outcome, append);
        waiting.add(one);
        if (stored) {
            one.storedNanos = now;
        } else {
            unstored.add(one);
        }
        metrics.waits();
        if (timeout == null) {
            arm(deadline, timeoutMs);
        } else if (deadline - timeoutAtNanos < 0) {
            timeout.cancel();
            arm(deadline, timeoutMs);
        }
    }

    /** Goes on for those who wait in {@code former}, for records of the same log. */
    void takeOver(CommitQueue former) {
        waiting.addAll(former.waiting);
        unstored.addAll(former.unstored);
        former.waiting.clear();
        former.unstored.clear();
        if (former.timeout != null) {
            former.timeout.cancel();
            former.timeout = null;
            arm(former.timeoutAtNanos, (former.timeoutAtNanos - clock.nanoTime()) / 1_000_000 + 1);
        }
    }

    /** What lies below {@code offset} is stored here. */
    void stored(long offset) {
        Waiting first = unstored.peek();
        if (first != null && first.endOffset <= offset) {
            stored(offset, clock.nanoTime());
        }
    }

    private void stored(long offset, long now) {
        for (Waiting w = unstored.peek(); w != null && w.endOffset <= offset; w = unstored.peek()) {
            unstored.remove();
            w.storedNanos = now;
        }
    }

    /** Answers those whose records are below {@code highWatermark}. */
    void complete(long highWatermark) {
        Waiting first = waiting.peek();
        if (first != null && first.endOffset <= highWatermark) {
            long now = clock.nanoTime();
            stored(highWatermark, now);
            for (Waiting w = first; w != null && w.endOffset <= highWatermark; w = waiting.peek()) {
                waiting.remove();
                end(w, w.outcome, now);
            }
        }
        if (waiting.isEmpty() && timeout != null) {
            timeout.cancel();
            timeout = null;
        }
    }

    private void end(Waiting w, AppendOutcome outcome, long now) {
        metrics.waitsNoMore();
        w.append.waited(now, w.storedNanos, lastFollower.getAsInt());
        w.append.done(outcome);
    }

    /** Answers all with {@code error}: their records may or may not be kept. */
    void fail(Errors error, String message) {
        for (Waiting w = waiting.poll(); w != null; w = waiting.poll()) {
            end(w, AppendOutcome.refused(error, message), clock.nanoTime());
        }
        unstored.clear();
        complete(Long.MIN_VALUE);
    }

    private void arm(long deadlineNanos, long delayMs) {
        timeoutAtNanos = deadlineNanos;
        timeout = timer.after(Math.max(delayMs, 0), () -> strand.accept(this::expire));
    }

    private void expire() {
        if (timeout == null) {
            return; // all were answered between the timer's call and this one
        }
        timeout = null;
        long now = clock.nanoTime();
        List<Waiting> late = new ArrayList<>();
        long earliest = Long.MAX_VALUE;
        for (Waiting w : waiting) {
            long left = w.deadlineNanos - now;
            if (left <= 0) {
                late.add(w);
            } else {
                earliest = Math.min(earliest, left);
            }
        }
        waiting.removeAll(late);
        unstored.removeAll(late);
        if (!waiting.isEmpty()) {
            arm(now + earliest, earliest / 1_000_000 + 1);
        }
        for (Waiting w : late) {
            AppendOutcome outcome = AppendOutcome.refused(
                    Errors.REQUEST_TIMED_OUT,
                    "The records were written, but not replicated and synced in the time that the request allows;"
                            + " they may still be.");
            end(w, outcome, now);
        }
    }
}

package dwal.replication;

import dwal.environment.Clock;
import dwal.environment.Timer;
import dwal.log.AppendOutcome;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Appends of one leader that wait for the high watermark (acks=all). Owned by the partition's strand.
 *
 * <p>One timer at most is under way, and none while nobody waits.
 */
final class CommitQueue {
    private record Waiting(long endOffset, long deadlineNanos, AppendOutcome outcome, Consumer<AppendOutcome> done) {}

    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private final Clock clock;
    private final Timer timer;
    private final Consumer<Runnable> strand;
    private final ReplicationMetrics metrics;
    private Timer.@Nullable Timeout timeout;
    private long timeoutAtNanos;

    CommitQueue(Clock clock, Timer timer, Consumer<Runnable> strand, ReplicationMetrics metrics) {
        this.clock = clock;
        this.timer = timer;
        this.strand = strand;
        this.metrics = metrics;
    }

    /** Calls {@code done} with {@code outcome} when the high watermark has reached {@code endOffset}, or with a time-out. */
    void await(long endOffset, int timeoutMs, AppendOutcome outcome, Consumer<AppendOutcome> done) {
        long deadline = clock.nanoTime() + timeoutMs * 1_000_000L;
        waiting.add(new Waiting(endOffset, deadline, outcome, done));
        metrics.waits();
        if (timeout == null) {
            arm(deadline, timeoutMs);
        } else if (deadline - timeoutAtNanos < 0) {
            timeout.cancel();
            arm(deadline, timeoutMs);
        }
    }

    /** Answers those whose records are below {@code highWatermark}. */
    void complete(long highWatermark) {
        for (Waiting w = waiting.peek(); w != null && w.endOffset <= highWatermark; w = waiting.peek()) {
            waiting.remove();
            metrics.waitsNoMore();
            w.done.accept(w.outcome);
        }
        if (waiting.isEmpty() && timeout != null) {
            timeout.cancel();
            timeout = null;
        }
    }

    /** Answers all with {@code error}: their records may or may not be kept. */
    void fail(Errors error, String message) {
        for (Waiting w = waiting.poll(); w != null; w = waiting.poll()) {
            metrics.waitsNoMore();
            w.done.accept(AppendOutcome.refused(error, message));
        }
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
        if (!waiting.isEmpty()) {
            arm(now + earliest, earliest / 1_000_000 + 1);
        }
        for (Waiting w : late) {
            metrics.waitsNoMore();
            w.done.accept(AppendOutcome.refused(
                    Errors.REQUEST_TIMED_OUT,
                    "The records were written, but not replicated and synced in the time that the request allows;"
                            + " they may still be."));
        }
    }
}

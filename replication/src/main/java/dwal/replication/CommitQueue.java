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
 * <p>The time that a request allows is for other replicas. Kafka's leader has stored what it has written, and answers at once
 * where no other replica is in sync, whatever that time; storing here takes a sync, for which the shortest time must do.
 *
 * <p>One timer at most is under way, and none while nobody waits.
 */
final class CommitQueue {
    /** For so long, at least, nobody is told of a time-out while his records are not stored here. */
    private static final long LONGEST_STORE_MS = 30_000;

    private static final class Waiting {
        private final long endOffset;
        private final long allowedNanos;
        private final AppendOutcome outcome;
        private final Appending append;
        private long deadlineNanos;
        private long storedNanos;
        private boolean letGo;

        Waiting(long endOffset, long allowedNanos, long deadlineNanos, AppendOutcome outcome, Appending append) {
            this.endOffset = endOffset;
            this.allowedNanos = allowedNanos;
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
    /** Whether some have been stored whose time may be over before {@link #timeout}, and the earliest end of it. */
    private boolean sooner;

    private long soonerAtNanos;
    /** How often somebody has left since those who had were let go. */
    private int left;

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
     * @param timeoutMs how long other replicas may take; 0 or less: no time at all
     * @param stored whether the records are stored here already
     */
    void await(long endOffset, int timeoutMs, AppendOutcome outcome, boolean stored, Appending append) {
        long now = clock.nanoTime();
        append.written(now);
        if (append.hasLeft()) {
            append.done(leaving());
            return;
        }
        long allowed = now + timeoutMs * 1_000_000L;
        long deadline = stored ? allowed : now + Math.max(timeoutMs, LONGEST_STORE_MS) * 1_000_000L;
        var one = new Waiting(endOffset, allowed, deadline, outcome, append);
        armFor(deadline, now);
        if (stored) {
            one.storedNanos = now;
        } else {
            unstored.add(one);
        }
        metrics.waits();
        waiting.add(one); // at the end: if anything throws, it does not wait
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
            armFor(former.timeoutAtNanos, clock.nanoTime());
        }
    }

    /** What lies below {@code offset} is stored here; {@link #timeStored} is to follow, and {@link #complete} before it if it can. */
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
            w.deadlineNanos = w.allowedNanos;
            if (!sooner || w.allowedNanos - soonerAtNanos < 0) {
                sooner = true;
                soonerAtNanos = w.allowedNanos;
            }
        }
    }

    /** From now on the time of those that have been stored, and wait for other replicas, is what their requests allow. */
    void timeStored() {
        if (sooner && !waiting.isEmpty()) {
            armFor(soonerAtNanos, clock.nanoTime());
        }
        sooner = false;
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

    /**
     * Somebody who waits here, or has waited, has left. Those who have are let go when they may be half of all: so each costs little, and
     * they are never more than those who stay.
     */
    void waiterLeft() {
        left++;
        if (2 * left < waiting.size()) {
            return;
        }
        left = 0;
        List<Waiting> gone = new ArrayList<>();
        waiting.removeIf(w -> w.append.hasLeft() && gone.add(w));
        gone.forEach(w -> w.letGo = true);
        unstored.removeIf(w -> w.letGo);
        gone.forEach(w -> end(w, leaving(), clock.nanoTime()));
        complete(Long.MIN_VALUE);
    }

    private static AppendOutcome leaving() {
        return AppendOutcome.refused(Errors.REQUEST_TIMED_OUT, "The records were written, but nobody waits any more.");
    }

    /** Has {@link #expire} called at {@code deadlineNanos}, if not before. */
    private void armFor(long deadlineNanos, long now) {
        if (timeout != null) {
            if (deadlineNanos - timeoutAtNanos >= 0) {
                return;
            }
            timeout.cancel();
        }
        timeoutAtNanos = deadlineNanos;
        long delayMs = Math.max(0, deadlineNanos - now + 999_999) / 1_000_000;
        timeout = timer.after(delayMs, () -> strand.accept(this::expire));
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
            armFor(now + earliest, now);
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

package dwal.replication;

import dwal.environment.Timer;
import dwal.log.AppendOutcome;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.common.protocol.Errors;

/**
 * Deletions of records of one leader that wait until an offset of its partition has come far enough: the low or the high
 * watermark. Owned by the partition's strand. Seldom more than one waits, so each has a timer of its own.
 */
final class WatermarkQueue {
    private static final class Waiting {
        private final long offset;
        private final Waiter waiter;
        private final Timer.Timeout timeout;
        private WatermarkQueue queue;

        Waiting(WatermarkQueue queue, long offset, int timeoutMs, Waiter waiter) {
            this.queue = queue;
            this.offset = offset;
            this.waiter = waiter;
            this.timeout = queue.timer.after(timeoutMs, () -> queue.strand.accept(this::expire));
        }

        private void expire() {
            if (queue.waiting.remove(this)) {
                waiter.done(queue.timedOut());
            }
        }

        private void answer(AppendOutcome outcome) {
            timeout.cancel();
            waiter.done(outcome);
        }
    }

    private final List<Waiting> waiting = new ArrayList<>();
    private final Timer timer;
    private final Consumer<Runnable> strand;
    private final String onTimeout;
    /** How often somebody has left since those who had were let go. */
    private int left;

    /**
     * Nobody waits yet.
     *
     * @param onTimeout what those are told whose time is up
     */
    WatermarkQueue(Timer timer, Consumer<Runnable> strand, String onTimeout) {
        this.timer = timer;
        this.strand = strand;
        this.onTimeout = onTimeout;
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /** {@code waiter} is done when the watermark has reached {@code offset}, or with a time-out. */
    void await(long offset, int timeoutMs, Waiter waiter) {
        if (waiter.hasLeft()) {
            waiter.done(timedOut());
        } else {
            waiting.add(new Waiting(this, offset, timeoutMs, waiter));
        }
    }

    /** Somebody who waits here, or has waited, has left. As {@link CommitQueue#waiterLeft}. */
    void waiterLeft() {
        left++;
        if (2 * left < waiting.size()) {
            return;
        }
        left = 0;
        List<Waiting> gone = new ArrayList<>();
        waiting.removeIf(one -> one.waiter.hasLeft() && gone.add(one));
        gone.forEach(one -> one.answer(timedOut()));
    }

    private AppendOutcome timedOut() {
        return AppendOutcome.refused(Errors.REQUEST_TIMED_OUT, onTimeout);
    }

    /** Goes on for those who wait in {@code former}, of the same log. */
    void takeOver(WatermarkQueue former) {
        former.waiting.forEach(one -> one.queue = this);
        waiting.addAll(former.waiting);
        former.waiting.clear();
    }

    /** Answers those who wait for no more than {@code watermark}. */
    void complete(long watermark) {
        for (Waiting one : List.copyOf(waiting)) {
            if (one.offset <= watermark && waiting.remove(one)) {
                one.answer(AppendOutcome.appended(-1, -1, -1, watermark, false));
            }
        }
    }

    /** Answers all with {@code error}. */
    void fail(Errors error, String message) {
        for (Waiting one : List.copyOf(waiting)) {
            if (waiting.remove(one)) {
                one.answer(AppendOutcome.refused(error, message));
            }
        }
    }
}

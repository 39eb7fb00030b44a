package dwal.coordinator;

import dwal.environment.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.server.util.timer.Timer;
import org.apache.kafka.server.util.timer.TimerTask;
import org.apache.kafka.server.util.timer.TimerTaskEntry;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process's timer in the shape that the embedded runtime takes: session timeouts, rebalance delays, write timeouts.
 * Unlike Kafka's it has no thread that wakes up five times a second, and in tests it follows the virtual clock. Any
 * thread; tasks run on the process timer's thread and only hand events to the coordinator's threads.
 *
 * <p>Nearly every task is cancelled before its time (a heartbeat moves its timeout, a write ends in time) and cannot tell us
 * so. Cancelled ones are therefore swept out whenever the queue has doubled since the last sweep: memory stays
 * proportional to the live tasks, at constant cost for each task.
 */
final class CoordinatorTimer implements Timer {
    private static final Logger LOG = LoggerFactory.getLogger(CoordinatorTimer.class);
    private static final int SMALLEST_SWEEP = 1024;

    /** A task and when it is due, on the monotonic clock. */
    private record Due(TimerTaskEntry entry, long nanos) {}

    private final Clock clock;
    private final dwal.environment.Timer timer;

    // All below: guarded by this.
    private final PriorityQueue<Due> queue = new PriorityQueue<>(Comparator.comparingLong(Due::nanos));
    private int sweepAt = SMALLEST_SWEEP;
    private dwal.environment.Timer.@Nullable Timeout alarm;
    private long alarmNanos;
    private boolean closed;

    CoordinatorTimer(Clock clock, dwal.environment.Timer timer) {
        this.clock = clock;
        this.timer = timer;
    }

    @Override
    public synchronized void add(TimerTask task) {
        if (closed) {
            return;
        }
        long nanos = clock.nanoTime() + TimeUnit.MILLISECONDS.toNanos(task.delayMs);
        queue.add(new Due(new TimerTaskEntry(task, TimeUnit.NANOSECONDS.toMillis(nanos)), nanos));
        if (queue.size() >= sweepAt) {
            queue.removeIf(due -> due.entry.cancelled());
            sweepAt = Math.max(SMALLEST_SWEEP, 2 * queue.size());
        }
        setAlarm();
    }

    /** Makes sure that the alarm goes off when the first task is due, or before. */
    private void setAlarm() {
        Due first = queue.peek();
        if (first == null || (alarm != null && alarmNanos <= first.nanos)) {
            return;
        }
        if (alarm != null) {
            alarm.cancel();
        }
        // One more than the rest in whole milliseconds: never early, so never twice.
        long delayMs = Math.max(0, TimeUnit.NANOSECONDS.toMillis(first.nanos - clock.nanoTime() + 999_999));
        alarmNanos = first.nanos;
        alarm = timer.after(delayMs, this::ring);
    }

    private void ring() {
        for (TimerTask task : takeDue()) {
            try {
                task.run();
            } catch (RuntimeException e) {
                LOG.error("A timer task of the group coordinator failed", e);
            }
        }
    }

    private synchronized List<TimerTask> takeDue() {
        alarm = null;
        List<TimerTask> due = new ArrayList<>();
        long now = clock.nanoTime();
        for (Due first = queue.peek(); first != null && first.nanos <= now; first = queue.peek()) {
            queue.remove();
            if (!first.entry.cancelled()) {
                due.add(first.entry.timerTask);
            }
        }
        setAlarm();
        return due;
    }

    /** Tasks that wait, with those that were cancelled and not yet swept out. */
    @Override
    public synchronized int size() {
        return queue.size();
    }

    @Override
    public boolean advanceClock(long timeoutMs) {
        throw new AssertionError("nobody has to push this timer: it follows the process's timer");
    }

    @Override
    public synchronized void close() {
        closed = true;
        queue.clear();
        if (alarm != null) {
            alarm.cancel();
            alarm = null;
        }
    }
}

package dwal.server.simulation;

import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** The time of a simulation and what is to happen in it, in order; equal times in the order in which they were planned. */
final class VirtualTime {
    /** Something that is to happen. */
    static final class Event implements Comparable<Event> {
        private final long atNanos;
        private final long number;
        private final Runnable task;
        private boolean cancelled;

        Event(long atNanos, long number, Runnable task) {
            this.atNanos = atNanos;
            this.number = number;
            this.task = task;
        }

        void cancel() {
            cancelled = true;
        }

        boolean isCancelled() {
            return cancelled;
        }

        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(atNanos, other.atNanos);
            return byTime != 0 ? byTime : Long.compare(number, other.number);
        }
    }

    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final Random random;
    private long nowNanos = TimeUnit.DAYS.toNanos(1);
    private long planned;

    VirtualTime(Random random) {
        this.random = random;
    }

    long nowNanos() {
        return nowNanos;
    }

    long nowMs() {
        return TimeUnit.NANOSECONDS.toMillis(nowNanos);
    }

    /** Plans {@code task} for {@code delayMs} from now. */
    Event after(long delayMs, Runnable task) {
        return afterMicros(TimeUnit.MILLISECONDS.toMicros(delayMs), task);
    }

    Event afterMicros(long delayMicros, Runnable task) {
        var event = new Event(nowNanos + TimeUnit.MICROSECONDS.toNanos(delayMicros), planned++, task);
        events.add(event);
        return event;
    }

    /** Plans {@code task} for some time within {@code maxMicros}. */
    Event soon(int maxMicros, Runnable task) {
        return afterMicros(random.nextInt(maxMicros) + 1, task);
    }

    /** Does what is next; false if nothing is. */
    boolean step() {
        Event next = events.poll();
        while (next != null && next.cancelled) {
            next = events.poll();
        }
        if (next == null) {
            return false;
        }
        nowNanos = Math.max(nowNanos, next.atNanos);
        next.task.run();
        return true;
    }
}

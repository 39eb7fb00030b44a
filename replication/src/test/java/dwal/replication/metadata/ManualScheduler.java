package dwal.replication.metadata;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.server.util.Scheduler;

/** A scheduler of which the test turns the clock; runs tasks on the test's thread. */
final class ManualScheduler implements Scheduler {
    private static final class Task extends FutureTask<Void> implements ScheduledFuture<Void> {
        private final long atMs;

        Task(Runnable task, long atMs) {
            super(task, null);
            this.atMs = atMs;
        }

        @Override
        public long getDelay(TimeUnit unit) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int compareTo(Delayed other) {
            throw new UnsupportedOperationException();
        }
    }

    private final List<Task> tasks = new ArrayList<>();
    private long nowMs;

    /** Lets time pass, and runs what becomes due, also of what that schedules. */
    void advance(long ms) throws Exception {
        long until = nowMs + ms;
        while (true) {
            tasks.removeIf(Task::isCancelled);
            var due = new ArrayDeque<>(tasks.stream()
                    .filter(task -> task.atMs <= until)
                    .sorted(Comparator.comparingLong(task -> task.atMs))
                    .toList());
            if (due.isEmpty()) {
                nowMs = until;
                return;
            }
            Task next = due.getFirst();
            tasks.remove(next);
            nowMs = Math.max(nowMs, next.atMs);
            next.run();
            // A task may cancel itself; any other failure is the test's.
            if (!next.isCancelled()) {
                next.get();
            }
        }
    }

    int waiting() {
        tasks.removeIf(Task::isCancelled);
        return tasks.size();
    }

    @Override
    public ScheduledFuture<?> schedule(String name, Runnable task, long delayMs, long periodMs) {
        if (periodMs >= 0) {
            throw new AssertionError("nothing here repeats itself");
        }
        var scheduled = new Task(task, nowMs + delayMs);
        tasks.add(scheduled);
        return scheduled;
    }

    @Override
    public void startup() {}

    @Override
    public void shutdown() {}

    @Override
    public void resizeThreadPool(int size) {}
}

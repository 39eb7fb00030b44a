package dwal.server;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** A network loop whose tasks a test runs by hand, one after the other. Owned by the test's thread. */
public final class HandLoop extends AbstractExecutorService implements ScheduledExecutorService {
    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private final List<Alarm> alarms = new ArrayList<>();
    private boolean stopped;

    /** Runs all tasks, and those that come of them. */
    public void run() {
        while (runOne()) {
            // the next
        }
    }

    /** Runs the next task; false if there is none. */
    public boolean runOne() {
        Runnable next = tasks.poll();
        if (next != null) {
            next.run();
        }
        return next != null;
    }

    /** How many tasks are to be run. */
    public int size() {
        return tasks.size();
    }

    /** So many ms go by: runs what is due then. */
    public void pass(long ms) {
        List<Alarm> due = alarms.stream()
                .filter(alarm -> alarm.delayMs <= ms && !alarm.isDone())
                .toList();
        alarms.removeAll(due);
        due.forEach(Alarm::run);
        run();
    }

    @Override
    public void execute(Runnable task) {
        refuseIfStopped();
        tasks.add(task);
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
        refuseIfStopped();
        var alarm = new Alarm(task, unit.toMillis(delay));
        alarms.add(alarm);
        return alarm;
    }

    private void refuseIfStopped() {
        if (stopped) {
            throw new RejectedExecutionException("the loop has stopped");
        }
    }

    @Override
    public void shutdown() {
        stopped = true;
    }

    @Override
    public List<Runnable> shutdownNow() {
        stopped = true;
        return List.of();
    }

    @Override
    public boolean isShutdown() {
        return stopped;
    }

    @Override
    public boolean isTerminated() {
        return stopped;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
        return stopped;
    }

    @Override
    public <V> ScheduledFuture<V> schedule(Callable<V> task, long delay, TimeUnit unit) {
        throw new UnsupportedOperationException("nobody waits for values");
    }

    @Override
    public ScheduledFuture<?> scheduleAtFixedRate(Runnable task, long first, long period, TimeUnit unit) {
        throw new UnsupportedOperationException("nothing is periodic");
    }

    @Override
    public ScheduledFuture<?> scheduleWithFixedDelay(Runnable task, long first, long delay, TimeUnit unit) {
        throw new UnsupportedOperationException("nothing is periodic");
    }

    private static final class Alarm extends FutureTask<Void> implements ScheduledFuture<Void> {
        private final long delayMs;

        Alarm(Runnable task, long delayMs) {
            super(task, null);
            this.delayMs = delayMs;
        }

        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(delayMs, TimeUnit.MILLISECONDS);
        }

        @Override
        public int compareTo(Delayed other) {
            throw new UnsupportedOperationException("nobody compares");
        }
    }
}

package dwal.coordinator;

import dwal.environment.Clock;
import dwal.environment.Timer;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A clock that stands still until the test moves it, and the timer that follows it; any thread. */
public final class VirtualTime implements Clock, Timer {
    private record Task(long atMs, long order, Runnable action) implements Timeout {
        @Override
        public void cancel() {
            throw new AssertionError("cancel the handle that after() gave");
        }
    }

    private final PriorityQueue<Task> tasks =
            new PriorityQueue<>(Comparator.comparingLong(Task::atMs).thenComparingLong(Task::order));
    private long nowMs = 1_000_000;
    private long order;

    @Override
    public synchronized long wallMs() {
        return nowMs;
    }

    @Override
    public synchronized long nanoTime() {
        return TimeUnit.MILLISECONDS.toNanos(nowMs);
    }

    @Override
    public synchronized Timeout after(long delayMs, Runnable task) {
        Task added = new Task(nowMs + delayMs, order++, task);
        tasks.add(added);
        return () -> remove(added);
    }

    private synchronized void remove(Task task) {
        tasks.remove(task);
    }

    /** Tasks that wait. */
    public synchronized int waiting() {
        return tasks.size();
    }

    /** Moves the clock by {@code ms} and runs, on this thread, what becomes due on the way. */
    public void advance(long ms) {
        long end = wallMs() + ms;
        for (Runnable next = moveToNext(end); next != null; next = moveToNext(end)) {
            next.run();
        }
    }

    private synchronized @org.jspecify.annotations.Nullable Runnable moveToNext(long end) {
        Task first = tasks.peek();
        if (first == null || first.atMs > end) {
            nowMs = end;
            return null;
        }
        tasks.remove();
        nowMs = Math.max(nowMs, first.atMs);
        return first.action;
    }

    /** Moves the clock, a little at a time, until {@code future} has its answer. */
    public <T> T advanceUntil(CompletableFuture<T> future) {
        for (int tries = 0; tries < 5_000; tries++) {
            try {
                return future.get(2, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                advance(50);
            } catch (InterruptedException | ExecutionException e) {
                throw new AssertionError(e);
            }
        }
        throw new AssertionError("no answer after " + 5_000 * 50 + " virtual milliseconds");
    }
}

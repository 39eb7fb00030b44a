package dwal.replication;

import dwal.environment.Clock;
import dwal.environment.Timer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Executor;

/** Time and blocking work that move only when the test says so; one thread. */
final class ManualWorld implements Clock, Timer, Executor {
    private record Due(long atMs, Runnable task) {}

    private final List<Due> timers = new ArrayList<>();
    private final Queue<Runnable> work = new ArrayDeque<>();
    private long nowMs = 1_000_000;

    @Override
    public long wallMs() {
        return nowMs;
    }

    @Override
    public long nanoTime() {
        return nowMs * 1_000_000;
    }

    @Override
    public Timeout after(long delayMs, Runnable task) {
        var due = new Due(nowMs + delayMs, task);
        timers.add(due);
        return () -> timers.remove(due);
    }

    @Override
    public void execute(Runnable task) {
        work.add(task);
    }

    /** Does all blocking work that waits, and what comes of it. */
    void work() {
        for (Runnable task = work.poll(); task != null; task = work.poll()) {
            task.run();
        }
    }

    /** As {@link #work}, but what came last is done first: threads that block take their work in any order. */
    void workLastFirst() {
        while (!work.isEmpty()) {
            List<Runnable> tasks = new ArrayList<>(work);
            work.clear();
            Collections.reverse(tasks);
            tasks.forEach(Runnable::run);
        }
    }

    void pass(long ms) {
        nowMs += ms;
        List<Due> due = timers.stream().filter(one -> one.atMs <= nowMs).toList();
        timers.removeAll(due);
        due.forEach(one -> one.task.run());
    }

    int timers() {
        return timers.size();
    }
}

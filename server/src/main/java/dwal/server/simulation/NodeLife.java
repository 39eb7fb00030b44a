package dwal.server.simulation;

import dwal.environment.Clock;
import dwal.environment.Timer;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * One run of a simulated node's process: its clock, timer, disk threads and network loop, all of which stop when it is
 * killed and stand still while it is paused.
 */
final class NodeLife extends AbstractExecutorService implements Clock, Timer, ScheduledExecutorService {
    private static final int LOOP_MICROS = 50;
    private static final int DISK_MICROS = 4_000;

    private final VirtualTime time;
    private final Queue<Runnable> held = new ArrayDeque<>();
    private boolean alive = true;
    private boolean paused;

    NodeLife(VirtualTime time) {
        this.time = time;
    }

    boolean isAlive() {
        return alive;
    }

    boolean isPaused() {
        return paused;
    }

    void end() {
        alive = false;
        held.clear();
    }

    void pause() {
        paused = true;
    }

    void resume() {
        paused = false;
        for (Runnable task = held.poll(); task != null; task = held.poll()) {
            time.soon(LOOP_MICROS, guarded(task));
        }
    }

    /** {@code task}, to be done only while the process lives, and not while it stands still. */
    Runnable guarded(Runnable task) {
        return () -> {
            if (alive && paused) {
                held.add(task);
            } else if (alive) {
                task.run();
            }
        };
    }

    /** What may wait for a disk: done some time later, in any order. */
    void onDisk(Runnable task) {
        time.soon(DISK_MICROS, guarded(task));
    }

    // ---- clock and timer

    @Override
    public long wallMs() {
        return time.nowMs();
    }

    @Override
    public long nanoTime() {
        return time.nowNanos();
    }

    @Override
    public Timeout after(long delayMs, Runnable task) {
        return time.after(delayMs, guarded(task))::cancel;
    }

    // ---- the network loop

    @Override
    public void execute(Runnable task) {
        time.soon(LOOP_MICROS, guarded(task));
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
        return new Alarm(time.after(unit.toMillis(delay), guarded(task)));
    }

    private static final class Alarm extends FutureTask<Void> implements ScheduledFuture<Void> {
        private final VirtualTime.Event event;

        Alarm(VirtualTime.Event event) {
            super(() -> null);
            this.event = event;
        }

        @Override
        public boolean cancel(boolean mayInterrupt) {
            event.cancel();
            return super.cancel(mayInterrupt);
        }

        @Override
        public long getDelay(TimeUnit unit) {
            throw new UnsupportedOperationException("nobody asks");
        }

        @Override
        public int compareTo(Delayed other) {
            throw new UnsupportedOperationException("nobody compares");
        }
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

    @Override
    public void shutdown() {
        end();
    }

    @Override
    public List<Runnable> shutdownNow() {
        end();
        return List.of();
    }

    @Override
    public boolean isShutdown() {
        return !alive;
    }

    @Override
    public boolean isTerminated() {
        return !alive;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
        return !alive;
    }

    @Override
    public <T> List<java.util.concurrent.Future<T>> invokeAll(Collection<? extends Callable<T>> tasks) {
        throw new UnsupportedOperationException("nobody waits for values");
    }
}

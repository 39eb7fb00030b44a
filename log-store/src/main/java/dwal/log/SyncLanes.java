package dwal.log;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Lets few logs sync at a time, on threads that may block: while one waits, more is appended to it, which its sync then
 * covers, so that there are fewer and larger ones. Where very many wait there are more lanes, but never all of the threads:
 * those have other work too. Any thread.
 */
final class SyncLanes implements Executor {
    private static final int FEWEST = 2;
    private static final int MOST = 6;
    /** One more lane for each so many that wait. */
    private static final int WAITING_PER_LANE = 8;

    private final Executor blocking;
    private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waitingCount = new AtomicInteger();
    private final AtomicInteger busy = new AtomicInteger();

    /** Lanes on the threads of {@code blocking}. */
    SyncLanes(Executor blocking) {
        this.blocking = blocking;
    }

    /** Has {@code sync} run when its turn comes. */
    @Override
    public void execute(Runnable sync) {
        waiting.add(sync);
        waitingCount.getAndIncrement();
        openLane();
    }

    private int lanes() {
        return Math.max(FEWEST, Math.min(MOST, waitingCount.get() / WAITING_PER_LANE));
    }

    private void openLane() {
        for (int now = busy.get(); now < lanes(); now = busy.get()) {
            if (busy.compareAndSet(now, now + 1)) {
                blocking.execute(this::run);
                return;
            }
        }
    }

    private void run() {
        try {
            for (Runnable next = waiting.poll(); next != null; next = busy.get() <= lanes() ? waiting.poll() : null) {
                waitingCount.getAndDecrement();
                next.run();
            }
        } finally {
            busy.getAndDecrement();
            // Whoever came since has seen this lane busy.
            if (!waiting.isEmpty()) {
                openLane();
            }
        }
    }
}

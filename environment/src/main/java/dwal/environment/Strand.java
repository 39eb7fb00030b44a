package dwal.environment;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A line of tasks of which one runs at a time, without a thread of its own: whoever comes while the strand is idle runs
 * its task at once; whoever comes while it is busy leaves the task to the present holder.
 *
 * <p>Tasks run in the order in which they were given. A task given by a task of the same strand runs after it, never
 * inside it. A task that throws is reported to the failure handler and does not stop those behind it; nor does a failure handler that throws, of which the
 * thread's handler of uncaught exceptions hears.
 */
public final class Strand {
    private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger unfinished = new AtomicInteger();
    private final Consumer<Throwable> onFailure;
    private volatile @Nullable Thread holder;

    /** A strand that tells {@code onFailure} of each throwable that a task lets out. */
    public Strand(Consumer<Throwable> onFailure) {
        this.onFailure = onFailure;
    }

    /** Runs {@code task} now on this thread if the strand is idle, else soon on the thread that holds it. */
    public void run(Runnable task) {
        if (unfinished.compareAndSet(0, 1)) {
            holder = Thread.currentThread();
            runOne(task);
        } else {
            waiting.add(task);
            if (unfinished.getAndIncrement() != 0) {
                return;
            }
            holder = Thread.currentThread();
            runOne(waiting.remove());
        }
        while (finishOne()) {
            runOne(waiting.remove());
        }
    }

    /** How many tasks run or wait. */
    public int length() {
        return unfinished.get();
    }

    /** Whether the calling thread is running a task of this strand: for assertions. */
    public boolean isHeld() {
        return holder == Thread.currentThread();
    }

    /** Throws with {@code what} in the message unless the calling thread holds the strand. */
    public void assertHeld(String what) {
        if (!isHeld()) {
            throw new AssertionError(what + " was touched off its strand, by "
                    + Thread.currentThread().getName());
        }
    }

    private void runOne(Runnable task) {
        try {
            task.run();
        } catch (Throwable e) {
            tellFailure(e);
        }
    }

    private void tellFailure(Throwable failure) {
        try {
            onFailure.accept(failure);
        } catch (Throwable another) {
            Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, another);
        }
    }

    /** Counts one task as finished; true if another waits, which this thread must then run. */
    private boolean finishOne() {
        // The holder is cleared before the count drops: after that another thread may hold the strand.
        holder = null;
        if (unfinished.decrementAndGet() == 0) {
            return false;
        }
        holder = Thread.currentThread();
        return true;
    }
}

package dwal.protocol;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * Something to be done on a network loop when another thread says so. Once the loop has ended it is not done: whatever it was for
 * has ended with the loop.
 */
public record LoopTask(Executor loop, Runnable task) implements Runnable {

    /** Any thread; does not wait, and does not throw. */
    @Override
    public void run() {
        try {
            loop.execute(task);
        } catch (RejectedExecutionException e) {
            // Nobody is left who would need it, and who woke us must go on.
        }
    }
}

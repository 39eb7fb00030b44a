package dwal.environment;

/** Runs tasks later, each on the timer's own thread: a task must be short, or hand itself to a strand. */
public interface Timer {

    /** Runs {@code task} once, {@code delayMs} milliseconds from now. */
    Timeout after(long delayMs, Runnable task);

    /** A task that waits for its time. */
    interface Timeout {
        /** Stops the task from running, if it has not started; calling it again does nothing. */
        void cancel();
    }
}

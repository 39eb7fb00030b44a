package dwal.server.fetch;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * The network loop that owns a fetch session: that of the connection over which its last request came. Any thread, but for
 * {@link #moveTo}.
 */
final class OwningLoop {
    private volatile Executor now;

    OwningLoop(Executor first) {
        now = first;
    }

    /** Whether that is {@code loop}. */
    boolean is(Executor loop) {
        return now == loop;
    }

    /** From now on it is {@code next}. Called on the loop that it is so far. */
    void moveTo(Executor next) {
        now = next;
    }

    /**
     * Runs {@code task} on the loop that it is by then. If the network has stopped, nobody uses the session any more, and
     * {@code stopped} runs instead, on any thread.
     */
    void run(Runnable task, Runnable stopped) {
        Executor asked = now;
        try {
            asked.execute(() -> {
                if (now == asked) {
                    task.run();
                } else {
                    run(task, stopped);
                }
            });
        } catch (RejectedExecutionException e) {
            stopped.run();
        }
    }
}

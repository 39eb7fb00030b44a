package dwal.log;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Syncs one log in rounds, one at a time, on a thread that may block: what is appended during a round is covered by the
 * next, however many appends that are. Any thread.
 */
final class SyncRounds {
    private static final int IDLE = 0;
    private static final int RUNNING = 1;
    private static final int RUNNING_AND_WANTED = 2;

    private final Runnable round;
    private final Executor executor;
    private final AtomicInteger state = new AtomicInteger(IDLE);

    /** Rounds that each run {@code round} on {@code executor}. */
    SyncRounds(Runnable round, Executor executor) {
        this.round = round;
        this.executor = executor;
    }

    /** Asks for a round that begins after this call. */
    void request() {
        int before = state.getAndUpdate(s -> s == IDLE ? RUNNING : RUNNING_AND_WANTED);
        if (before == IDLE) {
            executor.execute(this::run);
        }
    }

    private void run() {
        try {
            round.run();
        } finally {
            if (state.decrementAndGet() == RUNNING) {
                executor.execute(this::run);
            }
        }
    }
}

package dwal.server.cli.client;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Turns Ctrl-C and SIGTERM into an orderly end: the main thread is told, finishes what it does, and its exit code is the process'. Any
 * thread.
 */
final class Interruption implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 10;

    private final Runnable tell;
    private final CountDownLatch done = new CountDownLatch(1);
    private final Thread hook = new Thread(this::interrupt, "interruption");
    private volatile boolean happened;

    /** From now on a signal has {@code tell} called, on a thread of its own. */
    Interruption(Runnable tell) {
        this.tell = tell;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    boolean happened() {
        return happened;
    }

    @SuppressWarnings("SystemExitOutsideMain")
    private void interrupt() {
        happened = true;
        tell.run();
        try {
            if (done.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                // Whoever ends what was without end has not failed.
                Runtime.getRuntime().halt(0);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** All is written and closed. */
    @Override
    public void close() {
        done.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The signal came: the hook is what ends the process.
        }
    }
}

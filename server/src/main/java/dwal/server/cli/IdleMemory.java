package dwal.server.cli;

import dwal.environment.NativeHeap;
import java.util.function.LongSupplier;

/**
 * Gives memory back to the system when the process has become quiet: the garbage of start-up or of a burst, which no collection
 * would touch before the next one, and what native code has freed. Owned by the thread that calls {@link #tick}.
 *
 * <p>A collection of everything takes some tens of milliseconds here, so there is one when work has ended, and not again before
 * there was work, nor within {@link #LEAST_TICKS_BETWEEN} ticks.
 */
final class IdleMemory {
    /** How long a tick is meant to be. */
    static final long TICK_SECONDS = 5;
    /** A process that allocates more than this between two ticks is at work; heartbeats and timers allocate some tenths. */
    static final long QUIET_BYTES = 2 << 20;

    static final int LEAST_TICKS_BETWEEN = 12;

    private final LongSupplier heapUsed;
    private final Runnable giveBack;
    private long usedBefore;
    private int ticksSince = LEAST_TICKS_BETWEEN;
    private boolean worked = true;

    /**
     * @param heapUsed bytes of the heap that are in use, garbage included
     * @param giveBack collects and gives back
     */
    IdleMemory(LongSupplier heapUsed, Runnable giveBack) {
        this.heapUsed = heapUsed;
        this.giveBack = giveBack;
        this.usedBefore = heapUsed.getAsLong();
    }

    /** That of this process. */
    static IdleMemory ofProcess() {
        Runtime runtime = Runtime.getRuntime();
        return new IdleMemory(() -> runtime.totalMemory() - runtime.freeMemory(), () -> {
            System.gc();
            NativeHeap.trim();
        });
    }

    /** Looks whether the process was quiet since the last call. */
    void tick() {
        ticksSince++;
        long used = heapUsed.getAsLong();
        // Less than before: there was a collection, so there was work.
        boolean quiet = used >= usedBefore && used - usedBefore <= QUIET_BYTES;
        usedBefore = used;
        if (!quiet) {
            worked = true;
        } else if (worked && ticksSince > LEAST_TICKS_BETWEEN) {
            giveBack.run();
            usedBefore = heapUsed.getAsLong();
            ticksSince = 0;
            worked = false;
        }
    }
}

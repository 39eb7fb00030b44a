package dwal.server.cli;

import dwal.environment.NativeHeap;
import java.util.function.LongSupplier;

/**
 * Gives memory back to the system when the process has become quiet: the garbage of start-up or of a burst, which no collection
 * would touch before the next one, and what native code has freed. Owned by the thread that calls {@link #tick}.
 *
 * <p>A collection of everything takes some tens of milliseconds here, so there is one when work has ended, and not again before
 * there was work, nor within {@link #LEAST_TICKS_BETWEEN} ticks. What native code has freed, mostly the compiler while the
 * process gets warm, takes about one millisecond to give back: that is done while it works, too.
 */
final class IdleMemory {
    /** How long a tick is meant to be. */
    static final long TICK_SECONDS = 5;
    /** A process that allocates more than this between two ticks is at work; heartbeats and timers allocate some tenths. */
    static final long QUIET_BYTES = 2 << 20;

    static final int LEAST_TICKS_BETWEEN = 12;
    /** After so many ticks with work native memory is given back; at the end of work in any case. */
    static final int TICKS_BETWEEN_TRIMS = 3;

    private final LongSupplier heapUsed;
    private final Runnable collect;
    private final Runnable trim;
    private long usedBefore;
    private int ticksSince = LEAST_TICKS_BETWEEN;
    private int workedSinceTrim = 1;
    private boolean worked = true;

    /**
     * @param heapUsed bytes of the heap that are in use, garbage included
     * @param collect gives back what is free of the heap
     * @param trim gives back what native code has freed
     */
    IdleMemory(LongSupplier heapUsed, Runnable collect, Runnable trim) {
        this.heapUsed = heapUsed;
        this.collect = collect;
        this.trim = trim;
        this.usedBefore = heapUsed.getAsLong();
    }

    /** That of this process. */
    static IdleMemory ofProcess() {
        Runtime runtime = Runtime.getRuntime();
        return new IdleMemory(() -> runtime.totalMemory() - runtime.freeMemory(), System::gc, NativeHeap::trim);
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
            workedSinceTrim++;
        } else if (worked && ticksSince > LEAST_TICKS_BETWEEN) {
            collect.run();
            usedBefore = heapUsed.getAsLong();
            ticksSince = 0;
            worked = false;
        }
        if (quiet ? workedSinceTrim > 0 : workedSinceTrim >= TICKS_BETWEEN_TRIMS) {
            trim.run();
            workedSinceTrim = 0;
        }
    }
}

package dwal.server.cli;

import dwal.environment.NativeHeap;
import java.util.function.LongSupplier;

/**
 * Gives memory back to the system when the process has become quiet: the garbage of start-up or of a burst, which no collection
 * would touch before the next one, and what native code has freed. Owned by the thread that calls {@link #tick}.
 *
 * <p>A collection of everything takes some tens of milliseconds here, and clients wait for it. So there is one when work has ended,
 * and not again before there was work, nor within {@link #LEAST_TICKS_BETWEEN} ticks; and just before it there is a second, short
 * look, since work may have begun again at the end of a quiet tick. The young part of the heap is small: under a
 * steady load it is collected more than once in each tick, and what is in use says nothing. With few clients it is
 * collected once in a while, which is no work. What native code has freed, mostly the compiler while the
 * process gets warm, takes about one millisecond to give back: that is done while it works, too.
 */
final class IdleMemory {
    /** How long a tick is meant to be. */
    static final long TICK_MS = 5000;
    /** How long the second look is meant to take. */
    static final long SECOND_LOOK_MS = 250;
    /** A process that allocates more than this between two ticks is at work; heartbeats and timers allocate some tenths. */
    static final long QUIET_BYTES = 2 << 20;
    /** The same for the second look: what a thread takes of the heap at once is less. */
    static final long QUIET_BYTES_OF_SECOND_LOOK = 256 << 10;

    static final int LEAST_TICKS_BETWEEN = 12;
    /** After so many ticks with work native memory is given back; at the end of work in any case. */
    static final int TICKS_BETWEEN_TRIMS = 3;

    /** Of something that happens. */
    interface Sign {
        /** Whether it has happened since it was last asked. */
        boolean seen();
    }

    private final LongSupplier heapUsed;
    private final Sign collected;
    private final Runnable collect;
    private final Runnable trim;
    private long usedBefore;
    private int ticksSince = LEAST_TICKS_BETWEEN;
    private int workedSinceTrim = 1;
    private boolean quietBefore;
    private boolean worked = true;
    private boolean looksAgain;

    /**
     * @param heapUsed bytes of the heap that are in use, garbage included
     * @param collected whether there was a collection since it was last asked
     * @param collect gives back what is free of the heap
     * @param trim gives back what native code has freed
     */
    IdleMemory(LongSupplier heapUsed, Sign collected, Runnable collect, Runnable trim) {
        this.heapUsed = heapUsed;
        this.collected = collected;
        this.collect = collect;
        this.trim = trim;
        this.usedBefore = heapUsed.getAsLong();
    }

    /** That of this process. */
    static IdleMemory ofProcess() {
        Runtime runtime = Runtime.getRuntime();
        return new IdleMemory(
                () -> runtime.totalMemory() - runtime.freeMemory(), new CollectionSign(), System::gc, NativeHeap::trim);
    }

    /** Looks whether the process was quiet since the last call; returns in how many milliseconds to look again. */
    long tick() {
        if (looksAgain) {
            looksAgain = false;
            if (isQuiet(QUIET_BYTES_OF_SECOND_LOOK)) {
                collectAll();
                trimAfter(1);
            }
            return TICK_MS;
        }
        ticksSince++;
        boolean quiet = isQuiet(QUIET_BYTES);
        looksAgain = quiet && worked && ticksSince > LEAST_TICKS_BETWEEN;
        if (looksAgain) {
            return SECOND_LOOK_MS;
        }
        trimAfter(quiet ? 1 : TICKS_BETWEEN_TRIMS);
        return TICK_MS;
    }

    private boolean isQuiet(long quietBytes) {
        long used = heapUsed.getAsLong();
        boolean grown = used - usedBefore > quietBytes;
        boolean quiet = !collected.seen() && !grown;
        usedBefore = used;
        if (!quiet) {
            worked |= grown || !quietBefore;
            workedSinceTrim++;
        }
        quietBefore = quiet;
        return quiet;
    }

    private void collectAll() {
        collect.run();
        collected.seen(); // this one does not count
        usedBefore = heapUsed.getAsLong();
        ticksSince = 0;
        worked = false;
    }

    private void trimAfter(int ticksWithWork) {
        if (workedSinceTrim >= ticksWithWork) {
            trim.run();
            workedSinceTrim = 0;
        }
    }
}

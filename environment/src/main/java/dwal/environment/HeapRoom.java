package dwal.environment;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

/**
 * Whether there is room on the heap for what is to stay, for those who keep something for as long as a client wants. Any thread.
 *
 * <p>What is in use has garbage in it, and only a collection of everything tells how much. So when more is in use than may stay, a
 * collection is asked for: it gives the answer to whoever asks next. Until then who asks says from where on that is taken for full. Who collects pauses the
 * process, and may do so for one twentieth of the time at most. Where collections cannot be asked for ({@code
 * -XX:+DisableExplicitGC}), room comes back with those that the JVM makes itself.
 */
public final class HeapRoom {
    private static final long LEAST_NANOS_BETWEEN = TimeUnit.SECONDS.toNanos(1);
    private static final int TIMES_AS_LONG_BETWEEN = 20;

    private final long maxBytes;
    private final LongSupplier inUse;
    private final LongSupplier old;
    private final Runnable collect;
    private final Clock clock;
    private final Executor background;

    private final AtomicBoolean collecting = new AtomicBoolean();
    private volatile long notBeforeNanos;
    /** What was old after the last collection that was asked for; -1 before the first. */
    private volatile long stayedBytes = -1;

    /**
     * @param maxBytes how large the heap may get
     * @param inUse bytes of it that are in use: asked often
     * @param old those of them that have outlived collections; first asked on {@code background}
     * @param collect collects everything
     */
    public HeapRoom(
            long maxBytes, LongSupplier inUse, LongSupplier old, Runnable collect, Clock clock, Executor background) {
        this.maxBytes = maxBytes;
        this.inUse = inUse;
        this.old = old;
        this.collect = collect;
        this.clock = clock;
        this.background = background;
        this.notBeforeNanos = clock.nanoTime();
    }

    /** That of this process, which is collected on {@code background}. */
    public static HeapRoom ofProcess(Clock clock, Executor background) {
        Runtime runtime = Runtime.getRuntime();
        return new HeapRoom(
                runtime.maxMemory(),
                () -> runtime.totalMemory() - runtime.freeMemory(),
                OldPools::usedBytes,
                System::gc,
                clock,
                background);
    }

    /** How large the heap may get, in bytes. */
    public long maxBytes() {
        return maxBytes;
    }

    /**
     * Whether nothing more should stay, since {@code limitBytes} do, or since so many as {@code inDoubtBytes} might, as far as is known
     * yet.
     */
    public boolean isFull(long limitBytes, long inDoubtBytes) {
        long used = inUse.getAsLong();
        if (used < limitBytes) {
            return false;
        }
        if (stayedBytes >= 0) {
            used = old.getAsLong();
            if (used < limitBytes) {
                return false;
            }
        }
        askForCollection();
        return stayedBytes >= limitBytes || used >= inDoubtBytes;
    }

    /** How much stayed when everything was last collected for those who asked, in bytes; -1 if it never was. */
    public long stayedBytes() {
        return stayedBytes;
    }

    private void askForCollection() {
        if (clock.nanoTime() - notBeforeNanos >= 0 && collecting.compareAndSet(false, true)) {
            background.execute(this::collect);
        }
    }

    private void collect() {
        try {
            long began = clock.nanoTime();
            collect.run();
            long ended = clock.nanoTime();
            stayedBytes = old.getAsLong();
            notBeforeNanos = ended + Math.max(LEAST_NANOS_BETWEEN, TIMES_AS_LONG_BETWEEN * (ended - began));
        } finally {
            collecting.set(false);
        }
    }

    /** What objects get into that have outlived collections. The JVM's beans are loaded when first used: a start need not pay. */
    private static final class OldPools {
        private static final List<MemoryPoolMXBean> POOLS = ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP && pool.isUsageThresholdSupported())
                .toList();

        static long usedBytes() {
            return POOLS.stream().mapToLong(pool -> pool.getUsage().getUsed()).sum();
        }
    }
}

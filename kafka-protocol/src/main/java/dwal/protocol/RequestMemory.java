package dwal.protocol;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * How many bytes of requests the whole server holds, and who waits until there are fewer. Any thread.
 *
 * <p>Above the limit nobody reads from sockets, but for one connection at a time that has begun a request: it may finish
 * it, over the limit if it must. So unfinished requests cannot hold each other up for ever, and at most the limit, one
 * request of the largest size and the smallest buffer for each connection are held.
 *
 * <p>The last quarter is for small requests: for large ones the limit is that much lower. So clients with small ones are not held
 * up by large requests that never come to an end.
 */
public final class RequestMemory {
    /** A request of at most so many bytes is small. */
    public static final int SMALL_BYTES = 64 * 1024;

    private final long limit;
    private final long limitForLarge;
    private final AtomicLong held = new AtomicLong();
    private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();
    /** What the one holds that may go over the limit: small requests do not lack it. */
    private volatile long overdrawn;

    private final AtomicReference<@Nullable Object> overdrawer = new AtomicReference<>();

    /** Memory for requests, {@code limit} bytes in all. */
    public RequestMemory(long limit) {
        this.limit = limit;
        this.limitForLarge = limit - limit / 4;
    }

    /** Bytes held now. */
    public long heldBytes() {
        return held.get();
    }

    /** Whether somebody waits for memory. */
    public boolean isShort() {
        return !waiting.isEmpty();
    }

    /**
     * By how many bytes the buffer of {@code reader} may grow in one step: not far into what is for small requests, unless it is the
     * one that may go over the limit.
     */
    long mostGrowth(Object reader) {
        return overdrawer.get() == reader ? Long.MAX_VALUE / 2 : Math.max(SMALL_BYTES, limitForLarge - held.get());
    }

    /**
     * Whether {@code reader} may read more: there is room, or it is the one that may go over the limit.
     *
     * @param small whether it reads a small request
     */
    boolean mayRead(Object reader, boolean small) {
        return hasRoom(small) || overdrawer.get() == reader;
    }

    private boolean hasRoom(boolean small) {
        return small ? held.get() - overdrawn < limit : held.get() < limitForLarge;
    }

    /**
     * Whether {@code reader} is now the one that may go over the limit.
     *
     * @param holds how many bytes of its request it holds now
     */
    boolean overdraw(Object reader, long holds) {
        if (overdrawer.get() == reader) {
            return true;
        }
        if (!overdrawer.compareAndSet(null, reader)) {
            return false;
        }
        overdrawn = holds;
        wakeAll();
        return true;
    }

    /** {@code reader} holds so many bytes of its request now. */
    void holds(Object reader, long bytes) {
        if (overdrawer.get() == reader) {
            overdrawn = bytes;
        }
    }

    /**
     * Runs {@code wake} once, on any thread, when asking again makes sense; maybe at once.
     *
     * @param small whether it reads a small request
     * @param begun whether the reader has begun a request, and so could go over the limit
     */
    void await(boolean small, boolean begun, Runnable wake) {
        waiting.add(wake);
        if (hasRoom(small) || (begun && overdrawer.get() == null)) {
            wakeAll();
        }
    }

    void hold(long bytes) {
        held.addAndGet(bytes);
    }

    void release(long bytes) {
        long left = held.addAndGet(-bytes);
        assert left >= 0 : "more request bytes were released than held";
        if (hasPassed(limit, left - overdrawn, bytes) || hasPassed(limitForLarge, left, bytes)) {
            wakeAll();
        }
    }

    private static boolean hasPassed(long bound, long left, long released) {
        return left < bound && left + released >= bound;
    }

    /** {@code reader} has finished its request, or is gone. */
    void endOverdraw(Object reader) {
        if (overdrawer.get() == reader) {
            overdrawn = 0;
            overdrawer.set(null);
            wakeAll();
        }
    }

    private void wakeAll() {
        // Only those that wait now: who is woken in vain waits again, and must not be woken in this same turn.
        for (int n = waiting.size(); n > 0; n--) {
            Runnable wake = waiting.poll();
            if (wake == null) {
                return;
            }
            wake.run();
        }
    }
}

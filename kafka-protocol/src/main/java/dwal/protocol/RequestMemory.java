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
 */
public final class RequestMemory {
    private final long limit;
    private final AtomicLong held = new AtomicLong();
    private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicReference<@Nullable Object> overdrawer = new AtomicReference<>();

    /** Memory for requests, {@code limit} bytes in all. */
    public RequestMemory(long limit) {
        this.limit = limit;
    }

    /** Bytes held now. */
    public long heldBytes() {
        return held.get();
    }

    /** Whether somebody waits for memory. */
    public boolean isShort() {
        return !waiting.isEmpty();
    }

    /** Whether {@code reader} may read more: there is room, or it is the one that may go over the limit. */
    boolean mayRead(Object reader) {
        return held.get() < limit || overdrawer.get() == reader;
    }

    /** Whether {@code reader} is now the one that may go over the limit. */
    boolean overdraw(Object reader) {
        return overdrawer.compareAndSet(null, reader) || overdrawer.get() == reader;
    }

    /**
     * Runs {@code wake} once, on any thread, when asking again makes sense; maybe at once.
     *
     * @param begun whether the reader has begun a request, and so could go over the limit
     */
    void await(boolean begun, Runnable wake) {
        waiting.add(wake);
        if (held.get() < limit || (begun && overdrawer.get() == null)) {
            wakeAll();
        }
    }

    void hold(long bytes) {
        held.addAndGet(bytes);
    }

    void release(long bytes) {
        long left = held.addAndGet(-bytes);
        assert left >= 0 : "more request bytes were released than held";
        if (left < limit && left + bytes >= limit) {
            wakeAll();
        }
    }

    /** {@code reader} has finished its request, or is gone. */
    void endOverdraw(Object reader) {
        if (overdrawer.get() == reader && overdrawer.compareAndSet(reader, null)) {
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

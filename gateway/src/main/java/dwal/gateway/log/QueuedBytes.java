package dwal.gateway.log;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How many bytes a door holds for its clients, of which there may be so many ({@code dwal.gateway.queued.max.bytes}): requests that
 * are not answered, what was read of the log and is not sent, answers that are not taken. Any thread.
 */
public final class QueuedBytes {
    private final long limit;
    private final AtomicLong held = new AtomicLong();

    /** None yet, and never more than {@code limit}. */
    public QueuedBytes(long limit) {
        this.limit = limit;
    }

    /** Counts {@code bytes}, unless they are too many. */
    public boolean tryHold(long bytes) {
        if (held.addAndGet(bytes) <= limit) {
            return true;
        }
        held.addAndGet(-bytes);
        return false;
    }

    /** Counts bytes that are here already; gives whether they are too many. */
    public boolean hold(long bytes) {
        return held.addAndGet(bytes) <= limit;
    }

    /** Counts {@code bytes} no more. */
    public void release(long bytes) {
        held.addAndGet(-bytes);
    }

    /** How many are counted. */
    public long held() {
        return held.get();
    }

    /** How many may be. */
    public long limit() {
        return limit;
    }
}

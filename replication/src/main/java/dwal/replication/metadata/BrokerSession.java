package dwal.replication.metadata;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * This broker's session with the controller, as far as the broker can know it: the controller may give its leaderships to
 * others when it has heard no heartbeat for {@code broker.session.timeout.ms}, so not before that time has passed since an
 * acknowledged heartbeat was sent. A process that was stopped and goes on, or a node that was cut off, learns from this, before
 * any metadata come, that others may have taken its place.
 *
 * <p>After a gap one heartbeat is not enough: the controller takes the broker back at once, and the metadata that tell of what
 * happened meanwhile may still be on their way. They have come, from a controller that answers, when the next one is
 * acknowledged. Written on the thread of the membership, read on any.
 */
final class BrokerSession {
    private final LongSupplier nanoTime;
    private final long timeoutNanos;
    private boolean acknowledgedBefore;
    private long lastSentNanos;
    private volatile boolean steady;
    private volatile long endsNanos;

    BrokerSession(LongSupplier nanoTime, long timeoutMs) {
        this.nanoTime = nanoTime;
        this.timeoutNanos = TimeUnit.MILLISECONDS.toNanos(timeoutMs);
    }

    long now() {
        return nanoTime.getAsLong();
    }

    /** A heartbeat that was sent at {@code sentNanos} has been acknowledged by the controller. */
    void acknowledged(long sentNanos) {
        boolean gap = acknowledgedBefore && sentNanos - lastSentNanos >= timeoutNanos;
        acknowledgedBefore = true;
        lastSentNanos = sentNanos;
        endsNanos = sentNanos + timeoutNanos;
        steady = !gap;
    }

    /** Whether nobody can have taken this broker's place without its knowing. */
    boolean isCertain() {
        return steady && endsNanos - now() > 0;
    }
}

package dwal.replication.metadata;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * This broker's session with the controller, as far as the broker can know it: the controller may give its leaderships to
 * others when it has heard no heartbeat for {@code broker.session.timeout.ms}, so not before that time has passed since an
 * acknowledged heartbeat was sent. A process that was stopped and goes on, or a node that was cut off, learns from this, before
 * any metadata come, that others may have taken its place.
 *
 * <p>After a gap heartbeats are not enough: the controller takes the broker back at once, and the metadata that tell of what
 * happened meanwhile may still be on their way. It is certain again when it has applied all that was committed when it was
 * back, for which it has to ask. Written on the thread of the membership, read on any.
 */
final class BrokerSession {
    private static final long UNKNOWN = Long.MAX_VALUE;

    private final LongSupplier nanoTime;
    private final LongSupplier appliedOffset;
    private final long timeoutNanos;
    private boolean acknowledgedBefore;
    private long lastSentNanos;
    private long backSinceNanos;
    private volatile long endsNanos;
    /** The offset after the last metadata record that this broker has to have applied; unknown since a gap. */
    private volatile long neededEnd;

    /**
     * @param appliedOffset the offset of the last metadata record that was applied
     * @param timeoutMs for how long nobody takes this broker's place after a heartbeat
     */
    BrokerSession(LongSupplier nanoTime, LongSupplier appliedOffset, long timeoutMs) {
        this.nanoTime = nanoTime;
        this.appliedOffset = appliedOffset;
        this.timeoutNanos = TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        this.endsNanos = nanoTime.getAsLong();
    }

    long now() {
        return nanoTime.getAsLong();
    }

    /** A heartbeat that was sent at {@code sentNanos} has been acknowledged by the controller. */
    void acknowledged(long sentNanos) {
        if (acknowledgedBefore && sentNanos - lastSentNanos >= timeoutNanos) {
            backSinceNanos = now();
            neededEnd = UNKNOWN;
        }
        acknowledgedBefore = true;
        lastSentNanos = sentNanos;
        endsNanos = sentNanos + timeoutNanos;
    }

    /** Whether the end of the metadata log has to be asked for, since there was a gap. */
    boolean needsEnd() {
        return neededEnd == UNKNOWN;
    }

    /** The controller, asked at {@code askedNanos}, has named {@code end} as the offset after the last committed record. */
    void learnedEnd(long askedNanos, long end) {
        if (needsEnd() && askedNanos - backSinceNanos >= 0) {
            neededEnd = end;
        }
    }

    /** Whether nobody can have taken this broker's place without its knowing. */
    boolean isCertain() {
        return endsNanos - now() > 0 && !needsEnd() && appliedOffset.getAsLong() + 1 >= neededEnd;
    }
}

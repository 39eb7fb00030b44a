package dwal.server.network;

import dwal.environment.Clock;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;

/**
 * The slowest requests of the last ten minutes, at most so many. Any thread; a request that is faster than all of them costs two
 * comparisons, and no lock.
 */
public final class SlowRequests {
    /** How many are kept. */
    public static final int MOST = 100;
    /** What takes less is not slow, however idle the node. */
    static final long LEAST_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    static final long KEPT_NANOS = TimeUnit.MINUTES.toNanos(10);

    private record Kept(long tookNanos, long endedNanos, SlowRequest request) {}

    private final PriorityQueue<Kept> kept = new PriorityQueue<>(Comparator.comparingLong(Kept::tookNanos));
    private final Clock clock;
    /** What takes no longer is not kept. */
    private volatile long thresholdNanos = LEAST_NANOS;
    /** When the threshold must be looked at again, for the oldest may be dropped then. */
    private volatile long reviewNanos;

    /** None yet. */
    public SlowRequests(Clock clock) {
        this.clock = clock;
        this.reviewNanos = clock.nanoTime() + KEPT_NANOS;
    }

    /** Whether a request that took {@code tookNanos}, until {@code now}, is one of the slowest: then {@link #keep} it. */
    boolean isSlow(long tookNanos, long now) {
        if (now - reviewNanos >= 0) {
            review(now);
        }
        return tookNanos > thresholdNanos;
    }

    /** Keeps {@code request} for a while. */
    synchronized void keep(long tookNanos, long now, SlowRequest request) {
        kept.add(new Kept(tookNanos, now, request));
        review(now);
    }

    private synchronized void review(long now) {
        kept.removeIf(one -> now - one.endedNanos >= KEPT_NANOS);
        while (kept.size() > MOST) {
            kept.remove();
        }
        Kept fastest = kept.peek();
        thresholdNanos = kept.size() < MOST || fastest == null ? LEAST_NANOS : fastest.tookNanos;
        reviewNanos = kept.stream().mapToLong(Kept::endedNanos).min().orElse(now) + KEPT_NANOS;
    }

    /** Those that are kept, at most {@code limit}, the slowest first. */
    public synchronized List<SlowRequest> slowest(int limit) {
        review(clock.nanoTime());
        return kept.stream()
                .sorted(Comparator.comparingLong(Kept::tookNanos).reversed())
                .limit(limit)
                .map(Kept::request)
                .toList();
    }
}

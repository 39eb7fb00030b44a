package dwal.replication;

import dwal.environment.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

/**
 * Followers of which this node leads partitions that they have not fetched yet. Their long polls are better ended soon: a
 * follower can name a new partition only with its next request. Any thread.
 */
public final class ExpectedFollowers {
    /** One that has not come by then may be gone. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(2);

    private record Expected(int partitions, long sinceNanos) {}

    private final Map<Integer, Expected> expected = new ConcurrentHashMap<>();
    private final List<IntConsumer> listeners = new CopyOnWriteArrayList<>();
    private final Clock clock;

    ExpectedFollowers(Clock clock) {
        this.clock = clock;
    }

    /** Has {@code listener} told of each follower from which something is expected from now on. */
    public void onExpected(IntConsumer listener) {
        listeners.add(listener);
    }

    /** Whether {@code replicaId} should soon name a partition that it has not named before. */
    public boolean isExpected(int replicaId) {
        Expected now = expected.get(replicaId);
        return now != null && clock.nanoTime() - now.sinceNanos < PATIENCE_NANOS;
    }

    /** {@code replicaId} is to fetch one more partition. */
    void expect(int replicaId) {
        boolean news = !isExpected(replicaId);
        long now = clock.nanoTime();
        expected.merge(replicaId, new Expected(1, now), (known, one) -> new Expected(known.partitions + 1, now));
        if (news) {
            listeners.forEach(listener -> listener.accept(replicaId));
        }
    }

    /** It has fetched one of them, or does not need to any more. */
    void expectNoMore(int replicaId) {
        expected.computeIfPresent(
                replicaId,
                (id, known) -> known.partitions == 1 ? null : new Expected(known.partitions - 1, known.sinceNanos));
    }
}

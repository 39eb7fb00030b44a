package dwal.server.fetch;

import dwal.environment.Clock;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The sessions that are kept between requests, at most so many; the least recently used one makes room if it has been
 * idle long enough. Any thread, under its own lock for a map look-up.
 */
public final class FetchSessions {
    private final Map<Integer, FetchSession> byId = new LinkedHashMap<>(16, 0.75f, true);
    private final LongAdder waiting = new LongAdder();
    private final int slots;
    private final long evictionMs;
    private final Clock clock;
    private final RandomGenerator random;

    /**
     * @param slots {@code max.incremental.fetch.session.cache.slots}
     * @param evictionMs a session that has been idle for less is never made to go
     * @param random for session ids, which must not be guessable from one another
     */
    public FetchSessions(int slots, long evictionMs, Clock clock, RandomGenerator random) {
        this.slots = slots;
        this.evictionMs = evictionMs;
        this.clock = clock;
        this.random = random;
    }

    /** The session, which counts as used now. */
    synchronized @Nullable FetchSession get(int id) {
        return byId.get(id);
    }

    /** Keeps {@code session} and gives it an id, if there is room: else it has id 0 and lasts for one request. */
    synchronized boolean tryKeep(FetchSession session) {
        long now = clock.wallMs();
        if (byId.size() >= slots && !evictOne(now, session.replica() != null)) {
            return false;
        }
        int id = random.nextInt(1, Integer.MAX_VALUE);
        while (byId.containsKey(id)) {
            id = random.nextInt(1, Integer.MAX_VALUE);
        }
        session.opened(id, now);
        byId.put(id, session);
        return true;
    }

    /** Has the fetches of {@code replicaId} that wait answered soon. */
    synchronized void hurry(int replicaId) {
        for (FetchSession session : byId.values()) {
            ReadingReplica replica = session.replica();
            FetchWait waiting = replica != null && replica.id() == replicaId ? session.waiting() : null;
            if (waiting != null) {
                waiting.hurry();
            }
        }
    }

    /** How many there are. */
    public synchronized int size() {
        return byId.size();
    }

    /** Fetches that wait now for something to read, of sessions that are not kept too. */
    public long waiting() {
        return waiting.sum();
    }

    /** A fetch waits from now on; gives the time. */
    long waits() {
        waiting.increment();
        return clock.nanoTime();
    }

    /** One that has waited since {@code nanos} waits no more; gives for how long it did. */
    long waitsNoMore(long nanos) {
        waiting.decrement();
        return clock.nanoTime() - nanos;
    }

    /** Counts a request of {@code session}. */
    void used(FetchSession session) {
        session.used(clock.wallMs());
    }

    /** Forgets the session; nothing if there is none of that id. */
    synchronized void remove(int id) {
        FetchSession removed = byId.remove(id);
        if (removed != null) {
            removed.close();
        }
    }

    /** A follower's session is too dear to go without: it makes that of a consumer go, however busy. */
    private boolean evictOne(long now, boolean forReplica) {
        for (Iterator<FetchSession> oldest = byId.values().iterator(); oldest.hasNext(); ) {
            FetchSession candidate = oldest.next();
            boolean isIdle = now - candidate.lastUsedMs() >= evictionMs;
            if (isIdle || (forReplica && candidate.replica() == null)) {
                oldest.remove();
                candidate.close();
                return true;
            }
            if (!forReplica) {
                return false;
            }
        }
        return false;
    }
}

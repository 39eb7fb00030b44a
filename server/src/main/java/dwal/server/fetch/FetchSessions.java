package dwal.server.fetch;

import dwal.environment.Clock;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The sessions that are kept between requests, at most so many, and at most so large in all; the least recently used one
 * makes room if it has been idle long enough. Also what requests may hold while they wait. Any thread, under its own lock
 * for a map look-up.
 */
public final class FetchSessions {
    /** A request of this size is no more than its connection is, and may always wait. */
    private static final int SMALL_WAIT_BYTES = 4 * 1024;

    private final Map<Integer, FetchSession> byId = new LinkedHashMap<>(16, 0.75f, true);
    private final LongAdder waiting = new LongAdder();
    private final AtomicLong waitBytes = new AtomicLong();
    private final int slots;
    private final long limitBytes;
    private final long evictionMs;
    private final Clock clock;
    private final RandomGenerator random;
    private long keptBytes;

    /**
     * @param slots {@code max.incremental.fetch.session.cache.slots}
     * @param limitBytes about how much memory the sessions may hold, and half of it requests that wait
     * @param evictionMs a session that has been idle for less is never made to go
     * @param random for session ids, which must not be guessable from one another
     */
    public FetchSessions(int slots, long limitBytes, long evictionMs, Clock clock, RandomGenerator random) {
        this.slots = slots;
        this.limitBytes = limitBytes;
        this.evictionMs = evictionMs;
        this.clock = clock;
        this.random = random;
    }

    /** The session, which counts as used now. Another loop than the caller's may own it. */
    synchronized @Nullable FetchSession get(int id) {
        return byId.get(id);
    }

    /** Keeps {@code session} and gives it an id, if there is room: else it has id 0 and lasts for one request. */
    synchronized boolean tryKeep(FetchSession session) {
        long now = clock.wallMs();
        if (!makeRoom(session, session.bytes(), now)) {
            return false;
        }
        int id = random.nextInt(1, Integer.MAX_VALUE);
        while (byId.containsKey(id)) {
            id = random.nextInt(1, Integer.MAX_VALUE);
        }
        session.opened(id, now);
        keep(session);
        byId.put(id, session);
        return true;
    }

    /** Whether {@code session} is kept, as large as it is now; else it is closed. Called by its owner after each change. */
    boolean mayKeep(FetchSession session) {
        return session.bytes() == session.keptBytes() || mayResize(session);
    }

    private synchronized boolean mayResize(FetchSession session) {
        if (byId.get(session.id()) != session) {
            return false;
        }
        long grown = session.bytes() - session.keptBytes();
        if (grown > 0 && !makeRoom(session, grown, clock.wallMs())) {
            remove(session.id());
            return false;
        }
        keep(session);
        return true;
    }

    private void keep(FetchSession session) {
        keptBytes += session.bytes() - session.keptBytes();
        session.setKeptBytes(session.bytes());
    }

    /** Makes others go until there is room for {@code session}, new or grown by so many bytes; false if that is impossible. */
    private boolean makeRoom(FetchSession session, long bytes, long now) {
        if (session.bytes() > limitBytes) {
            return false;
        }
        int others = byId.get(session.id()) == session ? slots : slots - 1;
        while (byId.size() > others || keptBytes + bytes > limitBytes) {
            if (!evictOne(session, now)) {
                return false;
            }
        }
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

    /** How many partitions all sessions together may have, at the most; so many one request may name, too. */
    long mostPartitions() {
        return limitBytes / FetchSession.PARTITION_BYTES;
    }

    /** About how many bytes of the heap they hold. */
    public synchronized long bytes() {
        return keptBytes;
    }

    /** How many there are. */
    public synchronized int size() {
        return byId.size();
    }

    /** Fetches that wait now for something to read, of sessions that are not kept too. */
    public long waiting() {
        return waiting.sum();
    }

    /** Whether a request that holds {@code bytes} may wait; if so {@link #waitsNoMore} gives them back. */
    boolean mayWait(long bytes) {
        if (bytes <= SMALL_WAIT_BYTES) {
            return true;
        }
        if (waitBytes.addAndGet(bytes) <= limitBytes / 2) {
            return true;
        }
        waitBytes.addAndGet(-bytes);
        return false;
    }

    /** A fetch waits from now on; gives the time. */
    long waits() {
        waiting.increment();
        return clock.nanoTime();
    }

    /** One that has waited since {@code nanos}, and held {@code bytes}, waits no more; gives for how long it did. */
    long waitsNoMore(long nanos, long bytes) {
        waiting.decrement();
        if (bytes > SMALL_WAIT_BYTES) {
            waitBytes.addAndGet(-bytes);
        }
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
            letGo(removed);
        }
    }

    /** A follower's session is too dear to go without: it makes that of a consumer go, however busy. */
    private boolean evictOne(FetchSession newcomer, long now) {
        boolean forReplica = newcomer.replica() != null;
        for (Iterator<FetchSession> oldest = byId.values().iterator(); oldest.hasNext(); ) {
            FetchSession candidate = oldest.next();
            if (candidate == newcomer) {
                continue;
            }
            boolean isIdle = now - candidate.lastUsedMs() >= evictionMs;
            if (isIdle || (forReplica && candidate.replica() == null)) {
                oldest.remove();
                letGo(candidate);
                return true;
            }
            if (!forReplica) {
                return false;
            }
        }
        return false;
    }

    private void letGo(FetchSession gone) {
        keptBytes -= gone.keptBytes();
        gone.setKeptBytes(0);
        gone.letGo();
    }
}

package dwal.coordinator;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Partitions of {@code __consumer_offsets} that this node leads, that hold nothing, and that nobody has needed yet. There are
 * fifty of them and a small cluster uses a few: each gets its state machine with the first request, not before, so that
 * the others cost neither start-up time nor memory.
 *
 * <p>A partition sleeps at most once: when it was woken it stays with the embedded coordinator. Any thread.
 */
final class DormantPartitions {

    /** Hands a partition over to the embedded coordinator, soon. */
    interface Waker {
        void wake(int partition, int leaderEpoch);
    }

    /** One partition that sleeps; its fields are guarded by itself. */
    private static final class Sleeper {
        final int leaderEpoch;
        final List<Runnable> waiting = new ArrayList<>();
        boolean called;
        boolean awake;

        Sleeper(int leaderEpoch) {
            this.leaderEpoch = leaderEpoch;
        }
    }

    private final Map<Integer, Sleeper> sleepers = new ConcurrentHashMap<>();
    private final Waker waker;

    /** @param waker called once for each partition that is needed */
    DormantPartitions(Waker waker) {
        this.waker = waker;
    }

    /** Puts {@code partition} to sleep, or moves its sleep to a later leader epoch. */
    void sleep(int partition, int leaderEpoch) {
        release(partition);
        sleepers.put(partition, new Sleeper(leaderEpoch));
    }

    /** Whether {@code partition} still sleeps in that epoch, be it called or not. */
    boolean sleeps(int partition, int leaderEpoch) {
        Sleeper sleeper = sleepers.get(partition);
        return sleeper != null && sleeper.leaderEpoch == leaderEpoch;
    }

    /**
     * Wakes {@code partition} if it sleeps, and keeps {@code then} until it does so no more.
     *
     * @param then does not block and does not throw
     * @return whether it slept; if not, {@code then} was not taken
     */
    boolean call(int partition, Runnable then) {
        Sleeper sleeper = sleepers.get(partition);
        if (sleeper == null) {
            return false;
        }
        synchronized (sleeper) {
            if (sleeper.awake) {
                return false;
            }
            sleeper.waiting.add(then);
            if (sleeper.called) {
                return true;
            }
            sleeper.called = true;
        }
        waker.wake(partition, sleeper.leaderEpoch);
        return true;
    }

    /** {@code partition} sleeps no more: it is served, or is no longer ours. Who waits goes on, in order, before who comes. */
    void release(int partition) {
        Sleeper sleeper = sleepers.get(partition);
        if (sleeper == null) {
            return;
        }
        synchronized (sleeper) {
            sleeper.awake = true;
            sleeper.waiting.forEach(Runnable::run);
            sleeper.waiting.clear();
        }
        sleepers.remove(partition, sleeper);
    }

    /** Nobody sleeps any more. */
    void releaseAll() {
        sleepers.keySet().forEach(this::release);
    }
}

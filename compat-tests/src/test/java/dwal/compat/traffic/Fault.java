package dwal.compat.traffic;

import dwal.compat.server.Await;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.IntStream;

/**
 * A misfortune that has just happened, and how long after it everything went right again: each partition took a record
 * that was sent since, and each group a commit. Told by the threads of clients, waited for by the test's.
 */
public final class Fault {
    private final String name;
    private final long began = System.nanoTime();
    /** Nanoseconds from the beginning to the first success; 0 before that. */
    private final AtomicLongArray partitions;

    private final AtomicLongArray groups;
    private final StringBuilder reached = new StringBuilder();

    Fault(String name, int partitionCount, int groupCount) {
        this.name = name;
        this.partitions = new AtomicLongArray(partitionCount);
        this.groups = new AtomicLongArray(groupCount);
    }

    void acknowledged(int partition, long sentNanos) {
        success(partitions, partition, sentNanos);
    }

    void committed(int group, long beganNanos) {
        success(groups, group, beganNanos);
    }

    private void success(AtomicLongArray firsts, int index, long tryBegan) {
        if (tryBegan >= began && firsts.get(index) == 0) firsts.compareAndSet(index, 0, System.nanoTime() - began);
    }

    /** Notes for the report that something on the way to recovery has happened by now. */
    public void reached(String what) {
        reached.append(what)
                .append(" after ")
                .append(ms(System.nanoTime() - began))
                .append(", ");
    }

    /** Waits until producers and groups succeed again everywhere. */
    public void awaitRecovery() {
        Await.until("success after: " + name, () -> {
            List<Integer> waiting = without(partitions);
            List<Integer> waitingGroups = without(groups);
            if (waiting.isEmpty() && waitingGroups.isEmpty()) return true;
            throw new AssertionError("no success yet for partitions " + waiting + " and groups " + waitingGroups);
        });
    }

    private static List<Integer> without(AtomicLongArray firsts) {
        return IntStream.range(0, firsts.length())
                .filter(i -> firsts.get(i) == 0)
                .boxed()
                .toList();
    }

    private static String longestMs(AtomicLongArray firsts) {
        long longest = 0;
        for (int i = 0; i < firsts.length(); i++) {
            if (firsts.get(i) == 0) return "never";
            longest = Math.max(longest, firsts.get(i));
        }
        return ms(longest);
    }

    private static String ms(long nanos) {
        return Duration.ofNanos(nanos).toMillis() + " ms";
    }

    @Override
    public String toString() {
        return name + " (" + reached + "producers again after " + longestMs(partitions)
                + (groups.length() == 0 ? "" : ", groups after " + longestMs(groups)) + ")";
    }
}

package dwal.compat.judge;

import java.util.ArrayList;
import java.util.List;

/** What producers sent and were told, and what a reader found in the end. Filled from many threads, judged by one. */
public final class History {
    /** A record as a producer counts it: its {@code number}-th to this partition. */
    public record Value(int producer, int partition, long number) {
        @Override
        public String toString() {
            return producer + "/" + partition + "/" + number;
        }

        public static Value parse(String text) {
            String[] parts = text.split("/", 3);
            return new Value(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]), Long.parseLong(parts[2]));
        }
    }

    /** The server's word that a value stands at an offset. */
    public record Acknowledged(Value value, long offset) {}

    /** A value as it was read. */
    public record Found(int partition, long offset, Value value) {}

    private final List<Acknowledged> acknowledged = new ArrayList<>();
    private final List<Value> indefinite = new ArrayList<>();
    private final List<Found> seenBefore = new ArrayList<>();
    private final List<Found> found = new ArrayList<>();

    public synchronized void acknowledged(Value value, long offset) {
        acknowledged.add(new Acknowledged(value, offset));
    }

    /** Sent, but neither acknowledged nor refused for certain: may be there once, or not. */
    public synchronized void indefinite(Value value) {
        indefinite.add(value);
    }

    /** Read while the faults went on: must be there in the end, at the same place. */
    public synchronized void seen(int partition, long offset, Value value) {
        seenBefore.add(new Found(partition, offset, value));
    }

    /** Read in the end, in this order. */
    public synchronized void found(int partition, long offset, Value value) {
        found.add(new Found(partition, offset, value));
    }

    public synchronized int acknowledgedCount() {
        return acknowledged.size();
    }

    public synchronized int indefiniteCount() {
        return indefinite.size();
    }

    synchronized List<Acknowledged> acknowledged() {
        return List.copyOf(acknowledged);
    }

    synchronized List<Value> indefinite() {
        return List.copyOf(indefinite);
    }

    synchronized List<Found> seenBefore() {
        return List.copyOf(seenBefore);
    }

    synchronized List<Found> found() {
        return List.copyOf(found);
    }
}

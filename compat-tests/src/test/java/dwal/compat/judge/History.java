package dwal.compat.judge;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** What clients sent, read and were told, and what a reader found in the end. Filled from many threads, judged by one. */
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

    /**
     * Who reads, from one start to the next.
     *
     * @param group empty for who assigns partitions itself
     */
    public record Reader(String group, String name) {}

    /** A value as it was read by one reader. */
    public record Seen(Reader reader, int partition, long offset, Value value) {}

    /** Where a reader begins with a partition. */
    public record Start(Reader reader, int partition, long offset) {}

    /**
     * The server's word on how far a group is.
     *
     * @param what committed, or told to someone who asked
     * @param since how many such events were known when the server was asked for this one
     */
    public record GroupOffset(String what, String group, int partition, long offset, int since) {}

    private final List<Acknowledged> acknowledged = new ArrayList<>();
    private final List<Value> indefinite = new ArrayList<>();
    private final List<Start> starts = new ArrayList<>();
    private final List<Seen> seen = new ArrayList<>();
    private final List<GroupOffset> groupOffsets = new ArrayList<>();
    private final List<String> errors = new ArrayList<>();
    private final List<Found> found = new ArrayList<>();

    public synchronized void acknowledged(Value value, long offset) {
        acknowledged.add(new Acknowledged(value, offset));
    }

    /** Sent, but neither acknowledged nor refused for certain: may be there once, or not. */
    public synchronized void indefinite(Value value) {
        indefinite.add(value);
    }

    /** From here {@code reader} reads on. */
    public synchronized void starts(Reader reader, int partition, long offset) {
        starts.add(new Start(reader, partition, offset));
    }

    /** Read while the faults went on: must be there in the end, at the same place. */
    public synchronized void seen(Reader reader, int partition, long offset, Value value) {
        seen.add(new Seen(reader, partition, offset, value));
    }

    /** How many commits and answers about offsets of groups there were so far. */
    public synchronized int groupEvents() {
        return groupOffsets.size();
    }

    /** A commit of {@code offset} was acknowledged, which was begun when there had been {@code since} events. */
    public synchronized void committed(String group, int partition, long offset, int since) {
        groupOffsets.add(new GroupOffset("committed", group, partition, offset, since));
    }

    /** Who asked when there had been {@code since} events was told that {@code group} is at {@code offset}. */
    public synchronized void told(String group, int partition, long offset, int since) {
        groupOffsets.add(new GroupOffset("told", group, partition, offset, since));
    }

    /** Something was refused, or timed out; no rule speaks of it. */
    public synchronized void error(String client, Exception error) {
        errors.add(Instant.now() + " " + client + ": " + error);
    }

    /** Read in the end, in this order. */
    public synchronized void found(int partition, long offset, Value value) {
        found.add(new Found(partition, offset, value));
    }

    /** For reports: how much there was of each. */
    public synchronized int acknowledgedCount() {
        return acknowledged.size();
    }

    public synchronized int indefiniteCount() {
        return indefinite.size();
    }

    public synchronized String counts() {
        return acknowledged.size() + " records acknowledged, " + indefinite.size() + " indefinite, " + seen.size()
                + " times one was read, " + groupOffsets.size() + " commits and answers about offsets of groups";
    }

    synchronized List<Acknowledged> acknowledged() {
        return List.copyOf(acknowledged);
    }

    synchronized List<Value> indefinite() {
        return List.copyOf(indefinite);
    }

    synchronized List<Start> starts() {
        return List.copyOf(starts);
    }

    synchronized List<Seen> seen() {
        return List.copyOf(seen);
    }

    synchronized List<GroupOffset> groupOffsets() {
        return List.copyOf(groupOffsets);
    }

    public synchronized List<String> errors() {
        return List.copyOf(errors);
    }

    synchronized List<Found> found() {
        return List.copyOf(found);
    }
}

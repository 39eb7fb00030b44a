package dwal.replication;

import java.util.concurrent.atomic.LongAdder;

/** What the partitions of a node have been through since its start. Any thread. */
public final class ReplicationMetrics {
    private final LongAdder shrinks = new LongAdder();
    private final LongAdder expands = new LongAdder();
    private final LongAdder elections = new LongAdder();
    private final LongAdder waitingAppends = new LongAdder();
    private final LongAdder replicatedBytes = new LongAdder();

    void inSyncChanged(int from, int to) {
        if (to < from) {
            shrinks.increment();
        } else if (to > from) {
            expands.increment();
        }
    }

    void elected() {
        elections.increment();
    }

    void waits() {
        waitingAppends.increment();
    }

    void waitsNoMore() {
        waitingAppends.decrement();
    }

    void replicated(int bytes) {
        replicatedBytes.add(bytes);
    }

    /** How often followers have left the in-sync replicas of a partition led here. */
    public long shrinks() {
        return shrinks.sum();
    }

    /** How often they have joined. */
    public long expands() {
        return expands.sum();
    }

    /** How often this node has begun to lead a partition. */
    public long elections() {
        return elections.sum();
    }

    /** Appends with acks=all that wait now for the high watermark. */
    public long waitingAppends() {
        return waitingAppends.sum();
    }

    /** Bytes that were fetched from leaders. */
    public long replicatedBytes() {
        return replicatedBytes.sum();
    }
}

package dwal.log;

import dwal.environment.DurationHistogram;
import java.util.concurrent.atomic.LongAdder;

/** What the logs of a node have done since its start. Any thread; nothing is worked out before somebody asks. */
public final class StoreMetrics {
    private final LongAdder appends = new LongAdder();
    private final LongAdder appendedRecords = new LongAdder();
    private final LongAdder appendedBytes = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final DurationHistogram syncs = new DurationHistogram();

    void appended(long records, int bytes) {
        appends.increment();
        appendedRecords.add(records);
        appendedBytes.add(bytes);
    }

    void synced(long nanos) {
        syncs.record(nanos);
    }

    void failed() {
        failures.increment();
    }

    /** Appends, of leaders and followers, each of one or more batches. */
    public long appends() {
        return appends.sum();
    }

    /** Records that they had; offsets that compaction has left out are counted too. */
    public long appendedRecords() {
        return appendedRecords.sum();
    }

    /** Bytes that they had. */
    public long appendedBytes() {
        return appendedBytes.sum();
    }

    /** Logs that went offline. */
    public long failures() {
        return failures.sum();
    }

    /** How long syncs took. */
    public DurationHistogram syncs() {
        return syncs;
    }
}

package dwal.replication;

import dwal.log.AppendOutcome;

/** Who waits for what becomes of an append or of a deletion. */
@FunctionalInterface
public interface Waiter {

    /** Once, at the end; on the partition's strand. */
    void done(AppendOutcome outcome);

    /**
     * Whether nobody wants to know any more, for good; any thread. Who has left says so to {@link Partition#waiterLeft}, and is
     * {@link #done} soon.
     */
    default boolean hasLeft() {
        return false;
    }
}

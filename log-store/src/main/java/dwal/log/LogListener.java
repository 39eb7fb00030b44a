package dwal.log;

/** Told of what happens to a log outside a call: from the thread it happens on, never inside the caller's stack. */
public interface LogListener {
    /** All records below {@code offset} are synced. */
    void synced(long offset);

    /** The log is offline from now on: a sync or write failed, or damage was found. */
    void failed(String reason);

    /** Has {@code task} run on the partition's strand. */
    default void onStrand(Runnable task) {
        task.run();
    }

    /** A higher log start offset outlives a crash now: has {@code publish} run on the strand, where readers get to see it. */
    default void startKept(Runnable publish) {
        publish.run();
    }
}

package dwal.replication;

/**
 * Who wants to know what becomes of an append, and when. Called on the partition's strand; times are nanoseconds of the node's
 * clock.
 */
@FunctionalInterface
public interface Appending extends Waiter {
    /** No follower was waited for. */
    int NOBODY = -1;

    /**
     * The partition comes to it now.
     *
     * @param opened whether it had to be opened first
     */
    default void begins(long nanos, boolean opened) {}

    /** The records are in the file, and more is waited for. */
    default void written(long nanos) {}

    /**
     * What was waited for has come, or time is up.
     *
     * @param storedNanos when this node had stored the records; 0 for not yet
     * @param lastFollower the follower that stored them last, or {@link #NOBODY}
     */
    default void waited(long nanos, long storedNanos, int lastFollower) {}
}

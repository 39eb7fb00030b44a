package dwal.replication;

/** How far a reader may see. */
public enum Isolation {
    /** Consumers that take all that is replicated: up to the high watermark. */
    READ_UNCOMMITTED,
    /** Consumers of committed transactions: up to the last stable offset, and told of aborted transactions. */
    READ_COMMITTED,
    /** Replicas and coordinators on this node: up to the log end. */
    LOG_END
}

package dwal.replication;

import org.apache.kafka.common.errors.InvalidRequestException;

/** How far a reader may see. */
public enum Isolation {
    /** Consumers that take all that is replicated: up to the high watermark. */
    READ_UNCOMMITTED,
    /** Consumers of committed transactions: up to the last stable offset, and told of aborted transactions. */
    READ_COMMITTED,
    /** Replicas and coordinators on this node: up to the log end. */
    LOG_END;

    /**
     * What the isolation level of a consumer's request says.
     *
     * @throws InvalidRequestException if there is no such level: who asks for more than we know must not get less
     */
    public static Isolation ofConsumer(byte level) {
        return switch (level) {
            case 0 -> READ_UNCOMMITTED;
            case 1 -> READ_COMMITTED;
            default ->
                throw new InvalidRequestException(
                        "There is no isolation level " + level + ": 0 is read_uncommitted, 1 read_committed");
        };
    }
}

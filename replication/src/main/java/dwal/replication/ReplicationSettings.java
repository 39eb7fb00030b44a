package dwal.replication;

/**
 * What a node's configuration says about replication. Immutable.
 *
 * @param lagTimeMaxMs {@code replica.lag.time.max.ms}: a follower that has not had all for so long is not in sync
 * @param fetchMaxBytes {@code replica.fetch.max.bytes}, per partition
 * @param fetchResponseMaxBytes {@code replica.fetch.response.max.bytes}
 * @param fetchMinBytes {@code replica.fetch.min.bytes}
 * @param fetchWaitMaxMs {@code replica.fetch.wait.max.ms}
 * @param fetchBackoffMs {@code replica.fetch.backoff.ms}: pause after an error, of a partition or of a whole fetch
 * @param socketTimeoutMs {@code replica.socket.timeout.ms}
 * @param fetchers {@code num.replica.fetchers}: lines to each leader
 * @param quotaWindows {@code replication.quota.window.num}
 * @param quotaWindowSeconds {@code replication.quota.window.size.seconds}
 */
public record ReplicationSettings(
        long lagTimeMaxMs,
        int fetchMaxBytes,
        int fetchResponseMaxBytes,
        int fetchMinBytes,
        int fetchWaitMaxMs,
        int fetchBackoffMs,
        int socketTimeoutMs,
        int fetchers,
        int quotaWindows,
        int quotaWindowSeconds) {

    /** With Kafka's default windows of quotas. */
    public ReplicationSettings(
            long lagTimeMaxMs,
            int fetchMaxBytes,
            int fetchResponseMaxBytes,
            int fetchMinBytes,
            int fetchWaitMaxMs,
            int fetchBackoffMs,
            int socketTimeoutMs,
            int fetchers) {
        this(
                lagTimeMaxMs,
                fetchMaxBytes,
                fetchResponseMaxBytes,
                fetchMinBytes,
                fetchWaitMaxMs,
                fetchBackoffMs,
                socketTimeoutMs,
                fetchers,
                11,
                1);
    }

    /** Kafka's defaults. */
    public static ReplicationSettings defaults() {
        return new ReplicationSettings(30_000, 1 << 20, 10 << 20, 1, 500, 1_000, 30_000, 1);
    }
}

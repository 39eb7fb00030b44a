package dwal.replication;

import dwal.log.LogSettings;

/**
 * What a topic's configuration says about its partitions. Immutable.
 *
 * @param log what concerns each log
 * @param minInSyncReplicas {@code min.insync.replicas}
 * @param throttledLeaders {@code leader.replication.throttled.replicas}
 * @param throttledFollowers {@code follower.replication.throttled.replicas}
 */
public record PartitionSettings(
        LogSettings log,
        int minInSyncReplicas,
        ThrottledReplicas throttledLeaders,
        ThrottledReplicas throttledFollowers) {

    /** With nothing throttled. */
    public PartitionSettings(LogSettings log, int minInSyncReplicas) {
        this(log, minInSyncReplicas, ThrottledReplicas.NONE, ThrottledReplicas.NONE);
    }
}

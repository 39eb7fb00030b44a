package dwal.replication;

import dwal.log.LogSettings;

/**
 * What a topic's configuration says about its partitions. Immutable.
 *
 * @param log what concerns each log
 * @param minInSyncReplicas {@code min.insync.replicas}
 */
public record PartitionSettings(LogSettings log, int minInSyncReplicas) {}

package dwal.replication;

/**
 * What this node is to a partition. The cluster's metadata decides it, nothing else. Owned by the partition's strand.
 */
sealed interface Role permits Leader, Follower, Offline {}

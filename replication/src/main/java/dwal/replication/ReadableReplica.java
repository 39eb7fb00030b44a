package dwal.replication;

/**
 * A follower from which a consumer may read, as its leader knows it. Immutable.
 *
 * @param endOffset of its log
 * @param lagNanos for how long it has lacked something; 0 if it lacks nothing
 */
public record ReadableReplica(int brokerId, long endOffset, long lagNanos) {}

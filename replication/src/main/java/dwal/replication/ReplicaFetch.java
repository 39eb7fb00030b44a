package dwal.replication;

/**
 * What a follower says of one partition when it fetches. Immutable.
 *
 * @param replicaId the follower
 * @param brokerEpoch of the follower's registration
 * @param offset from where it fetches: all before is stored there
 * @param currentLeaderEpoch the leader epoch it follows
 * @param lastFetchedEpoch leader epoch of its last record, or -1 if it has none
 * @param logStartOffset of its log, or -1
 */
public record ReplicaFetch(
        int replicaId,
        long brokerEpoch,
        long offset,
        int currentLeaderEpoch,
        int lastFetchedEpoch,
        long logStartOffset) {}

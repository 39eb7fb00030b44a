package dwal.replication;

/**
 * What a follower says of one partition when it fetches. Immutable.
 *
 * @param replicaId the follower
 * @param brokerEpoch of the follower's registration, or -1 before version 15 of Fetch
 * @param offset from where it fetches: all before is stored there
 * @param currentLeaderEpoch the leader epoch it follows, or -1 before version 9
 * @param lastFetchedEpoch leader epoch of its last record, or -1 if it has none
 * @param logStartOffset of its log, or -1
 * @param opening whether it comes with the first request of a fetch session: of all requests these alone can come late,
 *     from a connection that the follower has given up, and be taken for news
 * @param source the session
 */
public record ReplicaFetch(
        int replicaId,
        long brokerEpoch,
        long offset,
        int currentLeaderEpoch,
        int lastFetchedEpoch,
        long logStartOffset,
        boolean opening,
        Source source) {

    /** One partition in one fetch session of a follower. Any thread. */
    public interface Source {
        /** One that has ended. */
        Source ENDED = new Source() {
            @Override
            public boolean hasEnded() {
                return true;
            }

            @Override
            public void repeat() {}
        };

        /** Whether the session has ended, or the follower has taken the partition out of it. */
        boolean hasEnded();

        /** The follower's next request in this session, which it is to make soon, shall count as naming this partition. */
        void repeat();
    }
}

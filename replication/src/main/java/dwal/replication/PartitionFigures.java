package dwal.replication;

import java.util.Map;
import java.util.Optional;

/**
 * A partition at one moment, for people.
 *
 * @param role what this node is in it
 * @param copies what the leader knows of its replicas; empty elsewhere
 * @param followerLags what each follower of this leader lacks, in records
 * @param queued tasks that wait for its strand, or run
 */
public record PartitionFigures(Role role, Optional<Copies> copies, Map<Integer, Long> followerLags, int queued) {

    /** What a node is in a partition. */
    public enum Role {
        LEADER,
        FOLLOWER,
        /** Its log has failed. */
        FAILED,
        /** It is not open yet. */
        NOT_OPEN
    }

    /**
     * The replicas of a leader.
     *
     * @param inSync how many are in sync
     * @param assigned how many there are to be
     * @param underMinInSync whether too few are in sync for acks=all
     */
    public record Copies(int inSync, int assigned, boolean underMinInSync) {}
}

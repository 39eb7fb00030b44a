package dwal.replication;

import java.util.List;

/**
 * What the cluster's metadata says of one partition: who has it, who leads it, who is in sync. Immutable.
 *
 * @param leaderId the leading node, or -1 if there is none
 * @param leaderEpoch grows with each change of leader
 * @param partitionEpoch grows with each change of anything here
 * @param replicas the nodes that are to have it
 * @param inSync those of them that are in sync
 * @param eligible those that are not in sync, but may lead when nobody is (KIP-966)
 * @param lost those of which their nodes have said that they failed: they are not to be waited for
 */
public record Assignment(
        int leaderId,
        int leaderEpoch,
        int partitionEpoch,
        List<Integer> replicas,
        List<Integer> inSync,
        List<Integer> eligible,
        List<Integer> lost) {

    /** With no replica lost, and none eligible but those in sync. */
    public Assignment(int leaderId, int leaderEpoch, int partitionEpoch, List<Integer> replicas, List<Integer> inSync) {
        this(leaderId, leaderEpoch, partitionEpoch, replicas, inSync, List.of(), List.of());
    }

    boolean hasLeader() {
        return leaderId >= 0;
    }

    boolean isLedBy(int nodeId) {
        return leaderId == nodeId;
    }

    /** Whether {@code nodeId} counts as having all that is committed, so that it may come to lead. */
    boolean mayComeToLead(int nodeId) {
        return inSync.contains(nodeId) || eligible.contains(nodeId);
    }
}

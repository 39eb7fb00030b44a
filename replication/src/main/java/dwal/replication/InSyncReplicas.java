package dwal.replication;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who is in sync, as a leader knows it: what the controller has committed, and what this leader has proposed and not heard
 * of. Owned by the partition's strand.
 *
 * <p>While a proposal is under way it may have been committed already. So the high watermark waits for the
 * {@link #maximal} set, those of before and those proposed; and whether there are enough replicas is decided by the
 * {@link #committed} ones.
 */
final class InSyncReplicas {
    /** One proposal; its identity tells a late answer from that to a later one. */
    static final class Proposal {
        private final List<Integer> replicas;

        private Proposal(List<Integer> replicas) {
            this.replicas = replicas;
        }

        List<Integer> replicas() {
            return replicas;
        }
    }

    /** Any thread. */
    private volatile List<Integer> committed;

    private List<Integer> maximal;
    private int partitionEpoch;
    private @Nullable Proposal pending;

    InSyncReplicas(List<Integer> committed, int partitionEpoch) {
        this.committed = committed;
        this.maximal = committed;
        this.partitionEpoch = partitionEpoch;
    }

    List<Integer> committed() {
        return committed;
    }

    List<Integer> maximal() {
        return maximal;
    }

    int partitionEpoch() {
        return partitionEpoch;
    }

    boolean isPending() {
        return pending != null;
    }

    boolean isPending(Proposal proposal) {
        return pending == proposal;
    }

    Proposal proposeWith(int replica) {
        List<Integer> more = new ArrayList<>(committed);
        more.add(replica);
        return propose(List.copyOf(more), more);
    }

    Proposal proposeWithout(List<Integer> replicas) {
        return propose(committed.stream().filter(id -> !replicas.contains(id)).toList(), committed);
    }

    private Proposal propose(List<Integer> wanted, List<Integer> possible) {
        if (pending != null) {
            throw new AssertionError("proposed " + wanted + " while " + pending.replicas + " is under way");
        }
        var proposal = new Proposal(wanted);
        pending = proposal;
        maximal = List.copyOf(possible);
        return proposal;
    }

    /** The controller has committed {@code replicas}; false if that is older than what is known. */
    boolean commit(List<Integer> replicas, int partitionEpoch) {
        if (partitionEpoch <= this.partitionEpoch) {
            return false;
        }
        this.partitionEpoch = partitionEpoch;
        committed = replicas;
        maximal = replicas;
        pending = null;
        return true;
    }

    /** The proposal was surely not and will surely never be committed. */
    void withdraw() {
        pending = null;
        maximal = committed;
    }
}

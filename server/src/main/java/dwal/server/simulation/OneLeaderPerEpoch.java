package dwal.server.simulation;

import dwal.replication.Partition;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Two nodes, or two runs of one, never lead a partition in the same epoch (promise M3). */
final class OneLeaderPerEpoch implements Rule {
    private record Term(int partition, int epoch) {}

    /** In which epoch a run of a node was seen to lead last. */
    private static final class Seen {
        @Nullable
        Object run;

        int epoch = -1;
    }

    private final Map<Term, Object> leaders = new HashMap<>();
    private final Seen[][] seen;

    OneLeaderPerEpoch(Simulation.Options options) {
        seen = new Seen[options.nodes() + 1][options.partitions()];
        for (Seen[] node : seen) {
            for (int i = 0; i < node.length; i++) {
                node[i] = new Seen();
            }
        }
    }

    @Override
    public void check(SimulatedCluster cluster) {
        for (SimulatedNode node : cluster.nodes()) {
            Object run = node.incarnation();
            for (int i = 0; run != null && i < cluster.options().partitions(); i++) {
                Partition partition = node.partition(i);
                int epoch = partition == null ? -1 : partition.leaderEpoch();
                Seen last = seen[node.id()][i];
                if (epoch >= 0 && (last.run != run || last.epoch != epoch)) {
                    last.run = run;
                    last.epoch = epoch;
                    check(node.id(), i, epoch, run);
                }
            }
        }
    }

    private void check(int node, int partition, int epoch, Object run) {
        Object known = leaders.putIfAbsent(new Term(partition, epoch), run);
        if (known != null && known != run) {
            throw Rule.broken("node " + node + " leads partition " + partition + " in epoch " + epoch
                    + ", in which another, or an earlier run of it, has led");
        }
    }
}

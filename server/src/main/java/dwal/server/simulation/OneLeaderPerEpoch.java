package dwal.server.simulation;

import dwal.replication.Partition;
import java.util.HashMap;
import java.util.Map;

/** Two nodes, or two runs of one, never lead a partition in the same epoch (promise M3). */
final class OneLeaderPerEpoch implements Rule {
    private record Term(int partition, int epoch) {}

    private final Map<Term, Object> leaders = new HashMap<>();

    @Override
    public void check(SimulatedCluster cluster) {
        for (SimulatedNode node : cluster.nodes()) {
            for (int i = 0; i < cluster.options().partitions(); i++) {
                Partition partition = node.partition(i);
                int epoch = partition == null ? -1 : partition.leaderEpoch();
                Object run = node.incarnation();
                if (epoch >= 0 && run != null) {
                    Object known = leaders.putIfAbsent(new Term(i, epoch), run);
                    if (known != null && known != run) {
                        throw Rule.broken("node " + node.id() + " leads partition " + i + " in epoch " + epoch
                                + ", in which another, or an earlier run of it, has led");
                    }
                }
            }
        }
    }
}

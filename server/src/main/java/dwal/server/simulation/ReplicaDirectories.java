package dwal.server.simulation;

import java.util.Set;
import java.util.TreeSet;

/**
 * Tells the controller which replicas of one run of a node have failed, by saying that they are in no directory, and that the
 * others are in its own (KIP-858); again until the metadata say so.
 */
final class ReplicaDirectories {
    private static final int RETRY_MS = 300;

    private final NodeRun run;
    private final SimulatedCluster cluster;
    private final Set<Integer> failed = new TreeSet<>();
    private boolean waiting;

    ReplicaDirectories(NodeRun run, SimulatedCluster cluster) {
        this.run = run;
        this.cluster = cluster;
    }

    void failed(int partition) {
        cluster.history().note(() -> "partition " + partition + " on node " + run.id() + " has failed");
        failed.add(partition);
        step();
    }

    void repaired(int partition) {
        if (failed.remove(partition)) {
            step();
        }
    }

    /** The metadata may say something else than this. */
    void step() {
        if (waiting) {
            return;
        }
        for (int i = 0; i < cluster.options().partitions(); i++) {
            int partition = i;
            boolean lost = failed.contains(i);
            if (run.brokerEpoch() >= 0 && cluster.controller().isLost(SimulatedCluster.TOPIC, i, run.id()) != lost) {
                waiting = true;
                long epoch = run.brokerEpoch();
                run.send(
                        SimulatedCluster.CONTROLLER,
                        () -> cluster.controller()
                                .assignDirectory(SimulatedCluster.TOPIC, partition, run.id(), epoch, lost));
            }
        }
        if (waiting) {
            run.life().after(RETRY_MS, () -> {
                waiting = false;
                step();
            });
        }
    }
}

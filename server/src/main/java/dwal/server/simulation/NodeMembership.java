package dwal.server.simulation;

import dwal.replication.ImageBrokers;
import dwal.replication.Partitions;

/** How one run of a node takes part in the cluster: it registers, says that it lives, and follows the metadata step by step. */
final class NodeMembership {
    private static final int RETRY_MS = 100;
    private static final int HEARTBEAT_MS = 200;

    private final NodeRun run;
    private final SimulatedCluster cluster;
    private final long cleanEpoch;
    private final ImageBrokers brokers;
    private final Partitions partitions;
    private final ReplicaDirectories directories;
    private long brokerEpoch = -1;
    private int applied;
    private boolean reading;

    /** @param cleanEpoch the broker epoch of the last run, if that one stopped cleanly, else -1 */
    NodeMembership(
            NodeRun run,
            SimulatedCluster cluster,
            long cleanEpoch,
            ImageBrokers brokers,
            Partitions partitions,
            ReplicaDirectories directories) {
        this.run = run;
        this.cluster = cluster;
        this.cleanEpoch = cleanEpoch;
        this.brokers = brokers;
        this.partitions = partitions;
        this.directories = directories;
    }

    /** The epoch that the controller gave this run, or -1 before. */
    long brokerEpoch() {
        return brokerEpoch;
    }

    void begin() {
        ModelController.Step step = cluster.controller().whole();
        applied = cluster.steps().size();
        brokers.update(step.image());
        partitions.apply(step.delta(), step.image());
        register();
    }

    private void register() {
        if (brokerEpoch >= 0) {
            return;
        }
        run.send(SimulatedCluster.CONTROLLER, () -> {
            if (!run.life().isAlive() || brokerEpoch >= 0) {
                return; // the controller tells a repeated registration of one run by its incarnation
            }
            brokerEpoch = cluster.register(run.id(), cleanEpoch);
            run.life().guarded(this::heartbeat).run();
        });
        run.life().after(RETRY_MS, this::register);
    }

    private void heartbeat() {
        int seen = applied;
        run.send(SimulatedCluster.CONTROLLER, () -> cluster.heartbeat(run.id(), brokerEpoch, seen));
        run.life().after(HEARTBEAT_MS, this::heartbeat);
    }

    /** Reads the steps of the metadata one after the other, each some time after it was made. */
    void readMetadata() {
        if (reading || applied >= cluster.steps().size()) {
            return;
        }
        reading = true;
        cluster.network().send(SimulatedCluster.CONTROLLER, run.id(), () -> {
            if (reading) {
                run.life().guarded(this::applyOne).run();
            }
        });
        run.life().after(RETRY_MS, () -> {
            if (reading) {
                reading = false;
                readMetadata();
            }
        });
    }

    private void applyOne() {
        reading = false;
        if (applied < cluster.steps().size()) {
            ModelController.Step step = cluster.steps().get(applied++);
            brokers.update(step.image());
            partitions.apply(step.delta(), step.image());
            directories.step();
        }
        readMetadata();
    }
}

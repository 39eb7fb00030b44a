package dwal.server.simulation;

import dwal.replication.PartitionController;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.message.AlterPartitionRequestData;
import org.apache.kafka.common.message.AlterPartitionResponseData;

/** The controller as the leaders of one run of a node reach it: over the simulated network. */
final class ControllerLine implements PartitionController {
    private static final int TIMEOUT_MS = 2_000;

    private final NodeRun run;
    private final SimulatedCluster cluster;
    private final ReplicaDirectories directories;

    ControllerLine(NodeRun run, SimulatedCluster cluster, ReplicaDirectories directories) {
        this.run = run;
        this.cluster = cluster;
        this.directories = directories;
    }

    @Override
    public long brokerEpoch() {
        return run.brokerEpoch();
    }

    @Override
    public CompletableFuture<AlterPartitionResponseData> alterPartition(AlterPartitionRequestData request) {
        var answer = new CompletableFuture<AlterPartitionResponseData>();
        AlterPartitionRequestData sent = request.duplicate();
        run.send(SimulatedCluster.CONTROLLER, () -> {
            AlterPartitionResponseData said = cluster.controller().alterPartition(sent);
            Runnable take = run.life().guarded(() -> answer.complete(said));
            cluster.network().send(SimulatedCluster.CONTROLLER, run.id(), take);
        });
        run.life()
                .after(
                        TIMEOUT_MS,
                        () -> answer.completeExceptionally(new TimeoutException("the controller is silent")));
        return answer;
    }

    @Override
    public void replicaFailed(TopicIdPartition partition) {
        directories.failed(partition.partition());
    }

    @Override
    public void replicaRepaired(TopicIdPartition partition) {
        directories.repaired(partition.partition());
    }
}

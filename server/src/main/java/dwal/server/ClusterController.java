package dwal.server;

import dwal.replication.PartitionController;
import dwal.replication.metadata.ClusterMetadata;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.message.AlterPartitionRequestData;
import org.apache.kafka.common.message.AlterPartitionResponseData;

/** The controller, as the leaders on this node reach it. Any thread. */
final class ClusterController implements PartitionController {
    private final ClusterMetadata metadata;

    ClusterController(ClusterMetadata metadata) {
        this.metadata = metadata;
    }

    @Override
    public long brokerEpoch() {
        return metadata.brokerEpoch();
    }

    @Override
    public CompletableFuture<AlterPartitionResponseData> alterPartition(AlterPartitionRequestData request) {
        return metadata.alterPartition(request);
    }

    @Override
    public void replicaFailed(TopicIdPartition partition) {
        metadata.replicaFailed(partition);
    }

    @Override
    public void replicaRepaired(TopicIdPartition partition) {
        metadata.replicaRepaired(partition);
    }
}

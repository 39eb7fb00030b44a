package dwal.server;

import dwal.replication.PartitionController;
import dwal.replication.metadata.ClusterMetadata;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.AlterPartitionRequestData;
import org.apache.kafka.common.message.AlterPartitionResponseData;
import org.apache.kafka.common.protocol.Errors;

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
        // A node that is its own controller is alone, and has no followers to speak of.
        return CompletableFuture.failedFuture(Errors.NOT_CONTROLLER.exception());
    }
}

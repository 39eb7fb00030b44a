package dwal.replication;

import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.message.AlterPartitionRequestData;
import org.apache.kafka.common.message.AlterPartitionResponseData;

/** The controller, as leaders of partitions need it. Any thread; no call blocks. */
public interface PartitionController {

    /** The epoch of this node's own registration, or -1 before it is registered. */
    long brokerEpoch();

    /** Proposes in-sync replicas; fails when the controller cannot be asked now. */
    CompletableFuture<AlterPartitionResponseData> alterPartition(AlterPartitionRequestData request);

    /** This run of the node cannot keep {@code partition} any more: another replica in sync should lead, without this one. */
    default void replicaFailed(TopicIdPartition partition) {}

    /** It can again; of no effect unless {@link #replicaFailed} was called before. */
    default void replicaRepaired(TopicIdPartition partition) {}
}

package dwal.server.fetch;

import dwal.protocol.RequestContext;
import dwal.replication.FetchOutcome;
import dwal.replication.Partition;
import dwal.replication.ReadableReplica;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.replica.ClientMetadata;
import org.apache.kafka.common.replica.ClientMetadata.DefaultClientMetadata;
import org.apache.kafka.common.replica.PartitionView.DefaultPartitionView;
import org.apache.kafka.common.replica.ReplicaSelector;
import org.apache.kafka.common.replica.ReplicaView;
import org.apache.kafka.common.replica.ReplicaView.DefaultReplicaView;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.metadata.BrokerRegistration;

/**
 * Tells consumers from which replica to read (KIP-392), by the {@code replica.selector.class} of the configuration. Any
 * thread.
 */
public final class PreferredReplicas {
    private final ReplicaSelector selector;
    private final int nodeId;
    private final Supplier<MetadataImage> metadata;

    private PreferredReplicas(ReplicaSelector selector, int nodeId, Supplier<MetadataImage> metadata) {
        this.selector = selector;
        this.nodeId = nodeId;
        this.metadata = metadata;
    }

    /**
     * As the class of that name selects.
     *
     * @param configs all that is set, for the class
     * @param nodeId this node
     * @throws org.apache.kafka.common.KafkaException if there is no such class, or it selects no replicas
     */
    public static PreferredReplicas by(
            String className, Map<String, ?> configs, int nodeId, Supplier<MetadataImage> metadata) {
        ReplicaSelector selector;
        try {
            selector = Utils.newInstance(className, ReplicaSelector.class);
        } catch (ClassNotFoundException | ClassCastException e) {
            throw new org.apache.kafka.common.KafkaException(className + " is no class that selects replicas", e);
        }
        selector.configure(configs);
        return new PreferredReplicas(selector, nodeId, metadata);
    }

    /** What the selector is told of who made a request. */
    static ClientMetadata client(RequestContext context, String rack) {
        RequestContext.Connection connection = context.connection();
        return new DefaultClientMetadata(
                rack, context.clientId(), connection.address(), connection.principal(), connection.listener());
    }

    /** The node to which {@code client} is sent to read {@code partition} from {@code offset} on, or {@code HERE}. */
    int of(Partition partition, long offset, ClientMetadata client) {
        return of(
                partition.id().topicPartition(),
                partition.log().logEndOffset(),
                partition.followersThatHave(offset),
                client);
    }

    /** The same where this node leads {@code partition} up to {@code end}, and {@code followers} have what is wanted. */
    int of(TopicPartition partition, long end, List<ReadableReplica> followers, ClientMetadata client) {
        Optional<Node> here = node(nodeId, client);
        if (followers.isEmpty() || here.isEmpty()) {
            return FetchOutcome.HERE;
        }
        var leader = new DefaultReplicaView(here.get(), end, 0L);
        Set<ReplicaView> all = new HashSet<>();
        all.add(leader);
        for (ReadableReplica follower : followers) {
            node(follower.brokerId(), client)
                    .ifPresent(node -> all.add(new DefaultReplicaView(
                            node, follower.endOffset(), TimeUnit.NANOSECONDS.toMillis(follower.lagNanos()))));
        }
        return selector.select(partition, client, new DefaultPartitionView(all, leader))
                .map(selected -> selected.endpoint().id())
                .filter(id -> id != nodeId)
                .orElse(FetchOutcome.HERE);
    }

    private Optional<Node> node(int brokerId, ClientMetadata client) {
        BrokerRegistration broker = metadata.get().cluster().broker(brokerId);
        return broker == null ? Optional.empty() : broker.node(client.listenerName());
    }
}

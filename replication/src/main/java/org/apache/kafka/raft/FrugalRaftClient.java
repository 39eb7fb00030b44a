package org.apache.kafka.raft;

import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.OptionalInt;
import java.util.Random;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.feature.SupportedVersionRange;
import org.apache.kafka.common.memory.MemoryPool;
import org.apache.kafka.common.utils.LogContext;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.raft.internals.BlockingMessageQueue;
import org.apache.kafka.server.common.serialization.RecordSerde;

/**
 * Makes Kafka's Raft client with a {@link MemoryPool} of the caller's. The client that its public constructor makes keeps up to
 * five buffers of 8 MiB for ever, and one is most of the heap of a node at rest. It stands in Kafka's package, the only class
 * of ours that does, because the constructor that takes a pool is for this package, and so is what a client knows of its voters;
 * a version of Kafka without them does not compile with us.
 */
public final class FrugalRaftClient {
    /** How long a Fetch of another voter or observer waits for records: that of the public constructor. */
    private static final int FETCH_MAX_WAIT_MS = 500;

    private FrugalRaftClient() {}

    /** As the public constructor of {@link KafkaRaftClient}, and {@code pool} for batches that are being gathered. */
    public static <T> KafkaRaftClient<T> create(
            OptionalInt nodeId,
            Uuid directoryId,
            RecordSerde<T> serde,
            NetworkChannel channel,
            RaftLog log,
            MemoryPool pool,
            Time time,
            ExpirationService expirations,
            LogContext context,
            boolean canBecomeVoter,
            String clusterId,
            Collection<InetSocketAddress> bootstrapServers,
            Endpoints listeners,
            SupportedVersionRange supportedKraftVersions,
            QuorumConfig quorum) {
        return new KafkaRaftClient<>(
                nodeId,
                directoryId,
                serde,
                channel,
                new BlockingMessageQueue(),
                log,
                pool,
                time,
                expirations,
                FETCH_MAX_WAIT_MS,
                canBecomeVoter,
                clusterId,
                bootstrapServers,
                listeners,
                supportedKraftVersions,
                context,
                new Random(),
                quorum);
    }

    /** Whether this node is a voter, by what {@code client}, once initialized, was told and has read. */
    public static boolean isVoter(KafkaRaftClient<?> client) {
        return client.quorum().isVoter();
    }
}

package dwal.server;

import dwal.environment.Clock;
import dwal.protocol.ApiTable;
import dwal.protocol.Peers;
import dwal.server.authorization.Authorization;
import dwal.server.metrics.MetricsPage;
import dwal.server.network.DoorMetrics;
import dwal.server.network.KafkaListeners;
import dwal.server.network.SlowRequests;
import dwal.server.quota.ClientQuotas;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.apache.kafka.image.MetadataImage;

/** The doors of a node other than Kafka's: HTTP and gRPC. They ask the same handlers as Kafka's clients. Any thread. */
public interface Doors extends AutoCloseable {
    /** The client id of all that is asked at doors; quotas for their clients are set for it. */
    String CLIENT_ID = "dwal-gateway";

    /** No doors: what a node has that is built without them. */
    Factory NONE = (settings, node) -> none();

    /** No doors. */
    static Doors none() {
        return new Doors() {
            @Override
            public void start() {}

            @Override
            public Optional<String> http() {
                return Optional.empty();
            }

            @Override
            public Optional<String> grpc() {
                return Optional.empty();
            }

            @Override
            public void close() {}
        };
    }

    /** Builds the doors of a node. */
    @FunctionalInterface
    interface Factory {
        /** The doors of {@code node}; nothing is bound before {@link Doors#start}. */
        Doors of(DoorSettings settings, Inside node);
    }

    /**
     * What doors see of the node that they belong to.
     *
     * @param nodeId its id
     * @param listener the name of its first listener for clients
     * @param apis its handlers
     * @param metadata what the cluster looks like to it now
     * @param knowsCluster whether it has learnt that since it was started: before, that is nothing
     * @param peers the other nodes, for requests as {@link #CLIENT_ID}
     * @param listeners whose network loops are used
     * @param ready whether it can serve what it has
     * @param waitsFor why it is not ready, in sentences; empty if it is
     * @param metrics its metrics
     * @param slow its slowest requests
     * @param counts where doors count what they are asked
     * @param quotas what clients may use of it
     * @param authorization what they may do
     */
    record Inside(
            int nodeId,
            String listener,
            ApiTable apis,
            Supplier<MetadataImage> metadata,
            BooleanSupplier knowsCluster,
            Peers peers,
            KafkaListeners listeners,
            Clock clock,
            BooleanSupplier ready,
            Supplier<List<String>> waitsFor,
            MetricsPage metrics,
            SlowRequests slow,
            DoorMetrics counts,
            ClientQuotas quotas,
            Authorization authorization) {}

    /** Binds what is not off. Throws, with nothing bound, if a port that somebody asked for cannot be had. */
    void start();

    /** HOST:PORT where HTTP is spoken; empty for nowhere. */
    Optional<String> http();

    /** HOST:PORT where gRPC is spoken; empty for nowhere. */
    Optional<String> grpc();

    /** Lets requests under way be answered, for a short while, and closes all connections. */
    @Override
    void close();
}

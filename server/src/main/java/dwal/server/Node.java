package dwal.server;

import dwal.server.config.BrokerConfig;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A process of the cluster, as those see it who start and stop it. */
public interface Node extends AutoCloseable {

    /** The node that {@code config} describes; nothing runs before {@link #begin}. */
    static Node of(BrokerConfig config) throws IOException {
        return of(config, Doors.NONE);
    }

    /** The same with doors other than Kafka's; a mere controller has none. */
    static Node of(BrokerConfig config, Doors.Factory doors) throws IOException {
        return config.isBroker() ? new Broker(config, doors) : new ControllerNode(config);
    }

    /**
     * Starts everything, and returns soon.
     *
     * @return completes when the node is ready: a broker when clients can be served, a mere controller when it has seen the
     *     metadata; fails when that cannot be any more. A node of several waits for others as long as it takes.
     */
    CompletableFuture<Void> begin();

    /** HOST:PORT of the first listener for clients, as they are told; empty if there is none. */
    Optional<String> clientAddress();

    /** The doors other than Kafka's. */
    Doors doors();

    /** HOST:PORT of the first listener for controllers, as members are told; empty if there is none. */
    Optional<String> controllerAddress();

    /** The cluster this node belongs to; only when it is ready. */
    String clusterId();

    /** This node's id. */
    int nodeId();

    /** Stops in order, whatever the node was doing. */
    @Override
    void close();
}

package dwal.server.replica;

import dwal.environment.Clock;
import dwal.environment.Disk;
import dwal.environment.ThreadTimer;
import dwal.log.LogSettings;
import dwal.log.LogStore;
import dwal.log.StoreSettings;
import dwal.protocol.ApiTable;
import dwal.protocol.Peer;
import dwal.replication.ImageBrokers;
import dwal.replication.Partition;
import dwal.replication.PartitionController;
import dwal.replication.PartitionSettings;
import dwal.replication.Partitions;
import dwal.replication.Replication;
import dwal.replication.ReplicationSettings;
import dwal.server.fetch.FetchSessions;
import dwal.server.fetch.ReadAccess;
import dwal.server.handler.ApiVersionsHandler;
import dwal.server.handler.LogApis;
import dwal.server.network.ConnectionLimits;
import dwal.server.network.Endpoint;
import dwal.server.network.KafkaListeners;
import dwal.server.network.NetworkSettings;
import dwal.server.network.PeerSettings;
import dwal.server.network.SocketPeers;
import dwal.server.network.Transport;
import dwal.server.quota.ClientQuotas;
import dwal.server.simulation.ModelController;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.kafka.common.feature.Features;
import org.apache.kafka.common.message.AlterPartitionRequestData;
import org.apache.kafka.common.message.AlterPartitionResponseData;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/** A node that stores and replicates over real sockets, and follows what a model of the controller says. */
final class SocketNode implements AutoCloseable {
    private final int id;
    private final ModelController controller;
    private final ThreadTimer timer;
    private final ExecutorService disk = Executors.newFixedThreadPool(4);
    private final ExecutorService metadata = Executors.newSingleThreadExecutor();
    private final LogStore logs;
    private final Partitions partitions;
    private final ImageBrokers brokers = new ImageBrokers();
    private final Replication replication;
    private final KafkaListeners listeners;
    private final SocketPeers peers;
    private final ApiTable apis;
    private volatile long brokerEpoch = -1;

    SocketNode(
            int id,
            Path data,
            ModelController controller,
            LogSettings logSettings,
            int minInSync,
            ReplicationSettings settings) {
        this.id = id;
        this.controller = controller;
        Clock clock = Clock.system();
        timer = new ThreadTimer("node-" + id + "-timer");
        logs = new LogStore(
                Disk.system(), data, clock, timer, disk, new SplittableRandom(id), StoreSettings.defaults());
        replication = Replication.of(id, clock, timer, brokers, new Link(), this::peer, settings);
        var topics = new PartitionSettings(logSettings, minInSync);
        partitions = new Partitions(
                new Partition.Surroundings(id, clock, timer, disk, replication), logs, (topic, image) -> topics);
        var table = ApiTable.builder();
        table.add(
                ApiKeys.API_VERSIONS,
                ApiVersionsRequestData.class,
                new ApiVersionsHandler(
                        this::apis,
                        () -> new ApiVersionsHandler.ClusterFeatures(
                                Features.supportedFeatures(Map.of()), Map.of(), -1)));
        new LogApis(
                        partitions,
                        logs,
                        new FetchSessions(100, 1 << 20, 60_000, clock, new SplittableRandom(id)),
                        controller::image,
                        disk,
                        disk,
                        data,
                        50 << 20,
                        null,
                        ClientQuotas.none(),
                        ReadAccess.ALL,
                        clock)
                .addTo(table);
        apis = table.build();
        listeners = new KafkaListeners(
                List.of(new Endpoint("PLAINTEXT", SecurityProtocol.PLAINTEXT, "127.0.0.1", 0)),
                apis,
                new NetworkSettings(
                        Transport.AUTO,
                        1,
                        -1,
                        -1,
                        50,
                        100 << 20,
                        -1,
                        -1,
                        -1,
                        new ConnectionLimits(1000, 1000, Map.of(), Map.of()),
                        600_000,
                        100),
                clock);
        peers = new SocketPeers(listeners, this::addressOf, disk, new PeerSettings("node-" + id, 10_000, -1));
    }

    private ApiTable apis() {
        return apis;
    }

    private Peer peer(int nodeId) {
        return peers.to(nodeId);
    }

    private InetSocketAddress addressOf(int nodeId) {
        var broker = controller.image().cluster().broker(nodeId);
        return broker == null
                ? null
                : broker.node("PLAINTEXT")
                        .map(node -> new InetSocketAddress(node.host(), node.port()))
                        .orElse(null);
    }

    /** Binds and registers; from {@code registered} on it must be told of each step of the metadata. */
    void start(long previousEpoch, Runnable registered) {
        listeners.start();
        synchronized (controller) {
            brokerEpoch = controller.register(id, previousEpoch, "127.0.0.1", listeners.port("PLAINTEXT"));
            follow(controller.whole());
            registered.run();
            controller.unfence(id);
        }
    }

    /** Takes a step of the metadata, in their order. */
    void follow(ModelController.Step step) {
        metadata.execute(() -> {
            brokers.update(step.image());
            partitions.apply(step.delta(), step.image());
        });
    }

    int id() {
        return id;
    }

    Partitions partitions() {
        return partitions;
    }

    long brokerEpoch() {
        return brokerEpoch;
    }

    @Override
    public void close() throws InterruptedException {
        metadata.shutdown();
        replication.fetchers().close();
        listeners.close();
        logs.close();
        timer.close();
        disk.shutdown();
    }

    private final class Link implements PartitionController {
        @Override
        public long brokerEpoch() {
            return brokerEpoch;
        }

        @Override
        public CompletableFuture<AlterPartitionResponseData> alterPartition(AlterPartitionRequestData request) {
            return CompletableFuture.supplyAsync(
                    () -> {
                        synchronized (controller) {
                            return controller.alterPartition(request);
                        }
                    },
                    disk);
        }
    }
}

package dwal.server;

import dwal.environment.Clock;
import dwal.environment.Disk;
import dwal.environment.SpareRoom;
import dwal.replication.metadata.ClusterMetadata;
import dwal.server.authorization.Authorization;
import dwal.server.config.BrokerConfig;
import dwal.server.controller.GrowthOnFullDisk;
import dwal.server.network.RequestMetrics;
import dwal.server.quota.ClientQuotas;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.utils.Time;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A node that is a controller and nothing else ({@code process.roles=controller}): it keeps metadata, and no records. */
public final class ControllerNode implements Node {
    private static final Logger LOG = LoggerFactory.getLogger(ControllerNode.class);

    private final BrokerConfig config;
    private final ClusterMetadata metadata;
    private final ControllerServer server;
    private final SpareRoom spareRoom;
    private final Doors doors = Doors.none();

    ControllerNode(BrokerConfig config) throws IOException {
        this.config = config;
        Disk disk = Disk.system();
        disk.createDirectoriesSafely(config.dataDirectory());
        spareRoom = new SpareRoom(disk, config.dataDirectory());
        spareRoom.giveUpForStart();
        metadata = new ClusterMetadata(
                PartSettings.metadata(config), Time.SYSTEM, PartSettings.logCheck(), ControllerNode::onFatal);
        var quotas = new ClientQuotas(Clock.system(), config);
        metadata.subscribe((delta, image) -> quotas.apply(image));
        Authorization authorization = PartSettings.authorization(config, metadata::image);
        metadata.subscribe(authorization::apply);
        server = new ControllerServer(
                config,
                metadata,
                PartSettings.network(config),
                Clock.system(),
                new RequestMetrics(Clock.system()),
                quotas,
                authorization,
                new GrowthOnFullDisk(
                        disk,
                        config.dataDirectory(),
                        config.diskReserve().of(disk.totalBytes(config.dataDirectory()))));
    }

    @Override
    public CompletableFuture<Void> begin() {
        server.start();
        return metadata.start(CompletableFuture.completedFuture(List.of())).thenRun(spareRoom::keep);
    }

    @Override
    public Optional<String> clientAddress() {
        return Optional.empty();
    }

    @Override
    public Doors doors() {
        return doors;
    }

    @Override
    public Optional<String> controllerAddress() {
        return server.address();
    }

    @Override
    public String clusterId() {
        return metadata.clusterId();
    }

    @Override
    public int nodeId() {
        return config.nodeId();
    }

    @Override
    public void close() {
        metadata.close();
        server.close();
    }

    private static void onFatal(String what, @Nullable Throwable cause) {
        LOG.error("{}; this node cannot go on: restart it when that is mended", what, cause);
        Runtime.getRuntime().halt(1);
    }
}

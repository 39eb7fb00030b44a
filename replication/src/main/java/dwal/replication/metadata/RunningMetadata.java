package dwal.replication.metadata;

import dwal.environment.Disk;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.VersionRange;
import org.apache.kafka.server.util.KafkaScheduler;
import org.jspecify.annotations.Nullable;

/**
 * The parts of {@link ClusterMetadata} that there are once its directory is open: built by hand, from top to bottom, and stopped
 * the other way round. Any thread; each part has threads or rules of its own.
 *
 * @param room for the metadata log, on a disk that may be full
 * @param connections to the controllers; null where nobody else is to be spoken to
 * @param broker null on a node that is no broker
 * @param controller null on a node that is no controller
 * @param losses null on a node that is no controller, or is alone
 */
record RunningMetadata(
        DataDirectory directory,
        MetadataRoom room,
        KRaftNode kraft,
        ActiveController active,
        @Nullable ControllerConnections connections,
        @Nullable BrokerMembership broker,
        @Nullable ControllerMembership controller,
        @Nullable BrokerLoss losses) {

    /** What the parts share. */
    record Surroundings(
            MetadataSettings settings,
            Map<String, VersionRange> features,
            Time time,
            KafkaScheduler scheduler,
            ImageFeed feed,
            OwnRequests requests,
            BiConsumer<String, @Nullable Throwable> onFatal) {}

    /** Builds and starts them; {@code isActive} says whether the controller of this process is the active one. */
    static RunningMetadata start(Surroundings around, DataDirectory directory, BooleanSupplier isActive)
            throws Exception {
        MetadataSettings settings = around.settings;
        KafkaScheduler scheduler = around.scheduler;
        var room = new MetadataRoom(Disk.system(), directory.metadataLog().toPath(), scheduler);
        room.beforeStart();
        KRaftNode kraft = KRaftNode.open(settings, directory, scheduler, around.time, around.feed, around.onFatal);
        ControllerConnections connections = kraft.connections();
        if (connections != null) {
            connections.start();
        }
        var active = new ActiveController(
                settings.nodeId(),
                settings.isController(),
                kraft,
                connections,
                settings.sessionTimeoutMs() / 2,
                scheduler);
        return new RunningMetadata(
                directory,
                room,
                kraft,
                active,
                connections,
                settings.isBroker() ? broker(around, directory, kraft) : null,
                settings.isController() ? controller(around) : null,
                settings.isController() && !settings.isAlone() ? watchOthers(around, kraft, isActive) : null);
    }

    private static BrokerMembership broker(Surroundings around, DataDirectory directory, KRaftNode kraft) {
        return new BrokerMembership(
                around.settings,
                directory,
                around.requests,
                around.scheduler,
                kraft::appliedOffset,
                new BrokerSession(around.time::nanoseconds, kraft::appliedOffset, around.settings.certainMs()));
    }

    private static ControllerMembership controller(Surroundings around) {
        return new ControllerMembership(
                around.settings,
                around.features,
                around.requests::registerController,
                around.feed::image,
                around.scheduler);
    }

    /** Notices at once when processes of others are gone: the leader's, and as the active controller each broker's. */
    private static BrokerLoss watchOthers(Surroundings around, KRaftNode kraft, BooleanSupplier isActive) {
        var probe = new SocketProbe("dwal-" + around.settings.nodeId() + "-probe");
        kraft.watchLeader(() -> around.feed.image().cluster().controllers().keySet(), probe, around.scheduler);
        return new BrokerLoss(
                around.settings, isActive, around.feed::image, around.requests::fence, probe, around.scheduler);
    }

    /** Stops them, waiting for it some seconds at most. */
    void stop() throws Exception {
        if (controller != null) {
            controller.stop();
        }
        CompletableFuture<Void> quiet = broker == null ? CompletableFuture.completedFuture(null) : broker.stop();
        active.close();
        quiet.completeOnTimeout(null, 1, TimeUnit.SECONDS).join();
        if (connections != null) {
            connections.shutdown();
        }
        kraft.close();
    }
}

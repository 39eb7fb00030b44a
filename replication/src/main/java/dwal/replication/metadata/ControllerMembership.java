package dwal.replication.metadata;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ControllerRegistrationRequestData;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.metadata.ListenerInfo;
import org.apache.kafka.metadata.VersionRange;
import org.apache.kafka.server.util.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node as a controller of the cluster: sees to it that the metadata say which listeners and features this run of it
 * has. The active controller refuses to change features of which it does not know whether all controllers support them.
 *
 * <p>All state is changed on the scheduler's one thread.
 */
final class ControllerMembership {
    private static final Logger LOG = LoggerFactory.getLogger(ControllerMembership.class);
    private static final long FIRST_RETRY_MS = 100;
    private static final long MOST_RETRY_MS = 60_000;

    private final int nodeId;
    private final Uuid incarnation = Uuid.randomUuid();
    private final List<Endpoint> endpoints;
    private final Map<String, VersionRange> features;
    private final Function<ControllerRegistrationRequestData, CompletableFuture<?>> register;
    private final Supplier<MetadataImage> image;
    private final Scheduler scheduler;
    private boolean underWay;
    private volatile long retryMs = FIRST_RETRY_MS;
    private volatile boolean stopped;

    /**
     * @param register asks the active controller
     * @param image the newest metadata
     */
    ControllerMembership(
            MetadataSettings settings,
            Map<String, VersionRange> features,
            Function<ControllerRegistrationRequestData, CompletableFuture<?>> register,
            Supplier<MetadataImage> image,
            Scheduler scheduler) {
        this.nodeId = settings.nodeId();
        this.endpoints = settings.announcedControllerEndpoints();
        this.features = features;
        this.register = register;
        this.image = image;
        this.scheduler = scheduler;
    }

    /** The metadata may have changed; any thread. */
    void onImage() {
        if (!isRegistered(image.get())) {
            var unused = scheduler.scheduleOnce("controller registration", this::step);
        }
    }

    /** Asks for nothing more; any thread. */
    void stop() {
        stopped = true;
    }

    private boolean isRegistered(MetadataImage now) {
        var registration = now.cluster().controllers().get(nodeId);
        return registration != null && registration.incarnationId().equals(incarnation);
    }

    private void step() {
        MetadataImage now = image.get();
        boolean supported = now.features()
                .metadataVersion()
                .map(version -> version.isControllerRegistrationSupported())
                .orElse(false);
        if (stopped || underWay || !supported || isRegistered(now)) {
            return;
        }
        underWay = true;
        var unused = register.apply(request()).whenComplete((answer, failure) -> {
            if (failure != null && !stopped) {
                LOG.warn("The controller of node {} is not registered, trying again", nodeId, failure);
            }
            // When it has worked, the next image says so, and nothing happens any more.
            again();
        });
    }

    private void again() {
        var unused = scheduler.scheduleOnce(
                "controller registration",
                () -> {
                    underWay = false;
                    retryMs = Math.min(2 * retryMs, MOST_RETRY_MS);
                    step();
                },
                retryMs);
    }

    private ControllerRegistrationRequestData request() {
        var supported = new ControllerRegistrationRequestData.FeatureCollection();
        features.forEach((name, range) -> supported.add(new ControllerRegistrationRequestData.Feature()
                .setName(name)
                .setMinSupportedVersion(range.min())
                .setMaxSupportedVersion(range.max())));
        return new ControllerRegistrationRequestData()
                .setControllerId(nodeId)
                .setIncarnationId(incarnation)
                .setFeatures(supported)
                .setListeners(ListenerInfo.create(endpoints).toControllerRegistrationRequest());
    }
}

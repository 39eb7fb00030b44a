package dwal.replication.metadata;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.BrokerHeartbeatRequestData;
import org.apache.kafka.common.message.BrokerRegistrationRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.metadata.BrokerHeartbeatReply;
import org.apache.kafka.metadata.BrokerRegistrationReply;
import org.apache.kafka.metadata.ListenerInfo;
import org.apache.kafka.metadata.VersionRange;
import org.apache.kafka.server.util.Scheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's life as a broker of the cluster, as the controller sees it: it registers, says every two seconds that it
 * is alive, asks to be unfenced as soon as it has seen its own registration, and at the end asks to be relieved of its
 * leaderships.
 *
 * <p>All state belongs to the scheduler's one thread. At most one request is under way.
 */
final class BrokerMembership {
    private static final Logger LOG = LoggerFactory.getLogger(BrokerMembership.class);
    private static final long FIRST_RETRY_MS = 5;
    private static final long MOST_RETRY_MS = 200;

    /** How far this broker has come. */
    private enum Stage {
        OUTSIDE,
        HAUNTED,
        REGISTERING,
        FENCED,
        RUNNING,
        LEAVING,
        LEFT
    }

    private final int nodeId;
    private final String clusterId;
    private final Uuid directoryId;
    private final @Nullable String rack;
    private final long heartbeatIntervalMs;
    private final ControllerLink controller;
    private final Scheduler scheduler;
    private final LongSupplier appliedOffset;
    private final BrokerSession session;
    private final Uuid incarnation = Uuid.randomUuid();
    private final CompletableFuture<Void> unfenced = new CompletableFuture<>();
    private final CompletableFuture<Void> left = new CompletableFuture<>();
    private final CompletableFuture<Void> quiet = new CompletableFuture<>();

    /** Volatile for {@link #stop}, which may come from outside. */
    private volatile Stage stage = Stage.OUTSIDE;

    private Errors lastError = Errors.NONE;
    private BooleanSupplier isHaunted = () -> false;
    private BrokerRegistrationRequestData registration = new BrokerRegistrationRequestData();
    private boolean underWay;
    private boolean asksEnd;
    private boolean again;
    private long retryMs = FIRST_RETRY_MS;
    private long turn;
    private volatile long brokerEpoch = -1;

    BrokerMembership(
            MetadataSettings settings,
            DataDirectory directory,
            ControllerLink controller,
            Scheduler scheduler,
            LongSupplier appliedOffset,
            BrokerSession session) {
        this.nodeId = settings.nodeId();
        this.clusterId = directory.clusterId();
        this.directoryId = directory.id();
        this.rack = settings.rack().orElse(null);
        this.heartbeatIntervalMs = settings.heartbeatIntervalMs();
        this.controller = controller;
        this.scheduler = scheduler;
        this.appliedOffset = appliedOffset;
        this.session = session;
    }

    /**
     * Whether no other broker can have taken over from this one because it was silent, or is about to stop; any thread.
     */
    boolean isCertain() {
        return stage == Stage.RUNNING && session.isCertain();
    }

    /** The epoch that the controller gave to this run of the broker, -1 before; any thread. */
    long brokerEpoch() {
        return brokerEpoch;
    }

    /** Identifies this run of the broker. */
    Uuid incarnation() {
        return incarnation;
    }

    /**
     * Registers and goes on until the controller has unfenced this broker; any thread.
     *
     * @param previousEpoch the broker epoch of the last run, if that one stopped cleanly
     * @param lastRunIsDead whether the registered run of this broker is known to be dead; it is taken back then, since the
     *     controller may not let this one in before the dead one's session has timed out
     */
    CompletableFuture<Void> join(
            ListenerInfo listeners,
            OptionalLong previousEpoch,
            Map<String, VersionRange> features,
            BooleanSupplier lastRunIsDead) {
        later(() -> {
            registration = registration(listeners, previousEpoch, features);
            isHaunted = lastRunIsDead;
            stage = Stage.REGISTERING;
            step();
        });
        return unfenced;
    }

    /** A new image is there, which may hold what this broker waits for; any thread. */
    void onImage() {
        if (!unfenced.isDone() && brokerEpoch >= 0) {
            later(() -> {
                if (stage == Stage.FENCED) {
                    step();
                }
            });
        }
    }

    /** Another controller is active, which does not know yet that this broker lives; any thread. */
    void onNewController() {
        later(() -> {
            if (stage == Stage.RUNNING) {
                step();
            }
        });
    }

    /** Asks the controller to move this broker's leaderships away; completes when it has, or when there is none to ask. */
    CompletableFuture<Void> leave() {
        later(() -> {
            if (stage == Stage.RUNNING) {
                stage = Stage.LEAVING;
                step();
            } else {
                end();
            }
        });
        return left;
    }

    /** Ends all requests; any thread. Completes when none is under way any more. */
    CompletableFuture<Void> stop() {
        end();
        later(() -> {
            if (!underWay) {
                quiet.complete(null);
            }
        });
        return quiet;
    }

    private void end() {
        stage = Stage.LEFT;
        left.complete(null);
        unfenced.completeExceptionally(
                new IllegalStateException("broker " + nodeId + " stopped before it was unfenced"));
    }

    private void step() {
        if (underWay) {
            again = true;
            return;
        }
        turn++;
        switch (stage) {
            case HAUNTED -> unregister();
            case REGISTERING -> register();
            case FENCED, RUNNING, LEAVING -> heartbeat();
            case OUTSIDE, LEFT -> {}
        }
    }

    private void stepAfter(long delayMs) {
        if (again) {
            again = false;
            step();
            return;
        }
        long myTurn = turn;
        later(delayMs, () -> {
            // A step that was taken for another reason has set its own time for the next.
            if (turn == myTurn) {
                step();
            }
        });
    }

    private void unregister() {
        ask(() -> controller.unregister(nodeId), ignored -> {
            stage = Stage.REGISTERING;
            step();
        });
    }

    private void register() {
        ask(() -> controller.register(registration), this::onRegistered);
    }

    private void onRegistered(BrokerRegistrationReply reply) {
        brokerEpoch = reply.epoch();
        if (stage == Stage.REGISTERING) {
            stage = Stage.FENCED;
        }
        again = false;
        step();
    }

    private void heartbeat() {
        var request = new BrokerHeartbeatRequestData()
                .setBrokerId(nodeId)
                .setBrokerEpoch(brokerEpoch)
                .setCurrentMetadataOffset(appliedOffset.getAsLong())
                .setWantFence(false)
                .setWantShutDown(stage == Stage.LEAVING)
                // Empty, not absent: no directory is cordoned.
                .setCordonedLogDirs(List.of());
        long sent = session.now();
        ask(() -> controller.heartbeat(request), reply -> onHeartbeat(reply, sent));
    }

    /** Sends one request, and goes on with its answer on the scheduler's thread. */
    private <T> void ask(Supplier<CompletableFuture<T>> request, Consumer<T> onReply) {
        underWay = true;
        var unused = attempt(request)
                .whenComplete((reply, error) -> later(() -> {
                    underWay = false;
                    if (stage == Stage.LEFT) {
                        quiet.complete(null);
                    } else if (error == null) {
                        retryMs = FIRST_RETRY_MS;
                        lastError = Errors.NONE;
                        onReply.accept(reply);
                    } else {
                        onFailure(error);
                    }
                }));
    }

    private void onHeartbeat(BrokerHeartbeatReply reply, long sentNanos) {
        session.acknowledged(sentNanos);
        if (session.needsEnd()) {
            askEnd();
        }
        if (stage == Stage.FENCED && !reply.isFenced()) {
            stage = Stage.RUNNING;
            unfenced.complete(null);
        }
        if (stage == Stage.LEAVING && reply.shouldShutDown()) {
            end();
            return;
        }
        // While leaving, the last step follows from records that this node has to apply first: ask again soon.
        stepAfter(stage == Stage.LEAVING ? FIRST_RETRY_MS : heartbeatIntervalMs);
    }

    /** Learns how far the metadata were when the controller had taken this broker back; if that fails, after the next heartbeat. */
    private void askEnd() {
        if (asksEnd) {
            return;
        }
        asksEnd = true;
        long asked = session.now();
        var unused = attempt(controller::metadataEnd)
                .whenComplete((end, failure) -> later(() -> {
                    asksEnd = false;
                    if (failure == null) {
                        session.learnedEnd(asked, end);
                    }
                }));
    }

    private void onFailure(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        Errors error = Errors.forException(cause);
        if (stage == Stage.LEAVING) {
            end();
            return;
        }
        if (error == Errors.STALE_BROKER_EPOCH || error == Errors.BROKER_ID_NOT_REGISTERED) {
            stage = Stage.REGISTERING;
        }
        // Only while starting: two that run with copies of one directory would throw each other out for ever.
        if (error == Errors.DUPLICATE_BROKER_REGISTRATION && !unfenced.isDone() && isHaunted.getAsBoolean()) {
            stage = Stage.HAUNTED;
            again = false;
            step();
            return;
        }
        if (error != lastError && error != Errors.NOT_CONTROLLER) {
            report(error, cause);
        }
        lastError = error;
        again = false;
        stepAfter(retryMs);
        retryMs = Math.min(retryMs * 2, stage == Stage.RUNNING ? heartbeatIntervalMs : MOST_RETRY_MS);
    }

    private void report(Errors error, Throwable cause) {
        switch (error) {
            case REQUEST_TIMED_OUT ->
                LOG.warn("Broker {} reaches no controller, trying again: {}", nodeId, cause.getMessage());
            case INCONSISTENT_CLUSTER_ID ->
                LOG.error(
                        "The controllers that broker {} is configured for belong to another cluster than its data directory,"
                                + " which says {}: give it another directory, or the right controllers",
                        nodeId,
                        clusterId);
            case UNSUPPORTED_VERSION ->
                LOG.error(
                        "The controller refuses broker {}: it does not support the level of a feature of the cluster, see"
                                + " 'kafka-features describe'. Trying again",
                        nodeId);
            default ->
                LOG.warn("The controller refuses broker {} with epoch {}, trying again", nodeId, brokerEpoch, cause);
        }
    }

    private void later(Runnable task) {
        later(0, task);
    }

    private void later(long delayMs, Runnable task) {
        var unused = scheduler.scheduleOnce("membership", task, delayMs);
    }

    private static <T> CompletableFuture<T> attempt(Supplier<CompletableFuture<T>> request) {
        try {
            return request.get();
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private BrokerRegistrationRequestData registration(
            ListenerInfo listeners, OptionalLong previousEpoch, Map<String, VersionRange> features) {
        var supported = new BrokerRegistrationRequestData.FeatureCollection();
        features.forEach((name, range) -> supported.add(new BrokerRegistrationRequestData.Feature()
                .setName(name)
                .setMinSupportedVersion(range.min())
                .setMaxSupportedVersion(range.max())));
        return new BrokerRegistrationRequestData()
                .setBrokerId(nodeId)
                .setClusterId(clusterId)
                .setIncarnationId(incarnation)
                .setListeners(listeners.toBrokerRegistrationRequest())
                .setFeatures(supported)
                .setRack(rack)
                .setPreviousBrokerEpoch(previousEpoch.orElse(-1))
                .setLogDirs(List.of(directoryId));
    }
}

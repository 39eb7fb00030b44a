package dwal.replication.metadata;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AllocateProducerIdsRequestData;
import org.apache.kafka.common.message.AllocateProducerIdsResponseData;
import org.apache.kafka.common.message.BrokerHeartbeatRequestData;
import org.apache.kafka.common.message.BrokerRegistrationRequestData;
import org.apache.kafka.common.message.ControllerRegistrationRequestData;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.controller.Controller;
import org.apache.kafka.controller.ControllerRequestContext;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.metadata.BrokerHeartbeatReply;
import org.apache.kafka.metadata.BrokerRegistrationReply;
import org.apache.kafka.metadata.ListenerInfo;
import org.apache.kafka.metadata.VersionRange;
import org.apache.kafka.server.util.KafkaScheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the cluster knows about itself, kept by this node: it runs a controller, follows the metadata log, and is a member
 * as a broker.
 *
 * <p>Life: {@link #subscribe} as often as needed; {@link #start}; then work; {@link #leave}, stop the logs, {@link
 * #markLogsClean}, {@link #close}. Methods are for any thread unless they say otherwise, and those that return a stage
 * never block. The data directory must be locked for this process as long. Kafka's code inside runs on five threads of its own, all asleep while nothing happens.
 */
public final class ClusterMetadata implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterMetadata.class);

    /** Longer than any request of this node to its controller should ever take. */
    private static final int REQUEST_TIMEOUT_MS = 30_000;

    private static final long LEAVE_TIMEOUT_MS = 5_000;

    /** Follows the metadata of the cluster, step by step; called on the loader's thread and must not block it for long. */
    @FunctionalInterface
    public interface Subscriber {
        /**
         * Takes the step from what was before to {@code image}; the first step starts from nothing. Not yet visible in
         * {@link ClusterMetadata#image} then: it will be when all subscribers are ready for it.
         */
        void onImage(MetadataDelta delta, MetadataImage image);
    }

    private record Running(DataDirectory directory, KRaftNode kraft, BrokerMembership membership) {}

    private final MetadataSettings settings;
    private final Time time;
    private final BiConsumer<String, @Nullable Throwable> onFatal;
    private final KafkaScheduler scheduler;
    private final ImageFeed feed = new ImageFeed(this::onPublished);
    private final ProducerIds producerIds = new ProducerIds(this::allocateProducerIds);
    private final CompletableFuture<Void> caughtUp = new CompletableFuture<>();
    private volatile @Nullable Running running;

    /**
     * Does nothing yet.
     *
     * @param onFatal told, on any thread and perhaps more than once, of what this node cannot go on after
     */
    public ClusterMetadata(MetadataSettings settings, Time time, BiConsumer<String, @Nullable Throwable> onFatal) {
        this.settings = settings;
        this.time = time;
        this.onFatal = onFatal;
        this.scheduler = new KafkaScheduler(1, true, "dwal-" + settings.nodeId() + "-metadata-");
    }

    /** Adds a follower of the metadata; before {@link #start} only. They are told in the order in which they were added. */
    public void subscribe(Subscriber subscriber) {
        if (scheduler.isStarted()) {
            throw new IllegalStateException("too late to subscribe: images are coming already");
        }
        feed.subscribe(subscriber);
    }

    /**
     * Starts, on threads of its own: formats the directory if it is new, takes part in the quorum, and when {@code
     * endpoints} are known joins the cluster with them.
     *
     * @param endpoints the listeners to advertise, the one for other brokers first
     * @return completes when this broker is registered and unfenced, and {@link #image} shows it; fails with {@link
     *     DataDirectoryException} if the directory cannot be used
     */
    public CompletableFuture<Void> start(CompletionStage<List<Endpoint>> endpoints) {
        scheduler.startup();
        var opened = new CompletableFuture<Running>();
        var unused = scheduler.scheduleOnce("start", () -> {
            try {
                opened.complete(open());
            } catch (Throwable e) {
                caughtUp.completeExceptionally(e);
                opened.completeExceptionally(e);
            }
        });
        return opened.thenCompose(node -> endpoints.thenCompose(known -> join(node, known)))
                .thenRun(this::registerController);
    }

    /** Completes when the first image is there: what this node knew when it stopped, and what came since. */
    public CompletableFuture<Void> caughtUp() {
        return caughtUp;
    }

    /** The newest metadata; empty before {@link #caughtUp}. Subscribers have seen it already. */
    public MetadataImage image() {
        return feed.image();
    }

    /** Completes with the first image from now on (the present one included) that meets {@code condition}. */
    public CompletableFuture<MetadataImage> await(Predicate<MetadataImage> condition) {
        return feed.await(condition);
    }

    /** As {@link #await(Predicate)}, but after {@code atMostMs} with the image of then, whatever it says. */
    public CompletableFuture<MetadataImage> await(Predicate<MetadataImage> condition, long atMostMs) {
        CompletableFuture<MetadataImage> met = feed.await(condition);
        return met.isDone()
                ? met
                : met.completeOnTimeout(MetadataImage.EMPTY, atMostMs, TimeUnit.MILLISECONDS)
                        .thenApply(image -> image.isEmpty() ? feed.image() : image);
    }

    /** Changes the cluster; its futures fail with NotControllerException while no controller is active here. */
    public Controller controller() {
        return running().kraft().controller();
    }

    /** The node whose controller is active, if known. */
    public OptionalInt activeControllerId() {
        Running now = running;
        return now == null ? OptionalInt.empty() : now.kraft().leaderId();
    }

    /** This node. */
    public int nodeId() {
        return settings.nodeId();
    }

    /** The cluster this node belongs to. */
    public String clusterId() {
        return running().directory().clusterId();
    }

    /** The id of the data directory. */
    public Uuid directoryId() {
        return running().directory().id();
    }

    /** The epoch of this run of the broker; -1 before it is registered. */
    public long brokerEpoch() {
        Running now = running;
        return now == null ? -1 : now.membership().brokerEpoch();
    }

    /** The level of the feature {@code kraft.version}. */
    public short kraftVersion() {
        return running().kraft().kraftVersion();
    }

    /** The versions of Kafka's features that this node can work with. */
    public static Map<String, VersionRange> supportedFeatures() {
        return KRaftNode.supportedFeatures();
    }

    /** Ids for producers. */
    public ProducerIds producerIds() {
        return producerIds;
    }

    /** Has the quorum itself answer {@code request}: DescribeQuorum, and what voters send each other. */
    public CompletableFuture<ApiMessage> askQuorum(
            String listener, int correlationId, short version, ApiMessage request) {
        return running().kraft().ask(listener, correlationId, version, request);
    }

    /** The context of a client's request to the controller, which gives up after {@code timeoutMs}. */
    public ControllerRequestContext context(RequestHeaderData header, KafkaPrincipal principal, int timeoutMs) {
        return new ControllerRequestContext(
                header, principal, ControllerRequestContext.requestTimeoutMsToDeadlineNs(time, timeoutMs));
    }

    /**
     * The context of a request of this node's own to the controller, in the latest version of {@code api}: the controller
     * ignores what it thinks an older broker could not have meant.
     */
    public ControllerRequestContext ownContext(ApiKeys api) {
        return context(
                new RequestHeaderData().setRequestApiKey(api.id).setRequestApiVersion(api.latestVersion()),
                new KafkaPrincipal(KafkaPrincipal.USER_TYPE, "broker-" + settings.nodeId()),
                REQUEST_TIMEOUT_MS);
    }

    /**
     * Controlled shutdown: asks the controller to give this broker's leaderships to others.
     *
     * @return completes when it has, or when {@value #LEAVE_TIMEOUT_MS} ms have passed without
     */
    public CompletableFuture<Void> leave() {
        Running now = running;
        if (now == null) {
            return CompletableFuture.completedFuture(null);
        }
        return now.membership().leave().completeOnTimeout(null, LEAVE_TIMEOUT_MS, TimeUnit.MILLISECONDS);
    }

    /** Notes that all logs were closed in order, so that the next run counts as having lost nothing; blocks on the disk. */
    public void markLogsClean() {
        Running now = running;
        if (now != null && now.membership().brokerEpoch() >= 0) {
            now.directory().markCleanShutdown(now.membership().brokerEpoch());
        }
    }

    /** Stops all, waiting for it some seconds at most; without {@link #leave} before, like a crash. */
    @Override
    public void close() {
        Running now = running;
        running = null;
        try {
            if (now != null) {
                now.membership()
                        .stop()
                        .completeOnTimeout(null, 1, TimeUnit.SECONDS)
                        .join();
                now.kraft().close();
            }
            scheduler.shutdown();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            LOG.warn("The metadata quorum did not stop in order", e);
        }
    }

    private Running running() {
        Running now = running;
        if (now == null) {
            throw new IllegalStateException("cluster metadata is not started");
        }
        return now;
    }

    private Running open() throws Exception {
        DataDirectory directory = DataDirectory.open(settings);
        KRaftNode kraft = KRaftNode.open(settings, directory, scheduler, time, feed, onFatal);
        var membership =
                new BrokerMembership(settings, directory, linkTo(kraft.controller()), scheduler, kraft::appliedOffset);
        var started = new Running(directory, kraft, membership);
        running = started;
        return started;
    }

    private ControllerLink linkTo(Controller controller) {
        return new ControllerLink() {
            @Override
            public CompletableFuture<Void> unregister(int brokerId) {
                return controller.unregisterBroker(ownContext(ApiKeys.UNREGISTER_BROKER), brokerId);
            }

            @Override
            public CompletableFuture<BrokerRegistrationReply> register(BrokerRegistrationRequestData request) {
                return controller.registerBroker(ownContext(ApiKeys.BROKER_REGISTRATION), request);
            }

            @Override
            public CompletableFuture<BrokerHeartbeatReply> heartbeat(BrokerHeartbeatRequestData request) {
                return controller.processBrokerHeartbeat(ownContext(ApiKeys.BROKER_HEARTBEAT), request);
            }
        };
    }

    private CompletableFuture<MetadataImage> join(Running node, List<Endpoint> endpoints) {
        OptionalLong previousEpoch = node.directory().takeCleanShutdownMark();
        ListenerInfo listeners =
                ListenerInfo.create(Optional.of(endpoints.get(0).listener()), endpoints);
        return caughtUp.thenCompose(ignored -> node.membership()
                        .join(listeners, previousEpoch, supportedFeatures(), hasGhost(node.directory())))
                .thenCompose(ignored -> feed.await(this::showsThisBroker));
    }

    /**
     * Whether the cluster still takes the run of this broker for alive that was killed: one with this data directory,
     * which cannot have two owners.
     */
    private boolean hasGhost(DataDirectory directory) {
        var registration = image().cluster().broker(settings.nodeId());
        return registration != null
                && !registration.fenced()
                && registration.directories().contains(directory.id());
    }

    private boolean showsThisBroker(MetadataImage image) {
        var registration = image.cluster().broker(settings.nodeId());
        return registration != null && registration.epoch() == brokerEpoch() && !registration.fenced();
    }

    private void onPublished() {
        caughtUp.complete(null);
        Running now = running;
        if (now != null) {
            now.membership().onImage();
        }
    }

    /** Tells the cluster which features this controller supports: it refuses to change features that it does not know of. */
    private void registerController() {
        Running now = running();
        var features = new ControllerRegistrationRequestData.FeatureCollection();
        supportedFeatures()
                .forEach((name, range) -> features.add(new ControllerRegistrationRequestData.Feature()
                        .setName(name)
                        .setMinSupportedVersion(range.min())
                        .setMaxSupportedVersion(range.max())));
        var request = new ControllerRegistrationRequestData()
                .setControllerId(settings.nodeId())
                .setIncarnationId(now.membership().incarnation())
                .setFeatures(features)
                .setListeners(ListenerInfo.create(List.of(settings.controllerEndpoint()))
                        .toControllerRegistrationRequest());
        var unused = now.kraft()
                .controller()
                .registerController(ownContext(ApiKeys.CONTROLLER_REGISTRATION), request)
                .whenComplete((ignored, error) -> {
                    if (error != null && running != null) {
                        LOG.warn("The controller of node {} is not registered", settings.nodeId(), error);
                    }
                });
    }

    private CompletableFuture<AllocateProducerIdsResponseData> allocateProducerIds() {
        return controller()
                .allocateProducerIds(
                        ownContext(ApiKeys.ALLOCATE_PRODUCER_IDS),
                        new AllocateProducerIdsRequestData()
                                .setBrokerId(settings.nodeId())
                                .setBrokerEpoch(brokerEpoch()));
    }
}

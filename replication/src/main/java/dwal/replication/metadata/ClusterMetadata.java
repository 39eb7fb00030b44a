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
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.BrokerNotAvailableException;
import org.apache.kafka.common.errors.NotControllerException;
import org.apache.kafka.common.message.AllocateProducerIdsRequestData;
import org.apache.kafka.common.message.AllocateProducerIdsResponseData;
import org.apache.kafka.common.message.AlterPartitionRequestData;
import org.apache.kafka.common.message.AlterPartitionResponseData;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.controller.Controller;
import org.apache.kafka.controller.ControllerRequestContext;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.metadata.ListenerInfo;
import org.apache.kafka.metadata.VersionRange;
import org.apache.kafka.server.util.KafkaScheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the cluster knows about itself, kept by this node: it follows the metadata log, and as its roles say it runs a
 * controller and is a member as a broker.
 *
 * <p>Life: {@link #subscribe} as often as needed; {@link #start}; then work; {@link #leave}, stop the logs, {@link
 * #markLogsClean}, {@link #close}. Methods are for any thread unless they say otherwise, and those that return a stage
 * never block. The data directory must be locked for this process as long. Kafka's code inside runs on five threads of its
 * own, seven where there are other nodes to speak to, all asleep while nothing happens.
 */
public final class ClusterMetadata implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterMetadata.class);

    /** Longer than any request of this node to its controller should ever take. */
    private static final int REQUEST_TIMEOUT_MS = 30_000;

    private static final long LEAVE_TIMEOUT_MS = 10_000;
    private static final long NOBODY_MS = 1_000;
    private static final long OPEN_AT_MOST_SECONDS = 10;

    /** Follows the metadata of the cluster, step by step; called on the loader's thread and must not block it for long. */
    @FunctionalInterface
    public interface Subscriber {
        /**
         * Takes the step from what was before to {@code image}; the first step starts from nothing. Not yet visible in
         * {@link ClusterMetadata#image} then: it will be when all subscribers are ready for it.
         */
        void onImage(MetadataDelta delta, MetadataImage image);
    }

    private final MetadataSettings settings;
    private final Time time;
    private final LogCheck logCheck;
    private final BiConsumer<String, @Nullable Throwable> onFatal;
    private final KafkaScheduler scheduler;
    private final ImageFeed feed = new ImageFeed(this::onPublished, this::onLeaderChange);
    private final OwnRequests requests = new OwnRequests(this);
    private final ProducerIds producerIds = new ProducerIds(this::allocateProducerIds);
    private final CompletableFuture<RunningMetadata> opened = new CompletableFuture<>();
    private final CompletableFuture<Void> caughtUp = new CompletableFuture<>();
    /** Null on a controller, which decides itself. */
    private final @Nullable MembershipConditions conditions;

    private volatile @Nullable RunningMetadata running;
    private volatile boolean joined;

    private final DirectoryAssignments directories;

    /** Known before the first image comes. */
    private volatile @Nullable Uuid ownDirectory;

    /**
     * Does nothing yet.
     *
     * @param logCheck looks at the metadata log before it is opened
     * @param onFatal told, on any thread and perhaps more than once, of what this node cannot go on after
     */
    public ClusterMetadata(
            MetadataSettings settings, Time time, LogCheck logCheck, BiConsumer<String, @Nullable Throwable> onFatal) {
        this.settings = settings;
        this.time = time;
        this.logCheck = logCheck;
        this.onFatal = onFatal;
        this.scheduler = new KafkaScheduler(1, true, "dwal-" + settings.nodeId() + "-metadata-");
        this.directories = new DirectoryAssignments(
                settings.nodeId(), () -> ownDirectory, this::brokerEpoch, requests::assignDirectories, scheduler);
        if (settings.isBroker()) {
            feed.subscribe(directories);
        }
        this.conditions =
                settings.isController() ? null : new MembershipConditions(settings.nodeId(), settings.hasAuthorizer());
        if (conditions != null) {
            feed.subscribe(conditions);
        }
    }

    /**
     * Formats the data directory of a node that does not run, for a cluster that begins with {@code founders}; the node's first
     * start does that by itself where it can.
     *
     * @return the id of the cluster
     * @throws DataDirectoryException if the directory cannot be used, or is formatted already
     */
    public static String format(MetadataSettings settings, Founders founders) {
        return DataDirectory.format(settings, founders);
    }

    /** Adds a follower of the metadata; before {@link #start} only. They are told in the order in which they were added. */
    public void subscribe(Subscriber subscriber) {
        if (scheduler.isStarted()) {
            throw new IllegalStateException("too late to subscribe: images are coming already");
        }
        feed.subscribe(subscriber);
    }

    /**
     * Starts, on threads of its own: formats the directory if it is new, takes part in the quorum or follows it, and as a
     * broker joins the cluster with {@code endpoints} when they are known.
     *
     * @param endpoints the listeners to advertise, the one for other brokers first; not looked at on a mere controller
     * @return completes when this broker is registered and unfenced and {@link #image} shows it, and on a mere controller
     *     with the first image; fails with {@link DataDirectoryException} if the directory cannot be used, with {@link
     *     MembershipException} if this node cannot be a broker of this cluster
     */
    public CompletableFuture<Void> start(CompletionStage<List<Endpoint>> endpoints) {
        scheduler.startup();
        var unused = scheduler.scheduleOnce("start", () -> {
            try {
                opened.complete(open());
            } catch (Throwable e) {
                caughtUp.completeExceptionally(e);
                opened.completeExceptionally(e);
            }
        });
        return opened.thenCompose(node -> {
                    BrokerMembership broker = node.broker();
                    return broker == null ? caughtUp : endpoints.thenCompose(known -> join(node, broker, known));
                })
                .thenRun(() -> {
                    joined = true;
                    opened.join().room().take();
                    onPublished();
                });
    }

    /** Completes when the first image is there: what this node knew when it stopped, and what came since. */
    public CompletableFuture<Void> caughtUp() {
        return caughtUp;
    }

    /** Creates topics that this node needs for itself. */
    public CompletableFuture<CreateTopicsResponseData> createTopics(CreateTopicsRequestData request) {
        return requests.createTopics(request);
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

    /** The controller of this process; its futures fail with NotControllerException while it is not the active one. */
    public Controller controller() {
        RunningMetadata now = running;
        Controller controller = now == null ? null : now.kraft().controller();
        if (controller == null) {
            throw new NotControllerException("Node " + settings.nodeId() + " is no controller, or not now.");
        }
        return controller;
    }

    /**
     * Has the active controller answer {@code request}, wherever it is.
     *
     * @return fails with a Kafka exception, TimeoutException if no controller could be asked for {@code timeoutMs}
     */
    public <A> CompletableFuture<A> askController(ControllerRequest<A> request, long timeoutMs) {
        RunningMetadata now = running;
        return now == null
                ? CompletableFuture.failedFuture(new NotControllerException("This node is starting or stopping."))
                : now.active().ask(request, timeoutMs);
    }

    /**
     * Has the controller count the replica on this node as offline, as long as this run lasts or until
     * {@link #replicaRepaired}: it leads no more and is not in sync.
     */
    public void replicaFailed(TopicIdPartition partition) {
        directories.failed(partition);
    }

    /** Ends what {@link #replicaFailed} began, if it did. */
    public void replicaRepaired(TopicIdPartition partition) {
        directories.repaired(partition);
    }

    /**
     * Asks the active controller to change in-sync replicas of partitions that this broker leads.
     *
     * @param request with this broker's id, and the epoch in which it led when it decided so
     * @return the answer, with error codes for the whole and for each partition; fails with a Kafka exception if there is no
     *     answer
     */
    public CompletableFuture<AlterPartitionResponseData> alterPartition(AlterPartitionRequestData request) {
        return requests.alterPartition(request);
    }

    /** The node whose controller is active, if known. */
    public OptionalInt activeControllerId() {
        RunningMetadata now = running;
        return now == null ? OptionalInt.empty() : now.kraft().leaderId();
    }

    /**
     * Whether no other broker can have taken over what {@link #image} says that this one leads, unless somebody moved it on purpose
     * this moment. Not so in a process that was stopped and has just gone on, on a node that reaches no controller, and on one
     * that has asked to be relieved since it stops.
     */
    public boolean isCertain() {
        RunningMetadata now = running;
        return settings.isAlone()
                || (now != null && now.broker() != null && now.broker().isCertain());
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
        RunningMetadata now = running;
        return now == null || now.broker() == null ? -1 : now.broker().brokerEpoch();
    }

    /** The level of the feature {@code kraft.version}. */
    public short kraftVersion() {
        return running().kraft().kraftVersion();
    }

    /** The versions of Kafka's features that this node can work with. */
    public Map<String, VersionRange> supportedFeatures() {
        return conditions == null ? KRaftNode.supportedFeatures() : MembershipConditions.supportedFeatures();
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

    /** Has the quorum answer a request of this node's own, in its latest version. */
    CompletableFuture<ApiMessage> askOwnQuorum(ApiMessage request) {
        ApiKeys api = ApiKeys.forId(request.apiKey());
        return askQuorum(settings.controllerListener(), 0, api.latestVersion(), request);
    }

    /**
     * The controller of this process has answered a heartbeat of {@code broker}.
     *
     * @param connection the connection that it came over
     * @param onClose registers what is to be done when that connection has closed
     */
    public void onHeartbeat(int broker, String connection, Consumer<Runnable> onClose) {
        RunningMetadata now = running;
        if (now != null && now.losses() != null) {
            now.losses().onHeartbeat(broker, connection, onClose);
        }
    }

    /** The context of a client's request to the controller, which gives up after {@code timeoutMs}. */
    public ControllerRequestContext context(RequestHeaderData header, KafkaPrincipal principal, int timeoutMs) {
        return context(header, principal, timeoutMs, partitions -> {});
    }

    /** The same; {@code changes} is told how many partitions are created or deleted, and may throw to have that refused. */
    public ControllerRequestContext context(
            RequestHeaderData header, KafkaPrincipal principal, int timeoutMs, Consumer<Integer> changes) {
        return new ControllerRequestContext(
                header, principal, ControllerRequestContext.requestTimeoutMsToDeadlineNs(time, timeoutMs), changes);
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
     * @return completes when it has, or when {@value #LEAVE_TIMEOUT_MS} ms have passed without, or {@value #NOBODY_MS} ms and
     *     there is no controller to be asked
     */
    public CompletableFuture<Void> leave() {
        RunningMetadata now = running;
        if (now == null || now.broker() == null) {
            return CompletableFuture.completedFuture(null);
        }
        CompletableFuture<Void> left = now.broker().leave();
        giveUpWithoutController(now.kraft(), left);
        return left.completeOnTimeout(null, LEAVE_TIMEOUT_MS, TimeUnit.MILLISECONDS);
    }

    /** A new leader of the quorum is usually there within a second; where there is none, nobody can be asked. */
    private void giveUpWithoutController(KRaftNode kraft, CompletableFuture<Void> left) {
        var unused = scheduler.scheduleOnce(
                "leave without a controller",
                () -> {
                    if (kraft.leaderId().isEmpty()) {
                        left.complete(null);
                    } else if (!left.isDone()) {
                        giveUpWithoutController(kraft, left);
                    }
                },
                NOBODY_MS);
    }

    /** Notes that all logs were closed in order, so that the next run counts as having lost nothing; blocks on the disk. */
    public void markLogsClean() {
        RunningMetadata now = running;
        if (now != null && brokerEpoch() >= 0) {
            now.directory().markCleanShutdown(brokerEpoch());
        }
    }

    /** Stops all, waiting for it some seconds at most; without {@link #leave} before, like a crash. */
    @Override
    public void close() {
        if (scheduler.isStarted()) {
            // What is being opened would run on, with nobody to stop it.
            opened.handle((node, failure) -> true)
                    .completeOnTimeout(false, OPEN_AT_MOST_SECONDS, TimeUnit.SECONDS)
                    .join();
        }
        RunningMetadata now = running;
        running = null;
        try {
            if (now != null) {
                now.stop();
            }
            scheduler.shutdown();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            LOG.warn("The metadata quorum did not stop in order", e);
        }
    }

    private RunningMetadata running() {
        RunningMetadata now = running;
        if (now == null) {
            throw new BrokerNotAvailableException("Node " + settings.nodeId() + " is starting or stopping.");
        }
        return now;
    }

    private RunningMetadata open() throws Exception {
        DataDirectory directory = DataDirectory.open(settings, logCheck);
        ownDirectory = directory.id();
        var around = new RunningMetadata.Surroundings(
                settings, supportedFeatures(), time, scheduler, feed, requests, onFatal);
        RunningMetadata started = RunningMetadata.start(
                around, directory, () -> running != null && controller().isActive());
        running = started;
        return started;
    }

    private CompletableFuture<Void> join(RunningMetadata node, BrokerMembership broker, List<Endpoint> endpoints) {
        OptionalLong previousEpoch = node.directory().takeCleanShutdownMark();
        ListenerInfo listeners =
                ListenerInfo.create(Optional.of(endpoints.get(0).listener()), endpoints);
        return caughtUp.thenRun(() -> {
                    if (conditions != null) {
                        conditions.check(image());
                    }
                })
                .thenCompose(ignored ->
                        broker.join(listeners, previousEpoch, supportedFeatures(), () -> isOwnRun(node.directory())))
                .thenCompose(ignored -> feed.await(this::showsThisBroker))
                .thenAccept(image -> {});
    }

    /** Whether the registered run of this broker had this data directory, which cannot have two owners: then it is dead. */
    private boolean isOwnRun(DataDirectory directory) {
        var registration = image().cluster().broker(settings.nodeId());
        return registration != null && registration.directories().contains(directory.id());
    }

    private boolean showsThisBroker(MetadataImage image) {
        var registration = image.cluster().broker(settings.nodeId());
        return registration != null && registration.epoch() == brokerEpoch() && !registration.fenced();
    }

    private void onPublished() {
        caughtUp.complete(null);
        RunningMetadata now = running;
        if (now == null) {
            return;
        }
        now.room().look();
        if (now.broker() != null) {
            now.broker().onImage();
        }
        if (now.controller() != null && joined) {
            now.controller().onImage();
        }
    }

    private void onLeaderChange() {
        RunningMetadata now = running;
        if (now == null) {
            return;
        }
        now.active().onLeaderChange();
        OptionalInt leader = now.kraft().leaderId();
        if (now.losses() != null) {
            now.losses().onLeaderChange(leader);
        }
        if (now.broker() != null && leader.isPresent()) {
            now.broker().onNewController();
        }
    }

    private CompletableFuture<AllocateProducerIdsResponseData> allocateProducerIds() {
        return requests.allocateProducerIds(new AllocateProducerIdsRequestData()
                .setBrokerId(settings.nodeId())
                .setBrokerEpoch(brokerEpoch()));
    }
}

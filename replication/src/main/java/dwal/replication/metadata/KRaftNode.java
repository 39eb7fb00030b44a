package dwal.replication.metadata;

import dwal.environment.Disk;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.utils.LogContext;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.controller.Controller;
import org.apache.kafka.controller.QuorumController;
import org.apache.kafka.controller.QuorumFeatures;
import org.apache.kafka.image.loader.MetadataLoader;
import org.apache.kafka.image.publisher.MetadataPublisher;
import org.apache.kafka.image.publisher.SnapshotEmitter;
import org.apache.kafka.image.publisher.SnapshotGenerator;
import org.apache.kafka.metadata.MetadataRecordSerde;
import org.apache.kafka.metadata.VersionRange;
import org.apache.kafka.raft.Endpoints;
import org.apache.kafka.raft.FileQuorumStateStore;
import org.apache.kafka.raft.FrugalRaftClient;
import org.apache.kafka.raft.KafkaNetworkChannel;
import org.apache.kafka.raft.KafkaRaftClient;
import org.apache.kafka.raft.KafkaRaftClientDriver;
import org.apache.kafka.raft.MetadataLogConfig;
import org.apache.kafka.raft.NetworkChannel;
import org.apache.kafka.raft.QuorumConfig;
import org.apache.kafka.raft.RaftLog;
import org.apache.kafka.raft.RaftMessage;
import org.apache.kafka.raft.RaftRequest;
import org.apache.kafka.raft.RaftUtil;
import org.apache.kafka.raft.ReplicaKey;
import org.apache.kafka.raft.internals.KafkaRaftLog;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.apache.kafka.server.common.Feature;
import org.apache.kafka.server.policy.AlterConfigPolicy;
import org.apache.kafka.server.policy.CreateTopicPolicy;
import org.apache.kafka.server.util.Scheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The embedded parts of KRaft on one node, put together and taken apart in order: Raft client, controller if the node has
 * that role, loader of metadata images, snapshots.
 *
 * <p>{@link #open} and {@link #close} block on the disk; the rest is for any thread. Inside, Kafka's classes have four
 * threads: Raft, controller, loader, snapshots; and one that sends to other voters if there may be any.
 */
final class KRaftNode implements ActiveController.Quorum {
    private static final Logger LOG = LoggerFactory.getLogger(KRaftNode.class);
    private static final int HAND_OVER_MS = 1_000;

    private final MetadataSettings settings;
    private final String clusterId;
    private final Time time;
    private final RaftLog log;
    /** To other voters; null where there are none. */
    private final @Nullable KafkaNetworkChannel channel;

    private final KafkaRaftClient<ApiMessageAndVersion> raft;
    private final KafkaRaftClientDriver<ApiMessageAndVersion> driver;
    private final Metrics metrics;
    private final @Nullable QuorumController controller;
    private final MetadataLoader loader;
    private final Uuid directoryId;
    private volatile @Nullable LeaderLoss leaderLoss;

    /**
     * Reads the metadata log and starts to take part in the quorum.
     *
     * @param scheduler for work in the background
     * @param onFatal told when a part has failed that this node cannot do without
     */
    static KRaftNode open(
            MetadataSettings settings,
            DataDirectory directory,
            Scheduler scheduler,
            Time time,
            MetadataPublisher publisher,
            BiConsumer<String, @Nullable Throwable> onFatal)
            throws Exception {
        var node = new KRaftNode(settings, directory, scheduler, time, onFatal);
        node.start(publisher);
        return node;
    }

    private KRaftNode(
            MetadataSettings settings,
            DataDirectory directory,
            Scheduler scheduler,
            Time time,
            BiConsumer<String, @Nullable Throwable> onFatal)
            throws Exception {
        this.settings = settings;
        this.clusterId = directory.clusterId();
        this.directoryId = directory.id();
        this.time = time;
        // Kafka's parts report into it; nobody exports it yet, so it has no reporters.
        this.metrics = new Metrics(time);
        this.log = openLog(settings, directory, scheduler, time);
        var context = new LogContext("[RaftManager id=" + settings.nodeId() + "] ");
        QuorumConfig quorum = settings.quorum();
        var listener = new ListenerName(settings.controllerListener());
        this.channel = settings.isAlone() ? null : channel(listener, quorum);
        this.raft = FrugalRaftClient.create(
                OptionalInt.of(settings.nodeId()),
                directory.id(),
                new MetadataRecordSerde(),
                channel == null ? new NoPeers(listener) : watched(channel),
                log,
                new BatchBuffers(),
                time,
                new Expirations(scheduler),
                context,
                settings.isController(),
                clusterId,
                bootstrapServers(quorum),
                ownEndpoints(),
                Feature.KRAFT_VERSION.supportedVersionRange(),
                quorum);
        raft.initialize(
                QuorumConfig.parseVoterConnections(quorum.voters()),
                new QuorumStateFile(directory.metadataLog().toPath().resolve(FileQuorumStateStore.DEFAULT_FILE_NAME)),
                metrics,
                ignoredStaticVoters -> {});
        if (settings.isAlone() && !FrugalRaftClient.isVoter(raft)) {
            throw nobodyVotes(directory);
        }
        this.driver =
                new KafkaRaftClientDriver<>(raft, threadName("raft"), new Faults("metadata quorum", onFatal), context);
        this.controller = settings.isController() ? buildController(directory, quorum, onFatal) : null;
        this.loader = new MetadataLoader.Builder()
                .setNodeId(settings.nodeId())
                .setTime(time)
                .setThreadNamePrefix(threadName(""))
                .setFaultHandler(new Faults("loading of metadata", onFatal))
                .setHighWaterMarkAccessor(raft::highWatermark)
                .setSupportedConfigChecker(settings.supportedConfigs())
                .build();
    }

    /** It would wait for a leader for ever. */
    private DataDirectoryException nobodyVotes(DataDirectory directory) {
        return new DataDirectoryException("the metadata log in " + directory.metadataLog() + " does not say that node "
                + settings.nodeId() + " votes, and " + QuorumConfig.QUORUM_VOTERS_CONFIG
                + " is not set, so the cluster would have no controller. If the directory is of a cluster with static voters, set "
                + QuorumConfig.QUORUM_VOTERS_CONFIG + " as it was there, as " + settings.nodeId() + "@HOST:PORT");
    }

    private void start(MetadataPublisher publisher) throws Exception {
        loader.installPublishers(List.of(publisher, snapshots())).get();
        raft.register(loader);
        if (channel != null) {
            channel.start();
        }
        driver.start();
    }

    /** The controller of this process, active or not; null on a node without that role. */
    @Nullable
    Controller controller() {
        return controller;
    }

    /** The offset of the last record of which the image has been published. */
    long appliedOffset() {
        return loader.lastAppliedOffset();
    }

    @Override
    public OptionalInt leaderId() {
        return raft.leaderAndEpoch().leaderId();
    }

    @Override
    public Optional<Node> address(int id) {
        return raft.voterNode(id, ListenerName.normalised(settings.controllerListener()));
    }

    /** Connections to the controllers of other nodes, not started yet; null on a node that has none to speak to. */
    @Nullable
    ControllerConnections connections() {
        if (settings.isAlone()) {
            return null;
        }
        var clients = new NetworkClients(settings, metrics, time);
        return new ControllerConnections(
                threadName("to-controllers"),
                clients.toControllers(settings.requestTimeoutMs()),
                settings.requestTimeoutMs(),
                time);
    }

    /** Looks for a new leader as soon as the present one is known to be gone; on nodes that may vote. */
    void watchLeader(Supplier<Set<Integer>> controllers, Probe probe, Scheduler scheduler) {
        leaderLoss = new LeaderLoss(
                settings.nodeId(), raft::leaderAndEpoch, this, controllers, this::endEpoch, probe, scheduler);
    }

    /** Does what the leader's EndQuorumEpoch would do, with this node as the one to follow it. */
    private void endEpoch(int epoch) {
        OptionalInt leader = leaderId();
        if (leader.isPresent()) {
            var unused = ask(
                    settings.controllerListener(),
                    0,
                    ApiKeys.END_QUORUM_EPOCH.latestVersion(),
                    RaftUtil.singletonEndQuorumEpochRequest(
                            Topic.CLUSTER_METADATA_TOPIC_PARTITION,
                            clusterId,
                            epoch,
                            leader.getAsInt(),
                            List.of(ReplicaKey.of(settings.nodeId(), directoryId))));
        }
    }

    /** The level of {@code kraft.version}, which stands in no image. */
    short kraftVersion() {
        return raft.kraftVersion().featureLevel();
    }

    /** Has the Raft client answer one of the quorum's own APIs. */
    CompletableFuture<ApiMessage> ask(String listener, int correlationId, short version, ApiMessage request) {
        var inbound = new RaftRequest.Inbound(
                new ListenerName(listener), correlationId, version, request, time.milliseconds());
        raft.handle(inbound);
        return inbound.completion.thenApply(RaftMessage::data);
    }

    /** Stops all parts, in an order in which none misses another. */
    void close() throws Exception {
        if (controller != null) {
            controller.beginShutdown();
        }
        loader.beginShutdown();
        try {
            handOver();
        } finally {
            raft.close();
            if (channel != null) {
                channel.close(); // the Raft client leaves that to its owner
            }
            loader.close();
            if (controller != null) {
                controller.close();
            }
            log.close();
            metrics.close();
        }
    }

    /**
     * Ends the Raft client's thread. A leader waits until there is another: with the others at hand that takes some
     * milliseconds. Kafka's driver would wait for five seconds when there are none.
     */
    private void handOver() throws InterruptedException {
        try {
            raft.shutdown(HAND_OVER_MS).get(2 * HAND_OVER_MS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            LOG.debug("Node {} left the metadata quorum without a new leader", settings.nodeId(), e);
        }
        driver.join(HAND_OVER_MS);
    }

    static Map<String, VersionRange> supportedFeatures() {
        return QuorumFeatures.defaultSupportedFeatureMap(false);
    }

    private static RaftLog openLog(MetadataSettings settings, DataDirectory directory, Scheduler scheduler, Time time)
            throws IOException {
        Path folder = directory.metadataLog().toPath();
        // KRaft makes it, but does not sync the directory above.
        Disk.system().createDirectoriesSafely(folder);
        new MetadataSideFiles(folder).check();
        var note = new SyncedEndNote(new SyncedEndFile(Disk.system(), folder), scheduler);
        RaftLog log = KafkaRaftLog.createLog(
                Topic.CLUSTER_METADATA_TOPIC_PARTITION,
                Uuid.METADATA_TOPIC_ID,
                directory.metadataLog(),
                time,
                scheduler,
                new MetadataLogConfig(settings.config()),
                settings.nodeId());
        // It may have been replaced by a snapshot just now.
        note.willEndAt(log.endOffset().offset());
        return new NotedRaftLog(log, note);
    }

    private QuorumController buildController(
            DataDirectory directory, QuorumConfig quorum, BiConsumer<String, @Nullable Throwable> onFatal)
            throws Exception {
        List<Integer> voters =
                List.copyOf(QuorumConfig.parseVoterConnections(quorum.voters()).keySet());
        return new QuorumController.Builder(settings.nodeId(), clusterId)
                .setTime(time)
                .setThreadNamePrefix(threadName("controller"))
                .setRaftClient(raft)
                .setQuorumFeatures(new QuorumFeatures(settings.nodeId(), supportedFeatures(), voters))
                .setBootstrapMetadata(directory.bootstrap())
                .setConfigSchema(settings.schema())
                .setStaticConfig(settings.config().originals())
                .setConfigurationValidator(settings.validator())
                .setSupportedConfigChecker(settings.supportedConfigs())
                .setCreateTopicPolicy(policy("create.topic.policy.class.name", CreateTopicPolicy.class))
                .setAlterConfigPolicy(policy("alter.config.policy.class.name", AlterConfigPolicy.class))
                .setDefaultReplicationFactor(settings.defaultReplicationFactor())
                .setDefaultNumPartitions(settings.defaultPartitions())
                .setSessionTimeoutNs(TimeUnit.MILLISECONDS.toNanos(settings.sessionTimeoutMs()))
                .setLeaderImbalanceCheckIntervalNs(settings.leaderImbalanceCheckIntervalNs())
                .setUncleanLeaderElectionCheckIntervalMs(settings.uncleanElectionIntervalMs())
                .setMaxIdleIntervalNs(settings.maxIdleIntervalNs())
                .setFatalFaultHandler(new Faults("controller", onFatal))
                .setNonFatalFaultHandler(new Faults("controller", (message, cause) -> {}))
                .build();
    }

    private <T> Optional<T> policy(String key, Class<T> type) {
        return settings.config().values().get(key) == null
                ? Optional.empty()
                : Optional.ofNullable(settings.config().getConfiguredInstance(key, type));
    }

    private MetadataPublisher snapshots() {
        SnapshotEmitter emitter = new SnapshotEmitter.Builder()
                .setNodeId(settings.nodeId())
                .setRaftClient(raft)
                .build();
        var config = settings.config();
        return new SnapshotGenerator.Builder(emitter)
                .setNodeId(settings.nodeId())
                .setTime(time)
                .setFaultHandler(new Faults("writing of metadata snapshots", (message, cause) -> {}))
                .setMaxBytesSinceLastSnapshot(
                        config.getLong(MetadataLogConfig.METADATA_SNAPSHOT_MAX_NEW_RECORD_BYTES_CONFIG))
                .setMaxTimeSinceLastSnapshotNs(TimeUnit.MILLISECONDS.toNanos(
                        config.getLong(MetadataLogConfig.METADATA_SNAPSHOT_MAX_INTERVAL_MS_CONFIG)))
                .setThreadNamePrefix(threadName(""))
                .build();
    }

    private KafkaNetworkChannel channel(ListenerName listener, QuorumConfig quorum) {
        return new KafkaNetworkChannel(
                time,
                listener,
                new NetworkClients(settings, metrics, time).toVoters(quorum.requestTimeoutMs()),
                quorum.requestTimeoutMs(),
                threadName("raft"));
    }

    private NetworkChannel watched(KafkaNetworkChannel channel) {
        return new VoterChannel(channel, clusterId, node -> {
            LeaderLoss known = leaderLoss;
            if (known != null) {
                known.onSilence(node);
            }
        });
    }

    /** The Raft client insists on somebody to ask for the leader, even where there is nobody but itself. */
    private List<InetSocketAddress> bootstrapServers(QuorumConfig quorum) {
        if (!quorum.voters().isEmpty()) {
            return List.of();
        }
        List<InetSocketAddress> configured = QuorumConfig.parseBootstrapServers(quorum.bootstrapServers());
        return configured.isEmpty()
                ? List.of(address(settings.announcedControllerEndpoints().get(0)))
                : configured;
    }

    private Endpoints ownEndpoints() {
        Map<ListenerName, InetSocketAddress> addresses = new LinkedHashMap<>();
        for (Endpoint endpoint : settings.announcedControllerEndpoints()) {
            addresses.put(ListenerName.normalised(endpoint.listener()), address(endpoint));
        }
        return Endpoints.fromInetSocketAddresses(addresses);
    }

    private static InetSocketAddress address(Endpoint endpoint) {
        String host = Utils.isBlank(endpoint.host()) ? "localhost" : endpoint.host();
        return InetSocketAddress.createUnresolved(host, endpoint.port());
    }

    private String threadName(String part) {
        return "dwal-" + settings.nodeId() + "-" + part;
    }
}

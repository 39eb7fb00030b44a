package dwal.replication.metadata;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.network.ListenerName;
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
import org.apache.kafka.raft.KafkaRaftClient;
import org.apache.kafka.raft.KafkaRaftClientDriver;
import org.apache.kafka.raft.MetadataLogConfig;
import org.apache.kafka.raft.QuorumConfig;
import org.apache.kafka.raft.RaftLog;
import org.apache.kafka.raft.RaftMessage;
import org.apache.kafka.raft.RaftRequest;
import org.apache.kafka.raft.internals.KafkaRaftLog;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.apache.kafka.server.common.Feature;
import org.apache.kafka.server.policy.AlterConfigPolicy;
import org.apache.kafka.server.policy.CreateTopicPolicy;
import org.apache.kafka.server.util.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * The embedded parts of KRaft on one node, put together and taken apart in order: Raft client, controller, loader of
 * metadata images, snapshots.
 *
 * <p>{@link #open} and {@link #close} block on the disk; the rest is for any thread. Inside, Kafka's classes have four
 * threads: Raft, controller, loader, snapshots.
 */
final class KRaftNode {
    private final MetadataSettings settings;
    private final String clusterId;
    private final Time time;
    private final RaftLog log;
    private final KafkaRaftClient<ApiMessageAndVersion> raft;
    private final KafkaRaftClientDriver<ApiMessageAndVersion> driver;
    private final Metrics metrics;
    private final QuorumController controller;
    private final MetadataLoader loader;

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
        this.time = time;
        // Kafka's parts report into it; nobody exports it yet, so it has no reporters.
        this.metrics = new Metrics(time);
        this.log = openLog(settings, directory, scheduler, time);
        var context = new LogContext("[RaftManager id=" + settings.nodeId() + "] ");
        QuorumConfig quorum = settings.quorum();
        this.raft = new KafkaRaftClient<>(
                OptionalInt.of(settings.nodeId()),
                directory.id(),
                new MetadataRecordSerde(),
                new NoPeers(new ListenerName(settings.controllerEndpoint().listener())),
                log,
                time,
                new Expirations(scheduler),
                context,
                true,
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
        this.driver =
                new KafkaRaftClientDriver<>(raft, threadName("raft"), new Faults("metadata quorum", onFatal), context);
        this.controller = buildController(directory, quorum, onFatal);
        this.loader = new MetadataLoader.Builder()
                .setNodeId(settings.nodeId())
                .setTime(time)
                .setThreadNamePrefix(threadName(""))
                .setFaultHandler(new Faults("loading of metadata", onFatal))
                .setHighWaterMarkAccessor(raft::highWatermark)
                .setSupportedConfigChecker(settings.supportedConfigs())
                .build();
    }

    private void start(MetadataPublisher publisher) throws Exception {
        loader.installPublishers(List.of(publisher, snapshots())).get();
        raft.register(loader);
        driver.start();
    }

    Controller controller() {
        return controller;
    }

    /** The offset of the last record of which the image has been published. */
    long appliedOffset() {
        return loader.lastAppliedOffset();
    }

    /** The node that leads the quorum, if this one knows. */
    OptionalInt leaderId() {
        return raft.leaderAndEpoch().leaderId();
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
        controller.beginShutdown();
        loader.beginShutdown();
        try {
            driver.shutdown();
        } finally {
            loader.close();
            controller.close();
            log.close();
            metrics.close();
        }
    }

    static Map<String, VersionRange> supportedFeatures() {
        return QuorumFeatures.defaultSupportedFeatureMap(false);
    }

    private static RaftLog openLog(MetadataSettings settings, DataDirectory directory, Scheduler scheduler, Time time)
            throws IOException {
        return KafkaRaftLog.createLog(
                Topic.CLUSTER_METADATA_TOPIC_PARTITION,
                Uuid.METADATA_TOPIC_ID,
                directory.metadataLog(),
                time,
                scheduler,
                new MetadataLogConfig(settings.config()),
                settings.nodeId());
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

    /** The Raft client insists on somebody to ask for the leader, even where there is nobody but itself. */
    private List<InetSocketAddress> bootstrapServers(QuorumConfig quorum) {
        if (!quorum.voters().isEmpty()) {
            return List.of();
        }
        List<InetSocketAddress> configured = QuorumConfig.parseBootstrapServers(quorum.bootstrapServers());
        return configured.isEmpty() ? List.of(address(settings.controllerEndpoint())) : configured;
    }

    private Endpoints ownEndpoints() {
        Endpoint endpoint = settings.controllerEndpoint();
        return Endpoints.fromInetSocketAddresses(
                Map.of(ListenerName.normalised(endpoint.listener()), address(endpoint)));
    }

    private static InetSocketAddress address(Endpoint endpoint) {
        String host = Utils.isBlank(endpoint.host()) ? "localhost" : endpoint.host();
        return InetSocketAddress.createUnresolved(host, endpoint.port());
    }

    private String threadName(String part) {
        return "dwal-" + settings.nodeId() + "-" + part;
    }
}

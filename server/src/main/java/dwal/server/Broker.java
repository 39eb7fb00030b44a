package dwal.server;

import dwal.coordinator.GroupCoordinator;
import dwal.environment.Clock;
import dwal.environment.Disk;
import dwal.environment.HeapRoom;
import dwal.log.LogStore;
import dwal.log.RecordValidation;
import dwal.log.StoreSettings;
import dwal.protocol.ApiTable;
import dwal.protocol.Peer;
import dwal.replication.ImageBrokers;
import dwal.replication.Partition;
import dwal.replication.Partitions;
import dwal.replication.Replication;
import dwal.replication.ReplicationSettings;
import dwal.replication.metadata.ClusterMetadata;
import dwal.server.authorization.Authorization;
import dwal.server.config.BrokerConfig;
import dwal.server.config.DwalConfigs;
import dwal.server.controller.GrowthOnFullDisk;
import dwal.server.fetch.FetchSessions;
import dwal.server.fetch.PreferredReplicas;
import dwal.server.fetch.ReadAccess;
import dwal.server.handler.AclApis;
import dwal.server.handler.ApiVersionsHandler;
import dwal.server.handler.ClientTelemetry;
import dwal.server.handler.ConfigApis;
import dwal.server.handler.Forwarding;
import dwal.server.handler.GroupApis;
import dwal.server.handler.LogApis;
import dwal.server.handler.MetadataApis;
import dwal.server.metrics.MetricsPage;
import dwal.server.metrics.Observed;
import dwal.server.network.KafkaListeners;
import dwal.server.network.NetworkSettings;
import dwal.server.network.PeerSettings;
import dwal.server.network.RequestMetrics;
import dwal.server.network.SocketPeers;
import dwal.server.quota.ClientQuotas;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.server.config.QuotaConfig;
import org.apache.kafka.server.config.ReplicationConfigs;
import org.apache.kafka.server.config.ServerConfigs;
import org.apache.kafka.server.config.ServerLogConfigs;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node: builds all parts, from top to bottom, and owns the order in which they start and stop. Decides nothing else.
 *
 * <p>The listener is bound early; KRaft, the index and the group coordinator start beside it, each on threads of its own.
 */
public final class Broker implements Node {
    private static final Logger LOG = LoggerFactory.getLogger(Broker.class);
    private static final long START_TIMEOUT_MS = 120_000;
    private static final int FETCH_SESSION_EVICTION_MS = 120_000;

    private final BrokerConfig config;
    private final Clock clock = Clock.system();
    private final NodeThreads threads;
    private final LiveConfig live;
    private final LogStore logs;
    private final Partitions partitions;
    private final ClusterMetadata metadata;
    private final GroupCoordinator groups;
    private final ClientTelemetry telemetry;
    private final RequestMetrics requests = new RequestMetrics(clock);
    private final ClientQuotas quotas;
    private final Authorization authorization;
    private final FetchSessions fetches;
    private final ControllerServer controller;
    private final ApiTable apis;
    private final KafkaListeners listeners;
    private final SocketPeers peers;
    private final Replication replication;
    private final Readiness readiness;
    private final Doors doors;
    private volatile boolean serving;

    /** The node that {@code config} describes, with Kafka's door only; nothing runs before {@link #start}. */
    public Broker(BrokerConfig config) throws IOException {
        this(config, Doors.NONE);
    }

    /** Builds the node that {@code config} describes; nothing runs before {@link #start}. */
    public Broker(BrokerConfig config, Doors.Factory doorFactory) throws IOException {
        this(config, doorFactory, Disk.system());
    }

    /** For tests: with another disk under its logs. */
    Broker(BrokerConfig config, Disk disk) throws IOException {
        this(config, Doors.NONE, disk);
    }

    private Broker(BrokerConfig config, Doors.Factory doorFactory, Disk disk) throws IOException {
        this.config = config;
        threads = new NodeThreads(config.nodeId());
        live = new LiveConfig(config);
        disk.createDirectoriesSafely(config.dataDirectory());
        long reserveBytes = config.diskReserve().of(disk.totalBytes(config.dataDirectory()));
        OpenFilesLimit openFiles = OpenFilesLimit.ofProcess();
        openFiles.warnIfLow();
        var store = new StoreSettings(
                reserveBytes,
                openFiles.segments(),
                RunTimeChanges.producerExpiryMs(config),
                RecordValidation.valueOf(
                        config.getString(DwalConfigs.RECORD_VALIDATION_CONFIG).toUpperCase(Locale.ROOT)));
        logs = new LogStore(disk, config.dataDirectory(), clock, threads.timer, threads.disk, new Random(), store);
        metadata =
                new ClusterMetadata(PartSettings.metadata(config), Time.SYSTEM, PartSettings.logCheck(), this::onFatal);
        authorization = PartSettings.authorization(config, metadata::image);
        metadata.subscribe(authorization::apply);
        var brokers = new ImageBrokers();
        metadata.subscribe((delta, image) -> brokers.update(image));
        replication = Replication.of(
                config.nodeId(),
                clock,
                threads.timer,
                brokers,
                new ClusterController(metadata),
                this::peer,
                replicationSettings(config));
        var around = new Partition.Surroundings(config.nodeId(), clock, threads.timer, threads.disk, replication);
        partitions = new Partitions(around, logs, live);
        metadata.subscribe(partitions::apply);
        groups = new GroupCoordinator(
                config,
                live::at,
                config.nodeId(),
                new HostedCoordinatorPartitions(partitions, topic -> live.of(topic, metadata.image())),
                clock,
                threads.timer,
                threads.background,
                HeapRoom.ofProcess(clock, threads.background),
                authorization.plugin());
        metadata.subscribe(new CoordinatorElections(config.nodeId(), groups, replication.admitted()));
        telemetry = new ClientTelemetry(config);
        metadata.subscribe((delta, image) -> telemetry.apply(image));
        NetworkSettings network = PartSettings.network(config);
        quotas = new ClientQuotas(clock, config);
        metadata.subscribe((delta, image) -> quotas.apply(image));
        var growth = new GrowthOnFullDisk(disk, config.dataDirectory(), reserveBytes);
        controller = new ControllerServer(config, metadata, network, clock, requests, quotas, authorization, growth);
        fetches = new FetchSessions(
                config.getInt(ServerConfigs.MAX_INCREMENTAL_FETCH_SESSION_CACHE_SLOTS_CONFIG),
                NetworkSettings.fetchSessionBytesLimit(),
                FETCH_SESSION_EVICTION_MS,
                clock,
                new SecureRandom());
        apis = apis();
        listeners = new KafkaListeners(PartSettings.toBind(config.listeners()), apis, network, clock, requests, quotas);
        var changes = new RunTimeChanges(config, live, logs, listeners, replication, threads.background);
        metadata.subscribe((delta, image) -> changes.apply(image));
        peers = peersAs("broker-" + config.nodeId() + "-fetcher");
        readiness = new Readiness(metadata, logs, partitions, () -> serving);
        doors = doorFactory.of(
                DoorSettings.of(config),
                new Doors.Inside(
                        config.nodeId(),
                        config.listeners().get(0).listener(),
                        apis,
                        metadata::image,
                        () -> metadata.caughtUp().isDone(),
                        peersAs(Doors.CLIENT_ID),
                        listeners,
                        clock,
                        this::isReady,
                        readiness::waitsFor,
                        new MetricsPage(observed()),
                        requests.slow(),
                        requests.doors(),
                        quotas,
                        authorization));
    }

    private boolean isReady() {
        return readiness.waitsFor().isEmpty();
    }

    /** Why it is not ready, in sentences; empty if it is. */
    List<String> waitsFor() {
        return readiness.waitsFor();
    }

    private Observed observed() {
        List<KafkaListeners> all = Stream.concat(Stream.of(listeners), controller.listeners().stream())
                .toList();
        return new Observed(
                requests,
                quotas,
                all,
                logs,
                partitions,
                replication.metrics(),
                fetches,
                metadata,
                groups.groups(),
                Map.of("disk", threads::waitingForDisk),
                peers,
                threads.background,
                clock,
                this::isReady);
    }

    private Peer peer(int nodeId) {
        return peers.to(nodeId);
    }

    private ApiTable apis() {
        ApiTable.Builder table = ApiTable.builder();
        table.add(
                ApiKeys.API_VERSIONS,
                ApiVersionsRequestData.class,
                new ApiVersionsHandler(this::apiTable, new KnownFeatures(metadata)::now));
        var forwarding =
                new Forwarding(metadata, controller.apis(), config.getInt(ServerConfigs.REQUEST_TIMEOUT_MS_CONFIG));
        var metadataApis = new MetadataApis(metadata, config, forwarding, clock);
        metadataApis.addTo(table);
        new ConfigApis(metadata, config, telemetry, forwarding).addTo(table);
        new AclApis(metadata, authorization, forwarding).addTo(table);
        new LogApis(
                        partitions,
                        logs,
                        fetches,
                        metadata::image,
                        threads.disk,
                        threads.longWork,
                        config.dataDirectory(),
                        config.getInt(ServerConfigs.FETCH_MAX_BYTES_CONFIG),
                        preferredReplicas(),
                        quotas,
                        authorization.isOn() ? authorization::mayRead : ReadAccess.ALL,
                        clock)
                .addTo(table);
        new GroupApis(
                        groups.groups(),
                        metadata::image,
                        CertainCoordinators.of(metadata, partitions),
                        metadataApis::createOffsetsTopic,
                        clock)
                .addTo(table);
        return authorization.guard(table.build());
    }

    private @Nullable PreferredReplicas preferredReplicas() {
        String selector = config.getString(ReplicationConfigs.REPLICA_SELECTOR_CLASS_CONFIG);
        return selector == null
                ? null
                : PreferredReplicas.by(selector, config.originals(), config.nodeId(), metadata::image);
    }

    /** Which APIs this node answers. */
    public ApiTable apiTable() {
        return apis;
    }

    /** What clients may use of it. */
    ClientQuotas quotas() {
        return quotas;
    }

    /** What was asked of it over all its listeners. */
    RequestMetrics requests() {
        return requests;
    }

    /** Starts everything; returns when clients can be served. */
    public void start() {
        try {
            begin().get(START_TIMEOUT_MS, TimeUnit.MILLISECONDS);
        } catch (Exception e) {
            close();
            throw startFailure(e);
        }
    }

    @Override
    public CompletableFuture<Void> begin() {
        listeners.bind();
        doors.start();
        controller.start();
        groups.start().whenComplete((nothing, failure) -> {
            if (failure != null && !ProcessEnd.isCauseOf(failure)) {
                LOG.error("The group coordinator did not start", failure);
            }
        });
        // Before, it would not know any topic.
        var unused = metadata.caughtUp().thenRun(listeners::accept);
        return metadata.start(CompletableFuture.completedFuture(advertised())).thenRun(() -> {
            serving = true;
            keepSpareRoom();
            scheduleMaintenance();
        });
    }

    private static RuntimeException startFailure(Exception e) {
        Throwable cause = e;
        while ((cause instanceof java.util.concurrent.ExecutionException || cause instanceof CompletionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause instanceof RuntimeException known
                ? known
                : new IllegalStateException("The node did not start: " + cause, cause);
    }

    /** HOST:PORT of the first listener, as clients are told. */
    public String address() {
        var first = advertised().get(0);
        return first.host() + ":" + first.port();
    }

    @Override
    public Optional<String> clientAddress() {
        return Optional.of(address());
    }

    @Override
    public Optional<String> controllerAddress() {
        return controller.address();
    }

    @Override
    public Doors doors() {
        return doors;
    }

    @Override
    public String clusterId() {
        return metadata.clusterId();
    }

    @Override
    public int nodeId() {
        return config.nodeId();
    }

    /** Hands over what it leads, stops serving, checkpoints the logs and marks them clean. */
    @Override
    public void close() {
        serving = false;
        doors.close();
        if (config.getBoolean(ServerConfigs.CONTROLLED_SHUTDOWN_ENABLE_CONFIG)) {
            metadata.leave().join();
        }
        replication.fetchers().close();
        listeners.close();
        threads.endLongWork();
        groups.close();
        logs.close();
        if (!logs.hasFailed()) {
            metadata.markLogsClean();
        }
        closeMetadata();
    }

    /** For tests of what others do then: tells nobody, and leaves no mark. */
    void closeAsIfKilled() {
        doors.close();
        listeners.close();
        threads.endLongWork();
        groups.close();
        logs.close();
        closeMetadata();
    }

    private void closeMetadata() {
        metadata.close();
        // The quorum hands over its leadership while it stops.
        controller.close();
        threads.close();
        telemetry.close();
    }

    /** Beside the start, which does not wait for it: the first call into the C library takes a while. */
    private void keepSpareRoom() {
        threads.disk.execute(logs::keepSpareRoom);
    }

    private void scheduleMaintenance() {
        long everyMs = config.getLong(ServerLogConfigs.LOG_CLEANUP_INTERVAL_MS_CONFIG);
        threads.timer.after(everyMs, () -> {
            threads.disk.execute(() -> partitions.all().forEach(Partition::maintain));
            keepSpareRoom();
            scheduleMaintenance();
        });
    }

    private void onFatal(String what, @Nullable Throwable cause) {
        LOG.error("{}; this node cannot go on: restart it when that is mended", what, cause);
        Runtime.getRuntime().halt(1);
    }

    /** What clients are told to connect to; a port of 0 is the one that was chosen for the listener of that name. */
    private List<org.apache.kafka.common.Endpoint> advertised() {
        return config.advertisedListeners().stream()
                .map(each -> each.port() != 0
                        ? each
                        : new org.apache.kafka.common.Endpoint(
                                each.listener(), each.securityProtocol(), each.host(), listeners.port(each.listener())))
                .toList();
    }

    private static ReplicationSettings replicationSettings(BrokerConfig config) {
        return new ReplicationSettings(
                config.getLong(ReplicationConfigs.REPLICA_LAG_TIME_MAX_MS_CONFIG),
                config.getInt(ReplicationConfigs.REPLICA_FETCH_MAX_BYTES_CONFIG),
                config.getInt(ReplicationConfigs.REPLICA_FETCH_RESPONSE_MAX_BYTES_CONFIG),
                config.getInt(ReplicationConfigs.REPLICA_FETCH_MIN_BYTES_CONFIG),
                config.getInt(ReplicationConfigs.REPLICA_FETCH_WAIT_MAX_MS_CONFIG),
                config.getInt(ReplicationConfigs.REPLICA_FETCH_BACKOFF_MS_CONFIG),
                config.getInt(ReplicationConfigs.REPLICA_SOCKET_TIMEOUT_MS_CONFIG),
                config.getInt(ReplicationConfigs.NUM_REPLICA_FETCHERS_CONFIG),
                config.getInt(QuotaConfig.NUM_REPLICATION_QUOTA_SAMPLES_CONFIG),
                config.getInt(QuotaConfig.REPLICATION_QUOTA_WINDOW_SIZE_SECONDS_CONFIG));
    }

    private SocketPeers peersAs(String clientId) {
        return new SocketPeers(
                listeners,
                new BrokerAddresses(
                        metadata::image, config.interBrokerListenerName().value()),
                threads.background,
                peerSettings(config, clientId));
    }

    private static PeerSettings peerSettings(BrokerConfig config, String clientId) {
        String receiveBuffer = ReplicationConfigs.REPLICA_SOCKET_RECEIVE_BUFFER_BYTES_CONFIG;
        return new PeerSettings(
                clientId,
                config.getLong(ServerConfigs.SOCKET_CONNECTION_SETUP_TIMEOUT_MS_CONFIG)
                        .intValue(),
                config.isSet(receiveBuffer) ? config.getInt(receiveBuffer) : -1);
    }
}

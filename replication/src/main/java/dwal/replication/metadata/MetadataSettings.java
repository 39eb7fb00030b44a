package dwal.replication.metadata;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.controller.ConfigurationValidator;
import org.apache.kafka.metadata.KafkaConfigSchema;
import org.apache.kafka.metadata.SupportedConfigChecker;
import org.apache.kafka.raft.KRaftConfigs;
import org.apache.kafka.raft.MetadataLogConfig;
import org.apache.kafka.raft.QuorumConfig;
import org.apache.kafka.server.config.ServerTopicConfigSynonyms;
import org.apache.kafka.storage.internals.log.LogConfig;

/**
 * What {@link ClusterMetadata} wants to know; immutable.
 *
 * @param nodeId {@code node.id}
 * @param directory the data directory
 * @param clusterId the cluster that a new directory is made for, and that an old one must belong to; empty: a new
 *     cluster, or whatever the directory says
 * @param rack {@code broker.rack}
 * @param config the values of Kafka's own keys, with their defaults
 * @param brokerKeys the definitions of all keys that may be set for brokers; must have {@code min.insync.replicas}
 * @param validator judges changes of configuration before they are committed
 * @param supportedConfigs tells which configuration keys this node knows
 * @param controllerEndpoints where other nodes reach this node's controller, one for each of its controller listeners;
 *     empty on a node that is no controller, or has no others to speak to
 */
public record MetadataSettings(
        int nodeId,
        Path directory,
        Optional<String> clusterId,
        Optional<String> rack,
        AbstractConfig config,
        ConfigDef brokerKeys,
        ConfigurationValidator validator,
        SupportedConfigChecker supportedConfigs,
        List<Endpoint> controllerEndpoints) {

    /** Kafka's default port of the controller listener, announced while there is no such listener. */
    private static final int DEFAULT_CONTROLLER_PORT = 9093;

    private static final String CONTROLLER_LISTENER = "CONTROLLER";
    private static final String AUTHORIZER = "authorizer.class.name";
    private static final String DEFAULT_REPLICATION_FACTOR = "default.replication.factor";
    private static final String NUM_PARTITIONS = "num.partitions";
    private static final String AUTO_LEADER_REBALANCE = "auto.leader.rebalance.enable";
    private static final String LEADER_IMBALANCE_CHECK_SECONDS = "leader.imbalance.check.interval.seconds";
    private static final String UNCLEAN_ELECTION_INTERVAL_MS = "unclean.leader.election.interval.ms";

    /** Whether the node checks access: it has {@code authorizer.class.name}. */
    boolean hasAuthorizer() {
        Object authorizer = config.originals().get(AUTHORIZER);
        return authorizer != null && !authorizer.toString().isEmpty();
    }

    /** Settings of a node of its own, in which only what is in {@code properties} differs from Kafka's defaults. */
    public static MetadataSettings standalone(int nodeId, Path directory, Map<String, ?> properties) {
        ConfigDef keys = ownKeys();
        Map<String, Object> values = new HashMap<>(properties);
        values.put(KRaftConfigs.PROCESS_ROLES_CONFIG, "broker,controller");
        values.put(KRaftConfigs.NODE_ID_CONFIG, nodeId);
        values.put(KRaftConfigs.CONTROLLER_LISTENER_NAMES_CONFIG, CONTROLLER_LISTENER);
        return new MetadataSettings(
                nodeId,
                directory,
                Optional.empty(),
                Optional.empty(),
                new AbstractConfig(keys, values, false),
                keys,
                new TopicConfigValidator(),
                SupportedConfigChecker.TRUE,
                List.of());
    }

    /** The endpoint to name when the node has no controller listener, and nobody else to name it to. */
    private static Endpoint defaultControllerEndpoint() {
        return new Endpoint(CONTROLLER_LISTENER, SecurityProtocol.PLAINTEXT, "localhost", DEFAULT_CONTROLLER_PORT);
    }

    /** Whether this node votes on metadata, and may decide on them. */
    boolean isController() {
        return config.getList(KRaftConfigs.PROCESS_ROLES_CONFIG).contains("controller");
    }

    /** Whether this node keeps partitions. */
    boolean isBroker() {
        return config.getList(KRaftConfigs.PROCESS_ROLES_CONFIG).contains("broker");
    }

    /** Whether no other controller has the metadata, by what this node was told. */
    boolean isOnlyVoter() {
        Set<Integer> voters =
                QuorumConfig.parseVoterConnections(quorum().voters()).keySet();
        return voters.isEmpty() ? Founders.of(this).isNewCluster() : voters.equals(Set.of(nodeId));
    }

    /** Whether this node is all there is: it can neither reach a controller nor be reached by one. */
    boolean isAlone() {
        return isController() && controllerEndpoints.isEmpty();
    }

    /** Where this node's controller is, as its peers and the quorum are told; never empty on a controller. */
    List<Endpoint> announcedControllerEndpoints() {
        return isAlone() ? List.of(defaultControllerEndpoint()) : controllerEndpoints;
    }

    /** Whether {@code controller.quorum.bootstrap.servers} names this node's controller and nobody else. */
    boolean namesOnlyItself() {
        List<InetSocketAddress> named =
                QuorumConfig.parseBootstrapServers(config.getList(QuorumConfig.QUORUM_BOOTSTRAP_SERVERS_CONFIG));
        return named.size() == 1
                && controllerEndpoints.stream()
                        .anyMatch(own -> own.port() == named.get(0).getPort()
                                && (own.host().equals(named.get(0).getHostString())
                                        || named.get(0).getHostString().equals("localhost")));
    }

    /** The name of the listener through which controllers are reached. */
    String controllerListener() {
        List<String> names = config.getList(KRaftConfigs.CONTROLLER_LISTENER_NAMES_CONFIG);
        return names.isEmpty() ? CONTROLLER_LISTENER : names.get(0);
    }

    /** What the network client is to do with that listener. */
    SecurityProtocol controllerSecurityProtocol() {
        return controllerEndpoints.isEmpty()
                ? SecurityProtocol.PLAINTEXT
                : controllerEndpoints.get(0).securityProtocol();
    }

    /** The same settings for a directory that must belong to, or is made for, {@code id}. */
    public MetadataSettings withClusterId(String id) {
        return new MetadataSettings(
                nodeId,
                directory,
                Optional.of(id),
                rack,
                config,
                brokerKeys,
                validator,
                supportedConfigs,
                controllerEndpoints);
    }

    private static ConfigDef ownKeys() {
        var keys = new ConfigDef(KRaftConfigs.CONFIG_DEF);
        for (ConfigDef more :
                List.of(QuorumConfig.CONFIG_DEF, MetadataLogConfig.CONFIG_DEF, LogConfig.SERVER_CONFIG_DEF)) {
            more.configKeys().values().forEach(keys::define);
        }
        return keys;
    }

    KafkaConfigSchema schema() {
        return new KafkaConfigSchema(
                Map.of(ConfigResource.Type.BROKER, brokerKeys, ConfigResource.Type.TOPIC, LogConfig.configDefCopy()),
                ServerTopicConfigSynonyms.ALL_TOPIC_CONFIG_SYNONYMS);
    }

    /**
     * The quorum's settings. Kafka lets the leader wait 25 ms for more records before it writes; that buys little, since
     * records that come during a write are written together by the next.
     */
    QuorumConfig quorum() {
        Map<String, Object> values = new HashMap<>();
        QuorumConfig.CONFIG_DEF
                .names()
                .forEach(key -> values.put(key, config.values().get(key)));
        if (!isSetByUser(QuorumConfig.QUORUM_LINGER_MS_CONFIG)) {
            values.put(QuorumConfig.QUORUM_LINGER_MS_CONFIG, 0);
        }
        return new QuorumConfig(new AbstractConfig(QuorumConfig.CONFIG_DEF, values, false));
    }

    /**
     * How often an idle controller writes an empty record. Kafka does it for its metrics of how far behind a node is; here
     * nobody looks at those, so that by default an idle cluster leaves its disks alone.
     */
    OptionalLong maxIdleIntervalNs() {
        if (!isSetByUser(MetadataLogConfig.METADATA_MAX_IDLE_INTERVAL_MS_CONFIG)) {
            return OptionalLong.empty();
        }
        int ms = config.getInt(MetadataLogConfig.METADATA_MAX_IDLE_INTERVAL_MS_CONFIG);
        return ms == 0 ? OptionalLong.empty() : OptionalLong.of(TimeUnit.MILLISECONDS.toNanos(ms));
    }

    OptionalLong leaderImbalanceCheckIntervalNs() {
        if (config.values().get(AUTO_LEADER_REBALANCE) instanceof Boolean enabled && !enabled) {
            return OptionalLong.empty();
        }
        return OptionalLong.of(TimeUnit.SECONDS.toNanos(number(LEADER_IMBALANCE_CHECK_SECONDS, 300)));
    }

    long uncleanElectionIntervalMs() {
        return number(UNCLEAN_ELECTION_INTERVAL_MS, TimeUnit.MINUTES.toMillis(5));
    }

    short defaultReplicationFactor() {
        return (short) number(DEFAULT_REPLICATION_FACTOR, 1);
    }

    int defaultPartitions() {
        return (int) number(NUM_PARTITIONS, 1);
    }

    long sessionTimeoutMs() {
        return config.getInt(KRaftConfigs.BROKER_SESSION_TIMEOUT_MS_CONFIG);
    }

    /**
     * For how long nobody takes the place of a broker whose heartbeat was acknowledged, counted from when it was sent. A little less
     * than the session: a controller that was cut off from the quorum acknowledges for half of {@code
     * controller.quorum.fetch.timeout.ms} after the others may have begun to elect another, who begins a session then.
     */
    long certainMs() {
        long session = sessionTimeoutMs();
        return session - Math.min(quorum().fetchTimeoutMs(), session) / 2;
    }

    long heartbeatIntervalMs() {
        return config.getInt(KRaftConfigs.BROKER_HEARTBEAT_INTERVAL_MS_CONFIG);
    }

    /** Within this time a controller answers a request of another node, or is given up. */
    int requestTimeoutMs() {
        return (int) number("controller.socket.timeout.ms", 30_000);
    }

    long connectionSetupTimeoutMs() {
        return number("socket.connection.setup.timeout.ms", 10_000);
    }

    long connectionSetupTimeoutMaxMs() {
        return number("socket.connection.setup.timeout.max.ms", 30_000);
    }

    private boolean isSetByUser(String key) {
        return config.originals().containsKey(key);
    }

    private long number(String key, long fallback) {
        return config.values().get(key) instanceof Number value ? value.longValue() : fallback;
    }
}

package dwal.server.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.replica.RackAwareReplicaSelector;
import org.apache.kafka.common.replica.ReplicaSelector;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.common.utils.SecurityUtils;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.coordinator.group.GroupCoordinatorConfig;
import org.apache.kafka.network.SocketServerConfigs;
import org.apache.kafka.raft.KRaftConfigs;
import org.apache.kafka.raft.MetadataLogConfig;
import org.apache.kafka.raft.QuorumConfig;
import org.apache.kafka.server.config.ReplicationConfigs;
import org.apache.kafka.server.config.ServerConfigs;
import org.apache.kafka.server.config.ServerLogConfigs;

/**
 * Checks that the values of a configuration fit together: those rules that single keys cannot know. Used once, when the
 * configuration is made.
 */
final class ConfigChecks {
    /** Kafka lets them change in small steps only, whether they do anything here or not. */
    private static final List<String> THREAD_COUNTS = List.of(
            ServerConfigs.NUM_IO_THREADS_CONFIG,
            ReplicationConfigs.NUM_REPLICA_FETCHERS_CONFIG,
            ServerLogConfigs.NUM_RECOVERY_THREADS_PER_DATA_DIR_CONFIG,
            ServerConfigs.BACKGROUND_THREADS_CONFIG);

    private final BrokerConfig config;

    ConfigChecks(BrokerConfig config) {
        this.config = config;
    }

    /** Throws a {@link ConfigException} that tells the first thing that is wrong. */
    void check() {
        checkIdentity();
        checkDataDirectory();
        checkRoles();
        checkListeners();
        checkAdvertised();
        checkEarlyListeners();
        checkLimits();
        checkLogs();
        checkReplication();
        checkReplicaSelector();
        checkAuthorizer();
    }

    /** The same of what may change while a node runs, which is configured as {@code present} now. */
    void checkAtRunTime(BrokerConfig present) {
        checkWhatIsDynamic();
        THREAD_COUNTS.forEach(key -> checkStep(key, present.getInt(key), config.getInt(key)));
    }

    /** The same, whatever the configuration was before. */
    void checkWhatIsDynamic() {
        checkLimits();
        checkLogs();
        // Kafka's own rules, which its constructor keeps.
        var unused = new GroupCoordinatorConfig(config);
    }

    private static void checkStep(String key, int now, int next) {
        String failed = "Dynamic thread count update validation failed for " + key + "=" + next + ", ";
        require(next >= now / 2, failed + "value should be at least half the current value " + now);
        require(next <= now * 2L, failed + "value should not be greater than double the current value " + now);
    }

    private void checkIdentity() {
        require(
                config.nodeId() == config.brokerId(),
                KRaftConfigs.NODE_ID_CONFIG + " and " + ServerConfigs.BROKER_ID_CONFIG
                        + " are the same thing and must have the same value; " + KRaftConfigs.NODE_ID_CONFIG
                        + " alone is enough");
    }

    private void checkDataDirectory() {
        List<String> directories = config.logDirs();
        require(
                directories.size() == 1,
                ServerLogConfigs.LOG_DIRS_CONFIG + " names " + directories.size()
                        + " directories, but dwal keeps all data of a node in one; name one");
        String metadata = config.getString(MetadataLogConfig.METADATA_LOG_DIR_CONFIG);
        require(
                metadata == null || metadata.equals(directories.get(0)),
                MetadataLogConfig.METADATA_LOG_DIR_CONFIG
                        + " is another directory than the data directory, but dwal keeps the metadata there; leave it out");
    }

    private void checkRoles() {
        Set<Integer> voters = config.voters();
        boolean listed = voters.contains(config.nodeId());
        if (config.isController()) {
            require(
                    voters.isEmpty() || listed,
                    QuorumConfig.QUORUM_VOTERS_CONFIG + " must contain this node, " + config.nodeId() + ", since "
                            + KRaftConfigs.PROCESS_ROLES_CONFIG + " makes it a controller");
            require(
                    (voters.size() <= 1 && config.bootstrapControllers().size() <= 1)
                            || !config.controllerListeners().isEmpty(),
                    "this node is one controller of several, and the others cannot reach it: "
                            + SocketServerConfigs.LISTENERS_CONFIG + " needs a listener that "
                            + KRaftConfigs.CONTROLLER_LISTENER_NAMES_CONFIG + " names, as CONTROLLER://HOST:9093");
        } else {
            require(
                    !listed,
                    QuorumConfig.QUORUM_VOTERS_CONFIG + " must not contain this node, " + config.nodeId() + ", since "
                            + KRaftConfigs.PROCESS_ROLES_CONFIG + " makes it no controller");
            require(
                    !voters.isEmpty() || !config.bootstrapControllers().isEmpty(),
                    "this node is a broker only, and does not know where the controllers are: set "
                            + QuorumConfig.QUORUM_BOOTSTRAP_SERVERS_CONFIG);
        }
    }

    private void checkListeners() {
        if (config.isBroker()) {
            require(
                    !config.listeners().isEmpty(),
                    SocketServerConfigs.LISTENERS_CONFIG + " has no listener for clients: all appear in "
                            + KRaftConfigs.CONTROLLER_LISTENER_NAMES_CONFIG);
        } else {
            require(
                    config.listeners().isEmpty()
                            && !config.controllerListeners().isEmpty(),
                    "this node is a controller only: all its " + SocketServerConfigs.LISTENERS_CONFIG
                            + " must appear in " + KRaftConfigs.CONTROLLER_LISTENER_NAMES_CONFIG);
        }
        require(
                config.isController() || config.controllerListeners().isEmpty(),
                "this node is a broker only: none of its " + SocketServerConfigs.LISTENERS_CONFIG + " may appear in "
                        + KRaftConfigs.CONTROLLER_LISTENER_NAMES_CONFIG);
        for (Endpoint listener : config.controllerListeners()) {
            require(
                    listener.port() != 0,
                    "listener " + listener.listener()
                            + " needs a port of its own, not 0: other nodes must find it again" + " after a restart");
        }
        for (Endpoint listener : config.allListeners()) {
            require(
                    listener.securityProtocol() == SecurityProtocol.PLAINTEXT,
                    "listener " + listener.listener() + " wants " + listener.securityProtocol()
                            + ", but this version speaks PLAINTEXT only");
        }
    }

    private void checkAdvertised() {
        List<Endpoint> advertised = config.advertisedListeners();
        List<Endpoint> all = new ArrayList<>(advertised);
        all.addAll(config.advertisedControllerListeners());
        for (Endpoint endpoint : all) {
            require(
                    !"0.0.0.0".equals(endpoint.host()),
                    SocketServerConfigs.ADVERTISED_LISTENERS_CONFIG
                            + " cannot use the address 0.0.0.0, to which no client can connect: set it to an address or"
                            + " name under which clients reach this machine");
        }
        String between = config.interBrokerListenerName().value();
        require(
                names(advertised).contains(between) || !config.isBroker(),
                ReplicationConfigs.INTER_BROKER_LISTENER_NAME_CONFIG + " must be a listener name defined in "
                        + SocketServerConfigs.ADVERTISED_LISTENERS_CONFIG + ", one of " + names(advertised) + ", not "
                        + between);
        Set<String> bound = names(config.listeners());
        require(
                !advertised.isEmpty() || !config.isBroker(),
                SocketServerConfigs.ADVERTISED_LISTENERS_CONFIG + " has no listener for clients");
        require(
                bound.containsAll(names(advertised)),
                SocketServerConfigs.ADVERTISED_LISTENERS_CONFIG + " names " + names(advertised) + ", but "
                        + SocketServerConfigs.LISTENERS_CONFIG + " has only " + bound);
    }

    /** As in Kafka's KafkaConfig, though all listeners are early here. */
    private void checkEarlyListeners() {
        Set<String> there = names(config.allListeners());
        List<String> early = config.getList(ServerConfigs.EARLY_START_LISTENERS_CONFIG);
        for (String each : early == null ? List.<String>of() : early) {
            String name = each.trim();
            require(
                    name.isEmpty() || there.contains(name),
                    ServerConfigs.EARLY_START_LISTENERS_CONFIG + " contains listener " + name
                            + ", but this is not contained in " + SocketServerConfigs.LISTENERS_CONFIG + " or "
                            + KRaftConfigs.CONTROLLER_LISTENER_NAMES_CONFIG
                            + EditDistance.nearest(name, there)
                                    .map(near -> ": did you mean '" + near + "'?")
                                    .orElse(""));
        }
    }

    private void checkLimits() {
        long idleMs = config.getLong(SocketServerConfigs.CONNECTIONS_MAX_IDLE_MS_CONFIG);
        long delayMs = config.getInt(SocketServerConfigs.FAILED_AUTHENTICATION_DELAY_MS_CONFIG);
        require(
                idleMs < 0 || delayMs < idleMs,
                SocketServerConfigs.FAILED_AUTHENTICATION_DELAY_MS_CONFIG + "=" + delayMs
                        + " should always be less than " + SocketServerConfigs.CONNECTIONS_MAX_IDLE_MS_CONFIG + "="
                        + idleMs + " to prevent failed authentication responses from timing out");
        long queued = config.getLong(SocketServerConfigs.QUEUED_MAX_BYTES_CONFIG);
        require(
                queued <= 0 || queued >= config.getInt(SocketServerConfigs.SOCKET_REQUEST_MAX_BYTES_CONFIG),
                SocketServerConfigs.QUEUED_MAX_BYTES_CONFIG + " must be at least "
                        + SocketServerConfigs.SOCKET_REQUEST_MAX_BYTES_CONFIG);
        config.maxConnectionsPerListener()
                .forEach((listener, most) -> require(
                        most >= 0,
                        SocketServerConfigs.MAX_CONNECTIONS_CONFIG + " of listener " + listener
                                + " must be at least 0"));
        for (String host : config.maxConnectionsPerIpOverrides().keySet()) {
            require(
                    Utils.validHostPattern(host),
                    SocketServerConfigs.MAX_CONNECTIONS_PER_IP_OVERRIDES_CONFIG + ": " + host
                            + " is neither an address nor a host name");
        }
        require(
                config.getInt(SocketServerConfigs.MAX_CONNECTIONS_PER_IP_CONFIG) > 0
                        || !config.maxConnectionsPerIpOverrides().isEmpty(),
                SocketServerConfigs.MAX_CONNECTIONS_PER_IP_CONFIG + " may be 0 only if "
                        + SocketServerConfigs.MAX_CONNECTIONS_PER_IP_OVERRIDES_CONFIG + " lets somebody in");
    }

    /** As in Kafka's KafkaConfig: a retention of 0 would delete everything, and no log could be made with the others. */
    private void checkLogs() {
        require(
                firstOf(ServerLogConfigs.LOG_ROLL_TIME_MILLIS_CONFIG, ServerLogConfigs.LOG_ROLL_TIME_HOURS_CONFIG) >= 1,
                ServerLogConfigs.LOG_ROLL_TIME_MILLIS_CONFIG + " must be greater than or equal to 1");
        require(
                firstOf(
                                ServerLogConfigs.LOG_ROLL_TIME_JITTER_MILLIS_CONFIG,
                                ServerLogConfigs.LOG_ROLL_TIME_JITTER_HOURS_CONFIG)
                        >= 0,
                ServerLogConfigs.LOG_ROLL_TIME_JITTER_MILLIS_CONFIG + " must be greater than or equal to 0");
        require(
                firstOf(
                                ServerLogConfigs.LOG_RETENTION_TIME_MILLIS_CONFIG,
                                ServerLogConfigs.LOG_RETENTION_TIME_MINUTES_CONFIG,
                                ServerLogConfigs.LOG_RETENTION_TIME_HOURS_CONFIG)
                        != 0,
                ServerLogConfigs.LOG_RETENTION_TIME_MILLIS_CONFIG
                        + " must be unlimited (-1) or, greater than or equal to 1");
    }

    /** As in Kafka's KafkaConfig. */
    private void checkReplication() {
        int fetchWaitMs = config.getInt(ReplicationConfigs.REPLICA_FETCH_WAIT_MAX_MS_CONFIG);
        require(
                fetchWaitMs <= config.getInt(ReplicationConfigs.REPLICA_SOCKET_TIMEOUT_MS_CONFIG),
                ReplicationConfigs.REPLICA_SOCKET_TIMEOUT_MS_CONFIG + " should always be at least "
                        + ReplicationConfigs.REPLICA_FETCH_WAIT_MAX_MS_CONFIG
                        + " to prevent unnecessary socket timeouts");
        require(
                fetchWaitMs <= config.getLong(ReplicationConfigs.REPLICA_LAG_TIME_MAX_MS_CONFIG),
                ReplicationConfigs.REPLICA_FETCH_WAIT_MAX_MS_CONFIG + " should always be less than or equal to "
                        + ReplicationConfigs.REPLICA_LAG_TIME_MAX_MS_CONFIG
                        + " to prevent frequent changes in ISR");
    }

    /** The first of {@code keys} that has a value, in whatever unit. */
    private long firstOf(String... keys) {
        for (String key : keys) {
            if (config.values().get(key) instanceof Number value) {
                return value.longValue();
            }
        }
        throw new AssertionError("no default for " + String.join(", ", keys));
    }

    private void checkReplicaSelector() {
        String key = ReplicationConfigs.REPLICA_SELECTOR_CLASS_CONFIG;
        String name = config.getString(key);
        if (name == null) {
            return;
        }
        Class<?> selector;
        try {
            selector = Class.forName(name, false, Utils.getContextOrKafkaClassLoader());
        } catch (ClassNotFoundException | LinkageError e) {
            throw new ConfigException(key + ": there is no class " + name + "; Kafka's own is "
                    + RackAwareReplicaSelector.class.getName() + ", and DWAL_CLASSPATH names jars with others");
        }
        require(
                ReplicaSelector.class.isAssignableFrom(selector),
                key + ": " + name + " is no " + ReplicaSelector.class.getName());
    }

    /** A key that is there to keep people out does what it says, or the node does not start. */
    private void checkAuthorizer() {
        String authorizer = config.getString(ServerConfigs.AUTHORIZER_CLASS_NAME_CONFIG);
        require(
                authorizer.isEmpty() || authorizer.equals(DwalConfigs.STANDARD_AUTHORIZER),
                ServerConfigs.AUTHORIZER_CLASS_NAME_CONFIG + ": " + authorizer
                        + " is not there; the authorizer of dwal is " + DwalConfigs.STANDARD_AUTHORIZER
                        + ", and without the key everybody may do everything");
        for (String user : config.getString(DwalConfigs.SUPER_USERS_CONFIG).split(";", -1)) {
            if (!user.isBlank()) {
                checkPrincipal(user.strip());
            }
        }
    }

    private static void checkPrincipal(String user) {
        try {
            SecurityUtils.parseKafkaPrincipal(user);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(DwalConfigs.SUPER_USERS_CONFIG + ": " + user
                    + " is no principal: write User:NAME, with semicolons between several");
        }
    }

    private static Set<String> names(List<Endpoint> endpoints) {
        return endpoints.stream().map(Endpoint::listener).collect(Collectors.toCollection(TreeSet::new));
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new ConfigException(message);
        }
    }
}

package dwal.server.config;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Reconfigurable;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.network.SocketServerConfigs;
import org.apache.kafka.raft.KRaftConfigs;
import org.apache.kafka.raft.QuorumConfig;
import org.apache.kafka.server.config.AbstractKafkaConfig;
import org.apache.kafka.server.config.ServerLogConfigs;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of a node: what a file and the command line say, over the defaults of {@link DwalConfigs}.
 *
 * <p>Checked when made: keys that nobody knows, values that make no sense, and what one node cannot do yet are refused
 * with a {@link ConfigException} that says what to do. Immutable; any thread. A change at run time makes a new one
 * ({@link #withDynamic}).
 */
public final class BrokerConfig extends AbstractKafkaConfig {

    private static final Pattern LISTENER_KEY = Pattern.compile("listener\\.name\\.[^.]*\\.(.*)");
    private static final String CONFIG_PROVIDERS = AbstractConfig.CONFIG_PROVIDERS_CONFIG;

    private final ConfigDef keys;

    private BrokerConfig(ConfigDef keys, Map<String, ?> originals, Map<String, ?> configProviders) {
        super(keys, populateSynonyms(originals), configProviders, false);
        this.keys = keys;
    }

    /** The configuration of a node for which {@code properties} are set, and nothing else. */
    public static BrokerConfig of(Map<String, String> properties) {
        BrokerConfig config;
        try {
            config = of(properties, DwalConfigs.broker());
            config.undefinedKeys().refuseUnknown();
            if (config.isOneOfSeveral()) {
                config = of(properties, DwalConfigs.brokerOfSeveral());
            }
            new ConfigChecks(config).check();
        } catch (ConfigException e) {
            throw UserClasses.explained(e);
        } catch (IllegalArgumentException | KafkaException e) {
            // Kafka's own parsing of listeners and maps throws these.
            throw new ConfigException(e.getMessage());
        }
        return config;
    }

    private static BrokerConfig of(Map<String, String> properties, ConfigDef keys) {
        return new BrokerConfig(UserClasses.toleratingMissing(properties, keys), properties, properties);
    }

    /**
     * What a command line sets, unchecked: what stands in {@code file}, single keys ({@code set}) over that, and the data
     * directory over both.
     */
    public static Map<String, String> given(
            @Nullable Path file, Map<String, String> set, @Nullable Path dataDirectory) {
        Map<String, String> all = new LinkedHashMap<>();
        if (file != null) {
            all.putAll(read(file));
        }
        all.putAll(set);
        if (dataDirectory != null) {
            all.remove(ServerLogConfigs.LOG_DIR_CONFIG);
            all.put(ServerLogConfigs.LOG_DIRS_CONFIG, dataDirectory.toString());
        }
        return all;
    }

    /** What stands in {@code file}, unchecked. As Kafka reads it: in ISO-8859-1, where other characters are escaped. */
    public static Map<String, String> read(Path file) {
        var properties = new Properties();
        try (InputStream in = Files.newInputStream(file)) {
            properties.load(in);
        } catch (NoSuchFileException e) {
            throw new ConfigException("There is no configuration file " + file);
        } catch (IOException | IllegalArgumentException e) {
            throw new ConfigException("Configuration file " + file + " cannot be read: " + e.getMessage());
        }
        Map<String, String> values = new HashMap<>();
        properties.stringPropertyNames().forEach(key -> values.put(key, properties.getProperty(key)));
        return values;
    }

    /**
     * This configuration with what was set at run time over it: for all brokers ({@code cluster}), and for this one
     * ({@code node}). What a node may not have is left out, as {@link RunTimeLayers} says; see {@link DynamicConfigs} for what
     * is refused when it is set.
     */
    public BrokerConfig withDynamic(Map<String, String> cluster, Map<String, String> node) {
        return new RunTimeLayers(this, cluster, node).inForce();
    }

    /**
     * Throws a {@link ConfigException} unless this configuration, with what is set at run time over it, makes sense, and
     * may follow {@code present}: what single keys cannot know.
     */
    public void checkDynamic(BrokerConfig present, Map<String, String> cluster, Map<String, String> node) {
        try {
            BrokerConfig next = overlaid(thatParse(cluster)).overlaid(thatParse(node));
            new ConfigChecks(next).checkAtRunTime(present);
        } catch (ConfigException e) {
            throw e;
        } catch (IllegalArgumentException e) {
            throw new ConfigException(e.getMessage());
        }
    }

    /** What does not parse was refused before, if it comes with this change. */
    private static Map<String, String> thatParse(Map<String, String> dynamic) {
        return DynamicConfigs.thatParse(dynamic, (setting, problem) -> {});
    }

    /** This configuration with {@code dynamic}, which parses, over it. */
    BrokerConfig overlaid(Map<String, String> dynamic) {
        Map<String, Object> all = new HashMap<>(originals());
        all.keySet().removeIf(key -> key.startsWith(CONFIG_PROVIDERS));
        all.putAll(dynamic);
        return new BrokerConfig(keys, all, Map.of());
    }

    // ---- what others ask for

    /** The one data directory. */
    public Path dataDirectory() {
        return Path.of(logDirs().get(0));
    }

    /** The listeners for clients and brokers, as they are to be bound; a null host means all addresses. */
    public List<Endpoint> listeners() {
        return allListeners().stream().filter(this::isForClients).toList();
    }

    /** The listeners for controllers; empty on a node that has no others to speak to. */
    public List<Endpoint> controllerListeners() {
        return allListeners().stream().filter(each -> !isForClients(each)).toList();
    }

    /** What clients are told to connect to; listeners without a host get the name of this machine. */
    public List<Endpoint> advertisedListeners() {
        List<Endpoint> advertised = explicitlyAdvertised();
        return (advertised.isEmpty() ? allListeners() : advertised)
                .stream().filter(this::isForClients).map(BrokerConfig::withHost).toList();
    }

    /** Where the members of the cluster are told to reach this node's controller: by default where it listens. */
    public List<Endpoint> advertisedControllerListeners() {
        Map<String, Endpoint> advertised = new HashMap<>();
        explicitlyAdvertised().forEach(each -> advertised.put(each.listener(), each));
        return controllerListeners().stream()
                .map(each -> withHost(advertised.getOrDefault(each.listener(), each)))
                .toList();
    }

    private List<Endpoint> explicitlyAdvertised() {
        List<String> advertised = getList(SocketServerConfigs.ADVERTISED_LISTENERS_CONFIG);
        return advertised == null
                ? List.of()
                : listenerListToEndPoints(advertised, effectiveListenerSecurityProtocolMap(), false);
    }

    /** Whether {@code process.roles} says that this node keeps partitions. */
    public boolean isBroker() {
        return getList(KRaftConfigs.PROCESS_ROLES_CONFIG).contains("broker");
    }

    /** Whether {@code process.roles} says that this node may decide about metadata. */
    public boolean isController() {
        return getList(KRaftConfigs.PROCESS_ROLES_CONFIG).contains("controller");
    }

    /** Whether this node belongs to others from the beginning: it is no controller, or names other controllers. */
    public boolean isOneOfSeveral() {
        return !isBroker() || !isController() || voters().size() > 1 || namesOtherControllers();
    }

    private boolean namesOtherControllers() {
        List<String> named = bootstrapControllers();
        return named.size() > 1
                || (named.size() == 1
                        && allListeners().stream().noneMatch(own -> named.get(0).endsWith(":" + own.port())));
    }

    /** The keys there are, with their defaults for such a node. */
    public ConfigDef keys() {
        return keys;
    }

    /** {@code controller.quorum.bootstrap.servers}. */
    List<String> bootstrapControllers() {
        return getList(QuorumConfig.QUORUM_BOOTSTRAP_SERVERS_CONFIG);
    }

    /** {@code dwal.cluster.id}. */
    public Optional<String> clusterId() {
        return Optional.ofNullable(getString(DwalConfigs.CLUSTER_ID_CONFIG));
    }

    /** The ids of {@code controller.quorum.voters}; empty if that is not set. */
    public Set<Integer> voters() {
        return QuorumConfig.parseVoterIds(getList(QuorumConfig.QUORUM_VOTERS_CONFIG));
    }

    /** {@code dwal.disk.reserve}. */
    public DiskReserve diskReserve() {
        return DiskReserve.parse(getString(DwalConfigs.DISK_RESERVE_CONFIG));
    }

    /** {@code dwal.network.transport}. */
    public String networkTransport() {
        return getString(DwalConfigs.NETWORK_TRANSPORT_CONFIG);
    }

    /** {@code num.network.threads} if somebody set it, else as many as there are cores. */
    public int networkThreads() {
        return isSet(SocketServerConfigs.NUM_NETWORK_THREADS_CONFIG)
                ? getInt(SocketServerConfigs.NUM_NETWORK_THREADS_CONFIG)
                : Runtime.getRuntime().availableProcessors();
    }

    /** {@code max.connections.per.ip.overrides}: address or host name to the most connections from there. */
    public Map<String, Integer> maxConnectionsPerIpOverrides() {
        Map<String, Integer> overrides = new HashMap<>();
        String key = SocketServerConfigs.MAX_CONNECTIONS_PER_IP_OVERRIDES_CONFIG;
        getMap(key, getString(key)).forEach((host, most) -> overrides.put(host, Integer.parseInt(most)));
        return overrides;
    }

    /** {@code listener.name.NAME.max.connections}: listener to the most connections there may be to it. */
    public Map<String, Integer> maxConnectionsPerListener() {
        Map<String, Integer> limits = new HashMap<>();
        for (Endpoint each : allListeners()) {
            String key = maxConnectionsKey(each.listener());
            Object most = originals().get(key);
            if (most != null) {
                limits.put(each.listener(), (Integer) ConfigDef.parseType(key, most, ConfigDef.Type.INT));
            }
        }
        return limits;
    }

    private static String maxConnectionsKey(String listener) {
        return new ListenerName(listener).configPrefix() + SocketServerConfigs.MAX_CONNECTIONS_CONFIG;
    }

    /** Whether {@code key} limits the connections to one of the listeners that there are. */
    boolean limitsListener(String key) {
        return allListeners().stream()
                .anyMatch(each -> maxConnectionsKey(each.listener()).equals(key));
    }

    /** Whether somebody set {@code key}: it is not there by default. */
    public boolean isSet(String key) {
        return originals().containsKey(key);
    }

    /** What was set, as strings: the source of what DescribeConfigs calls static. */
    public Map<String, String> setValues() {
        Map<String, String> set = new HashMap<>();
        originals().forEach((key, value) -> {
            if (value != null) {
                set.put(key, String.valueOf(value));
            }
        });
        return set;
    }

    /**
     * Keys that are set and have no effect here, by name: to be told once at start. All for one listener are among them, and
     * a key of which only a value has no effect, with that value.
     */
    public Set<String> keysWithoutEffect() {
        Set<String> idle = new TreeSet<>(undefinedKeys().withoutEffect());
        originals().keySet().stream()
                .filter(keys.names()::contains)
                .filter(KeysWithoutEffect::has)
                .forEach(idle::add);
        String cleanup = ServerLogConfigs.LOG_CLEANUP_POLICY_CONFIG;
        if (isSet(cleanup) && getList(cleanup).contains(TopicConfig.CLEANUP_POLICY_COMPACT)) {
            idle.add(cleanup + "=" + TopicConfig.CLEANUP_POLICY_COMPACT + " (nothing is compacted yet)");
        }
        return idle;
    }

    /** What should be told of the keys that are set when a node starts: a sentence each. */
    public List<String> warnings() {
        List<String> warnings = new ArrayList<>();
        Set<String> idle = keysWithoutEffect();
        if (!idle.isEmpty()) {
            warnings.add("These settings have no effect in dwal: " + String.join(", ", idle));
        }
        warnings.addAll(undefinedKeys().warnings());
        warnOfRareHeartbeats(warnings);
        return warnings;
    }

    /** In Kafka's words, and no more than a warning as there: only one of the two is of this node, if it has one role. */
    private void warnOfRareHeartbeats(List<String> warnings) {
        int intervalMs = getInt(KRaftConfigs.BROKER_HEARTBEAT_INTERVAL_MS_CONFIG);
        int sessionMs = getInt(KRaftConfigs.BROKER_SESSION_TIMEOUT_MS_CONFIG);
        if (intervalMs * 2L > sessionMs) {
            warnings.add("broker.heartbeat.interval.ms (" + intervalMs
                    + " ms) must be less than or equal to half of the broker.session.timeout.ms (" + sessionMs
                    + " ms). The broker.session.timeout.ms is configured on controller. The"
                    + " broker.heartbeat.interval.ms is configured on broker. If a broker doesn't send heartbeat request"
                    + " within broker.session.timeout.ms, it loses broker lease. Please increase"
                    + " broker.session.timeout.ms or decrease broker.heartbeat.interval.ms.");
        }
    }

    /** As Kafka's, but what it says of a class names the key, too. */
    @Override
    public <T> List<T> getConfiguredInstances(String key, Class<T> type, Map<String, Object> overrides) {
        try {
            return super.getConfiguredInstances(key, type, overrides);
        } catch (KafkaException e) {
            throw UserClasses.ofKey(key, e);
        }
    }

    private UndefinedKeys undefinedKeys() {
        return new UndefinedKeys(this);
    }

    /** Not supported: this configuration does not change; see {@link #withDynamic}. */
    @Override
    public void addReconfigurable(Reconfigurable reconfigurable) {
        throw new UnsupportedOperationException("a BrokerConfig never changes");
    }

    /** Not supported: this configuration does not change; see {@link #withDynamic}. */
    @Override
    public void removeReconfigurable(Reconfigurable reconfigurable) {
        throw new UnsupportedOperationException("a BrokerConfig never changes");
    }

    // ---- how it is made

    List<Endpoint> allListeners() {
        return listenerListToEndPoints(
                getList(SocketServerConfigs.LISTENERS_CONFIG), effectiveListenerSecurityProtocolMap());
    }

    private boolean isForClients(Endpoint endpoint) {
        return !controllerListenerNames().contains(endpoint.listener());
    }

    private static Endpoint withHost(Endpoint endpoint) {
        String host = endpoint.host();
        return new Endpoint(
                endpoint.listener(),
                endpoint.securityProtocol(),
                host == null || host.isEmpty() ? hostName() : host,
                endpoint.port());
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getCanonicalHostName();
        } catch (UnknownHostException e) {
            throw new ConfigException("A listener without a host is advertised under the name of this machine, which is"
                    + " unknown (" + e.getMessage() + "): set " + SocketServerConfigs.ADVERTISED_LISTENERS_CONFIG);
        }
    }

    /** The key that {@code listener.name.NAME.KEY} or {@code listener.name.NAME.MECHANISM.KEY} sets for one listener. */
    public static Optional<String> baseKey(String key) {
        Matcher matcher = LISTENER_KEY.matcher(key);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        String rest = matcher.group(1);
        Set<String> names = DwalConfigs.broker().names();
        int mechanism = rest.indexOf('.');
        return !names.contains(rest) && mechanism >= 0 ? Optional.of(rest.substring(mechanism + 1)) : Optional.of(rest);
    }
}

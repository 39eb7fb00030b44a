package dwal.server.config;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ConfigKey;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.coordinator.group.GroupCoordinatorConfig;
import org.apache.kafka.coordinator.share.ShareCoordinatorConfig;
import org.apache.kafka.coordinator.transaction.TransactionLogConfig;
import org.apache.kafka.metadata.authorizer.StandardAuthorizer;
import org.apache.kafka.network.SocketServerConfigs;
import org.apache.kafka.raft.KRaftConfigs;
import org.apache.kafka.server.config.AbstractKafkaConfig;
import org.apache.kafka.server.config.ConfigSynonym;
import org.apache.kafka.server.config.ServerConfigs;
import org.apache.kafka.server.config.ServerLogConfigs;
import org.apache.kafka.server.config.ServerTopicConfigSynonyms;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.jspecify.annotations.Nullable;

/**
 * The keys there are: Kafka's, of which some have another default here so that one node starts without any
 * configuration, and dwal's own. Constants; any thread.
 */
public final class DwalConfigs {

    /** When a record counts as stored; see the values. Broker default and topic override. */
    public static final String SYNC_CONFIG = "dwal.sync";

    /** Value of {@link #SYNC_CONFIG}: a record counts as stored once it is synced. */
    public static final String SYNC_COMMIT = "commit";

    /** Value of {@link #SYNC_CONFIG}: a record counts as stored once the operating system has it. */
    public static final String SYNC_INTERVAL = "interval";

    /** The cluster that a node belongs to. */
    public static final String CLUSTER_ID_CONFIG = "dwal.cluster.id";

    /** Free space below which produce requests are refused. */
    public static final String DISK_RESERVE_CONFIG = "dwal.disk.reserve";

    /** How the server speaks to the kernel about sockets. */
    public static final String NETWORK_TRANSPORT_CONFIG = "dwal.network.transport";

    /** How deep producers' batches are looked into. */
    public static final String RECORD_VALIDATION_CONFIG = "dwal.record.validation";

    /** Where HTTP is spoken. */
    public static final String HTTP_LISTENER_CONFIG = "dwal.http.listener";

    /** Where gRPC is spoken. */
    public static final String GRPC_LISTENER_CONFIG = "dwal.grpc.listener";

    /** The topic whose partition 0 is "the log" of the interfaces that know no topics. */
    public static final String DEFAULT_TOPIC_CONFIG = "dwal.default.topic";

    /** How much one request over HTTP or gRPC may hold. */
    public static final String GATEWAY_MAX_REQUEST_BYTES_CONFIG = "dwal.gateway.max.request.bytes";

    /** How much all requests over HTTP and gRPC may hold. */
    public static final String GATEWAY_QUEUED_MAX_BYTES_CONFIG = "dwal.gateway.queued.max.bytes";

    /** How many connections HTTP and gRPC may have, each. */
    public static final String GATEWAY_MAX_CONNECTIONS_CONFIG = "dwal.gateway.max.connections";

    /** How long a request over HTTP or gRPC may take to come, to be answered, and its answer to be taken. */
    public static final String GATEWAY_REQUEST_TIMEOUT_MS_CONFIG = "dwal.gateway.request.timeout.ms";

    /** How often a stream of events says that it is alive. */
    public static final String GATEWAY_STREAM_HEARTBEAT_MS_CONFIG = "dwal.gateway.stream.heartbeat.ms";

    /** Whether HTTP has the web console. */
    public static final String CONSOLE_ENABLE_CONFIG = "dwal.console.enable";

    /** Whether the web console offers to write. */
    public static final String CONSOLE_WRITE_CONFIG = "dwal.console.write";

    /** Kafka's name of its authorizer. */
    public static final String STANDARD_AUTHORIZER = StandardAuthorizer.class.getName();

    /** Whom the authorizer allows everything. */
    public static final String SUPER_USERS_CONFIG = StandardAuthorizer.SUPER_USERS_CONFIG;

    /** Whether the authorizer allows what no ACL is about. */
    public static final String ALLOW_EVERYONE_CONFIG = StandardAuthorizer.ALLOW_EVERYONE_IF_NO_ACL_IS_FOUND_CONFIG;

    private static final String LISTENER_DOC =
            " as <code>HOST:PORT</code> (port 0 takes a free one, no host means all addresses), or <code>off</code>. Nobody"
                    + " is asked who he is: unless there is an authorizer, let only those reach it who may read and write. If the port of the default is taken, the"
                    + " node warns and starts without; if it is set here or on the command line, the node does not start.";
    private static final String DEFAULT_TOPIC_DOC =
            "The topic whose partition 0 is read and written by the HTTP and gRPC interfaces that know no topics. Created when"
                    + " somebody first writes to it, as Kafka's clients have topics created (<code>auto.create.topics.enable</code>).";
    private static final String MAX_REQUEST_DOC =
            "The largest body of an HTTP request and the largest message of a gRPC call, in bytes, and the largest record that"
                    + " is given over HTTP and gRPC. Larger ones are refused (413, <code>RESOURCE_EXHAUSTED</code>). Base64"
                    + " makes a record a third larger.";
    private static final String QUEUED_BYTES_DOC =
            "Bytes that unanswered requests over HTTP, what was read of logs for them, and answers that are not taken yet may"
                    + " hold in all, and those over gRPC likewise. What would go over it is refused (503, 429,"
                    + " <code>RESOURCE_EXHAUSTED</code>). For each 128 KiB of it one reader may wait for records or read on.";
    private static final String HEARTBEAT_DOC =
            "How often a stream of server-sent events, on which nothing may come, has a comment line, and a gRPC"
                    + " connection that is silent a ping: so that proxies do not take it for dead, and the node"
                    + " notices that a client is gone.";
    private static final String MAX_CONNECTIONS_DOC =
            "How many connections HTTP may have, and gRPC likewise. Further ones are closed at once.";
    private static final String REQUEST_TIMEOUT_DOC =
            "How long an HTTP request may take to come in whole, how long its answer may take to be taken, and how long a"
                    + " request over HTTP or gRPC tries to reach the leader and its replicas. Connections without a request are"
                    + " closed after <code>connections.max.idle.ms</code>.";

    private static final String CONSOLE_ENABLE_DOC =
            "Whether there is a web console at <code>/ui</code> of the HTTP interface.";
    private static final String CONSOLE_WRITE_DOC =
            "Whether the web console offers to produce a test message. It is not a lock: whoever reaches the HTTP interface may write"
                    + " with <code>POST /topics/{topic}/records</code> all the same.";

    private static final String SYNC_DOC =
            "When a record counts as stored, for <code>acks=all</code> and for consumers."
                    + " <code>commit</code>: once it is synced to the disk; one sync answers all that came in the meantime."
                    + " <code>interval</code>: once it is handed to the operating system, as in Kafka; it is synced by"
                    + " <code>flush.messages</code> and <code>flush.ms</code>, or when the system likes. Both outlive the end of the"
                    + " process; only <code>commit</code> outlives the end of the machine.";
    private static final String DISK_RESERVE_DOC =
            "Free space on the file system of the data directory below which records"
                    + " are refused with <code>KAFKA_STORAGE_ERROR</code>, as a share of the file system (<code>1%</code>) or in"
                    + " bytes. Reading and deleting go on, and writing does too as soon as there is space again.";
    private static final String TRANSPORT_DOC = "How sockets are served: <code>epoll</code>, <code>nio</code>,"
            + " <code>io_uring</code>, or <code>auto</code>: epoll where it is available, else nio.";

    private static final String VALIDATION_DOC =
            "How deep compressed batches of producers are looked into. <code>full</code>: they are inflated, within a bound, and"
                    + " stepped through, so that consumers can read what was taken. <code>batch</code>: they are kept as they"
                    + " come after a look at header, checksum and counts, which saves 1 to 3 CPU seconds per GB. Records that are"
                    + " not compressed are always stepped through.";

    private static final String CLUSTER_ID_DOC =
            "The cluster that this node belongs to: a new data directory is formatted for it, and one of another cluster is"
                    + " refused. Not set, a new directory gets an id that follows from <code>controller.quorum.voters</code>,"
                    + " the same on all nodes; without voters, a node that begins a cluster makes up an id, and one that"
                    + " <code>controller.quorum.bootstrap.servers</code> sends to others must be told.";

    private static final ConfigKey SYNC_KEY = key(
            SYNC_CONFIG,
            ConfigDef.Type.STRING,
            SYNC_COMMIT,
            ConfigDef.ValidString.in(SYNC_COMMIT, SYNC_INTERVAL),
            SYNC_DOC);

    /** dwal's own keys. */
    static final ConfigDef OWN = new ConfigDef();

    static {
        OWN.define(key(CLUSTER_ID_CONFIG, ConfigDef.Type.STRING, null, new ConfigDef.NonEmptyString(), CLUSTER_ID_DOC));
        OWN.define(SYNC_KEY);
        OWN.define(
                key(DISK_RESERVE_CONFIG, ConfigDef.Type.STRING, "1%", new DiskReserve.Validator(), DISK_RESERVE_DOC));
        OWN.define(key(
                NETWORK_TRANSPORT_CONFIG,
                ConfigDef.Type.STRING,
                "auto",
                ConfigDef.ValidString.in("auto", "epoll", "nio", "io_uring"),
                TRANSPORT_DOC));
        OWN.define(key(
                RECORD_VALIDATION_CONFIG,
                ConfigDef.Type.STRING,
                "full",
                ConfigDef.ValidString.in("full", "batch"),
                VALIDATION_DOC));
        defineGateway();
    }

    /** Keys of Kafka's authorizer, which Kafka keeps apart from those of a node. */
    static final ConfigDef AUTHORIZER = new ConfigDef()
            .define(key(
                    SUPER_USERS_CONFIG,
                    ConfigDef.Type.STRING,
                    "",
                    null,
                    "Principals that may do everything, as <code>User:NAME</code>, with semicolons between them. As long as nobody"
                            + " is asked who he is, all are <code>User:ANONYMOUS</code>."))
            .define(key(
                    ALLOW_EVERYONE_CONFIG,
                    ConfigDef.Type.BOOLEAN,
                    false,
                    null,
                    "Whether everybody may do what he likes with a resource that no ACL is about."));

    /** Whether {@code key} is one of the authorizer, of which Kafka's nodes tell only where it is set. */
    public static boolean isAuthorizers(String key) {
        return AUTHORIZER.names().contains(key);
    }

    private static void defineGateway() {
        var listener = new DoorAddress.Validator();
        OWN.define(key(
                HTTP_LISTENER_CONFIG,
                ConfigDef.Type.STRING,
                "127.0.0.1:8080",
                listener,
                "Where HTTP is spoken," + LISTENER_DOC));
        OWN.define(key(
                GRPC_LISTENER_CONFIG,
                ConfigDef.Type.STRING,
                "127.0.0.1:8400",
                listener,
                "Where gRPC is spoken," + LISTENER_DOC));
        OWN.define(key(
                DEFAULT_TOPIC_CONFIG, ConfigDef.Type.STRING, "log", new ConfigDef.NonEmptyString(), DEFAULT_TOPIC_DOC));
        OWN.define(key(
                GATEWAY_MAX_REQUEST_BYTES_CONFIG,
                ConfigDef.Type.INT,
                2 * 1024 * 1024,
                ConfigDef.Range.between(1024, 64 * 1024 * 1024),
                MAX_REQUEST_DOC));
        OWN.define(key(
                GATEWAY_QUEUED_MAX_BYTES_CONFIG,
                ConfigDef.Type.LONG,
                32L * 1024 * 1024,
                ConfigDef.Range.atLeast(1024),
                QUEUED_BYTES_DOC));
        OWN.define(key(
                GATEWAY_MAX_CONNECTIONS_CONFIG,
                ConfigDef.Type.INT,
                1_000,
                ConfigDef.Range.atLeast(1),
                MAX_CONNECTIONS_DOC));
        OWN.define(key(
                GATEWAY_REQUEST_TIMEOUT_MS_CONFIG,
                ConfigDef.Type.INT,
                30_000,
                ConfigDef.Range.atLeast(1),
                REQUEST_TIMEOUT_DOC));
        OWN.define(key(
                GATEWAY_STREAM_HEARTBEAT_MS_CONFIG,
                ConfigDef.Type.INT,
                15_000,
                ConfigDef.Range.atLeast(10),
                HEARTBEAT_DOC));
        OWN.define(key(CONSOLE_ENABLE_CONFIG, ConfigDef.Type.BOOLEAN, true, null, CONSOLE_ENABLE_DOC));
        OWN.define(key(CONSOLE_WRITE_CONFIG, ConfigDef.Type.BOOLEAN, false, null, CONSOLE_WRITE_DOC));
    }

    /** Kafka's keys whose default is another one here. */
    static final Map<String, Object> CHANGED_DEFAULTS = Map.ofEntries(
            Map.entry(KRaftConfigs.NODE_ID_CONFIG, 1),
            Map.entry(ServerConfigs.BROKER_ID_CONFIG, 1),
            Map.entry(KRaftConfigs.PROCESS_ROLES_CONFIG, List.of("broker", "controller")),
            Map.entry(KRaftConfigs.CONTROLLER_LISTENER_NAMES_CONFIG, List.of("CONTROLLER")),
            Map.entry(SocketServerConfigs.LISTENERS_CONFIG, List.of("PLAINTEXT://127.0.0.1:9092")),
            // Linux sizes it by itself; with Kafka's 100 KiB each 64 KiB request costs a third more CPU.
            Map.entry(SocketServerConfigs.SOCKET_RECEIVE_BUFFER_BYTES_CONFIG, -1),
            Map.entry(ServerLogConfigs.LOG_DIR_CONFIG, List.of("data")),
            Map.entry(GroupCoordinatorConfig.OFFSETS_TOPIC_REPLICATION_FACTOR_CONFIG, (short) 1),
            Map.entry(TransactionLogConfig.TRANSACTIONS_TOPIC_REPLICATION_FACTOR_CONFIG, (short) 1),
            Map.entry(TransactionLogConfig.TRANSACTIONS_TOPIC_MIN_ISR_CONFIG, 1),
            Map.entry(ShareCoordinatorConfig.STATE_TOPIC_REPLICATION_FACTOR_CONFIG, (short) 1),
            Map.entry(ShareCoordinatorConfig.STATE_TOPIC_MIN_ISR_CONFIG, (short) 1));

    /**
     * Of those, the ones that let a node work that is alone. A node of several has Kafka's: internal topics are then kept
     * three times, and cannot be created with fewer brokers.
     */
    static final Set<String> DEFAULTS_OF_ONE_NODE = Set.of(
            GroupCoordinatorConfig.OFFSETS_TOPIC_REPLICATION_FACTOR_CONFIG,
            TransactionLogConfig.TRANSACTIONS_TOPIC_REPLICATION_FACTOR_CONFIG,
            TransactionLogConfig.TRANSACTIONS_TOPIC_MIN_ISR_CONFIG,
            ShareCoordinatorConfig.STATE_TOPIC_REPLICATION_FACTOR_CONFIG,
            ShareCoordinatorConfig.STATE_TOPIC_MIN_ISR_CONFIG);

    private static final ConfigDef BROKER = brokerKeys(Set.of());
    private static final ConfigDef BROKER_OF_SEVERAL = brokerKeys(DEFAULTS_OF_ONE_NODE);
    private static final ConfigDef TOPIC = topicKeys();

    private DwalConfigs() {}

    /** All keys of a node: Kafka's with dwal's defaults, and dwal's own. */
    public static ConfigDef broker() {
        return new ConfigDef(BROKER);
    }

    /** The same with the defaults of a node that is one of several; see {@link #DEFAULTS_OF_ONE_NODE}. */
    static ConfigDef brokerOfSeveral() {
        return new ConfigDef(BROKER_OF_SEVERAL);
    }

    /** All keys of a topic: Kafka's, and those of dwal's that a topic may override. */
    public static ConfigDef topic() {
        return new ConfigDef(TOPIC);
    }

    /** For each key of a topic the node's keys that give its default, the first that is set wins. */
    public static Map<String, List<ConfigSynonym>> topicSynonyms() {
        Map<String, List<ConfigSynonym>> synonyms = new TreeMap<>(ServerTopicConfigSynonyms.ALL_TOPIC_CONFIG_SYNONYMS);
        synonyms.put(SYNC_CONFIG, List.of(new ConfigSynonym(SYNC_CONFIG)));
        return Collections.unmodifiableMap(synonyms);
    }

    private static ConfigDef brokerKeys(Set<String> asInKafka) {
        var all = new ConfigDef();
        for (ConfigKey key : AbstractKafkaConfig.CONFIG_DEF.configKeys().values()) {
            Object changed = asInKafka.contains(key.name) ? null : CHANGED_DEFAULTS.get(key.name);
            all.define(changed == null ? key : withDefault(key, changed));
        }
        AUTHORIZER.configKeys().values().forEach(all::define);
        OWN.configKeys().values().forEach(all::define);
        return all;
    }

    private static ConfigDef topicKeys() {
        var all = new ConfigDef(LogConfig.configDefCopy());
        all.define(SYNC_KEY);
        return all;
    }

    private static ConfigKey key(
            String name,
            ConfigDef.Type type,
            @Nullable Object byDefault,
            ConfigDef.@Nullable Validator validator,
            String documentation) {
        return new ConfigKey(
                name,
                type,
                byDefault,
                validator,
                Importance.MEDIUM,
                documentation,
                null,
                -1,
                ConfigDef.Width.NONE,
                name,
                Collections.emptyList(),
                null,
                false);
    }

    /** {@code key}, which names a class, with a name that nobody looks for. */
    static ConfigKey asText(ConfigKey key) {
        return with(key, ConfigDef.Type.STRING, ConfigDef.convertToString(key.defaultValue, key.type));
    }

    private static ConfigKey withDefault(ConfigKey key, Object byDefault) {
        return with(key, key.type, byDefault);
    }

    private static ConfigKey with(ConfigKey key, ConfigDef.Type type, @Nullable Object byDefault) {
        return new ConfigKey(
                key.name,
                type,
                byDefault,
                key.validator,
                key.importance,
                key.documentation,
                key.group,
                key.orderInGroup,
                key.width,
                key.displayName,
                key.dependents,
                key.recommender,
                key.internalConfig);
    }

    static {
        // A key that is renamed upstream would silently keep Kafka's default.
        for (String name : CHANGED_DEFAULTS.keySet()) {
            if (!AbstractKafkaConfig.CONFIG_DEF.names().contains(name)) {
                throw new AssertionError("no such key in Kafka: " + name + ", only "
                        + Arrays.toString(AbstractKafkaConfig.CONFIG_DEF.names().toArray()));
            }
        }
    }
}

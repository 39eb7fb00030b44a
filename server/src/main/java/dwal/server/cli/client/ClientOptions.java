package dwal.server.cli.client;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What each command that talks to a cluster can be told: where it is, as whom, and how to print. Makes the clients. One thread. */
final class ClientOptions {
    static final String BOOTSTRAP_VARIABLE = "DWAL_BOOTSTRAP";
    static final String DEFAULT_BOOTSTRAP = "localhost:9092";
    private static final String BOOTSTRAP_SERVERS = "bootstrap.servers";
    private static final int LAST = 1000;
    private static final int CONNECT_TIMEOUT_MS = 3000;

    @Option(
            names = {"-b", "--bootstrap"},
            paramLabel = "HOST:PORT",
            order = LAST,
            description = "A node of the cluster; several with commas. Default: the variable " + BOOTSTRAP_VARIABLE
                    + ", else " + DEFAULT_BOOTSTRAP)
    private @Nullable String bootstrap;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            order = LAST + 1,
            description = "Properties of Kafka's clients, as their tools take them: security.protocol, say.")
    private @Nullable Path config;

    @Option(
            names = "-X",
            paramLabel = "KEY=VALUE",
            order = LAST + 2,
            description = "Set one of these properties, over what the file says. May be repeated.")
    private Map<String, String> properties = new LinkedHashMap<>();

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            defaultValue = "10",
            order = LAST + 3,
            description = "How long to wait for an answer. Default: ${DEFAULT-VALUE}")
    private int timeoutSeconds;

    @Option(names = "--json", order = LAST + 4, description = "Print JSON, for programs.")
    private boolean json;

    @Option(names = "--verbose", order = LAST + 5, description = "Show what Kafka's client logs, on standard error.")
    private boolean verbose;

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    private final Map<String, String> environment;

    ClientOptions() {
        this(System.getenv());
    }

    ClientOptions(Map<String, String> environment) {
        this.environment = environment;
    }

    boolean json() {
        return json;
    }

    Duration timeout() {
        return Duration.ofSeconds(timeoutSeconds);
    }

    /** The nodes to ask first, as {@code bootstrap.servers} wants them. */
    String bootstrap() {
        return String.valueOf(given().get(BOOTSTRAP_SERVERS));
    }

    /** Asks other nodes than the options say. */
    void bootstrap(String other) {
        bootstrap = other;
    }

    Admin admin() {
        Map<String, Object> all = ready(Map.of("default.api.timeout.ms", millis(), "request.timeout.ms", millis()));
        return made(() -> Admin.create(all));
    }

    /** A producer with {@code settings}, over which go those that were given. */
    Producer<byte[], byte[]> producer(Map<String, Object> settings) {
        Map<String, Object> all = new HashMap<>(Map.of(
                "request.timeout.ms", millis(), "max.block.ms", millis(), "delivery.timeout.ms", 3 * millis() + 1000));
        all.putAll(settings);
        Map<String, Object> ready = ready(all);
        return made(() -> new KafkaProducer<>(ready, new ByteArraySerializer(), new ByteArraySerializer()));
    }

    /** A consumer with {@code settings}, over which go those that were given. */
    Consumer<byte[], byte[]> consumer(Map<String, Object> settings) {
        Map<String, Object> all =
                new HashMap<>(Map.of("request.timeout.ms", millis(), "default.api.timeout.ms", millis()));
        all.putAll(settings);
        Map<String, Object> ready = ready(all);
        return made(() -> new KafkaConsumer<>(ready, new ByteArrayDeserializer(), new ByteArrayDeserializer()));
    }

    /** A client cannot be made for reasons that stand in the causes of what it throws. */
    private static <T> T made(Supplier<T> client) {
        try {
            return client.get();
        } catch (KafkaException e) {
            Throwable cause = e;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            throw new RequestFailure("These properties make no client (--config, -X): " + cause.getMessage());
        }
    }

    private int millis() {
        if (timeoutSeconds < 1 || timeoutSeconds > 600) {
            throw usage("--timeout " + timeoutSeconds + ": 1 to 600 seconds");
        }
        return timeoutSeconds * 1000;
    }

    private Map<String, Object> ready(Map<String, Object> byDefault) {
        Map<String, Object> all = new LinkedHashMap<>(byDefault);
        all.putAll(given());
        all.putIfAbsent("client.id", "dwal-" + spec.name());
        quieten();
        Nodes.requireOne(Nodes.parse(bootstrap()), CONNECT_TIMEOUT_MS);
        return all;
    }

    /** What was given, in the order of precedence: option, -X, file, variable, default. */
    Map<String, Object> given() {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put(BOOTSTRAP_SERVERS, environment.getOrDefault(BOOTSTRAP_VARIABLE, DEFAULT_BOOTSTRAP));
        if (config != null) {
            all.putAll(read(config));
        }
        properties.keySet().forEach(this::checkName);
        all.putAll(properties);
        if (bootstrap != null) {
            all.put(BOOTSTRAP_SERVERS, bootstrap);
        }
        return all;
    }

    private void checkName(String name) {
        if (!AdminClientConfig.configNames().contains(name)
                && !ProducerConfig.configNames().contains(name)
                && !ConsumerConfig.configNames().contains(name)) {
            throw usage(
                    "-X " + name + ": Kafka's clients have no such property (those of plug-ins go into --config FILE)");
        }
    }

    private Map<String, String> read(Path file) {
        var read = new Properties();
        try (InputStream in = Files.newInputStream(file)) {
            read.load(in);
        } catch (NoSuchFileException e) {
            throw usage("--config " + file + ": there is no such file");
        } catch (IOException | IllegalArgumentException e) {
            throw usage("--config " + file + " cannot be read: " + e.getMessage());
        }
        Map<String, String> all = new LinkedHashMap<>();
        read.stringPropertyNames().forEach(name -> all.put(name, read.getProperty(name)));
        return all;
    }

    /** Kafka's client logs what this program says itself, and better. Before its first class is loaded. */
    private void quieten() {
        for (String logger : List.of("org.apache.kafka", "org.apache.kafka.clients.NetworkClient")) {
            System.setProperty("org.slf4j.simpleLogger.log." + logger, verbose ? "info" : "off");
        }
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}

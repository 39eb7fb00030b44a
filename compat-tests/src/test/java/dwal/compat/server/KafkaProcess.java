package dwal.compat.server;

import dwal.environment.FreePorts;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A real Apache Kafka from its published jars: broker and controller in one, or a broker that joins such a one. */
public final class KafkaProcess extends Server {
    private static final String HOST = "127.0.0.1";
    private static final String VOTERS = "controller.quorum.voters";
    private final int port = FreePorts.next();

    public KafkaProcess(Map<String, String> settings) {
        this(1, null, settings);
    }

    /**
     * Node {@code id} of a cluster; {@code voters} are its controllers, null if this node is to be the only one. {@code listeners} among
     * its settings are further ones, advertised as they are.
     */
    private KafkaProcess(int id, @Nullable String voters, Map<String, String> settings) {
        super(settings);
        String more = settings.getOrDefault("listeners", "");
        String advertised = "PLAINTEXT://" + bootstrap() + (more.isEmpty() ? "" : "," + more);
        String listeners = advertised;
        int controllerPort = FreePorts.next();
        if (voters == null) listeners += ",CONTROLLER://" + HOST + ":" + controllerPort;
        this.settings.putAll(Map.ofEntries(
                Map.entry("process.roles", voters == null ? "broker,controller" : "broker"),
                Map.entry("node.id", Integer.toString(id)),
                Map.entry(VOTERS, voters == null ? id + "@" + HOST + ":" + controllerPort : voters),
                Map.entry("listeners", listeners),
                Map.entry("advertised.listeners", advertised),
                Map.entry("controller.listener.names", "CONTROLLER"),
                Map.entry("inter.broker.listener.name", "PLAINTEXT"),
                Map.entry("log.dirs", directory.resolve("data").toString()),
                Map.entry("offsets.topic.num.partitions", "4"),
                Map.entry("transaction.state.log.num.partitions", "4"),
                Map.entry("share.coordinator.state.topic.num.partitions", "4")));
        for (String key : List.of(
                "offsets.topic.replication.factor",
                "transaction.state.log.replication.factor",
                "transaction.state.log.min.isr",
                "share.coordinator.state.topic.replication.factor",
                "share.coordinator.state.topic.min.isr")) {
            this.settings.putIfAbsent(key, "1");
        }
    }

    /** A broker, not yet started, in the cluster of this node. */
    public KafkaProcess another(int id, Map<String, String> settings) {
        return new KafkaProcess(id, voters(), settings);
    }

    /** The controllers of the cluster, as {@code controller.quorum.voters} names them. */
    public String voters() {
        return settings.getOrDefault(VOTERS, "");
    }

    @Override
    protected List<String> command() throws IOException {
        Path properties = directory.resolve("server.properties");
        Files.writeString(
                properties,
                settings.entrySet().stream()
                        .map(setting -> setting.getKey() + "=" + setting.getValue())
                        .collect(Collectors.joining("\n")));
        return List.of(
                JavaProcess.JAVA,
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=info",
                "-cp",
                kafkaClassPath(),
                KafkaMain.class.getName(),
                properties.toString());
    }

    /** Kafka's server and tools, and our test classes, which start them. */
    public static String kafkaClassPath() throws IOException {
        Path directory = Path.of(System.getProperty("compat.directory", "target"));
        return directory.resolve("test-classes")
                + File.pathSeparator
                + Files.readString(directory.resolve("kafka-class-path")).strip();
    }

    @Override
    protected Optional<String> readiness(String standardOutput, String standardError) {
        return standardError.contains("Kafka Server started") ? Optional.of(bootstrap()) : Optional.empty();
    }

    @Override
    public String bootstrap() {
        return HOST + ":" + port;
    }
}

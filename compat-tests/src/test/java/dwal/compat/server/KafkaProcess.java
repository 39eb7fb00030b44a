package dwal.compat.server;

import dwal.environment.FreePorts;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** A real Apache Kafka from its published jars: broker and controller in one, alone or one of several. */
public final class KafkaProcess extends Server {
    private static final String HOST = "127.0.0.1";
    private static final String VOTERS = "controller.quorum.voters";
    private final int port = FreePorts.next();
    private final List<String> formatOptions;

    public KafkaProcess(Map<String, String> settings) {
        this(1, Map.of(1, FreePorts.next()), settings, List.of());
    }

    /**
     * Nodes 1 to {@code count} of one cluster, not yet started; {@code formatOptions} go to kafka-storage format, on top of what
     * it must have.
     */
    public static List<KafkaProcess> cluster(int count, Map<String, String> settings, List<String> formatOptions) {
        Map<Integer, Integer> controllerPorts = new TreeMap<>();
        for (int id = 1; id <= count; id++) controllerPorts.put(id, FreePorts.next());
        return controllerPorts.keySet().stream()
                .map(id -> new KafkaProcess(id, controllerPorts, settings, formatOptions))
                .toList();
    }

    /** {@code listeners} among the settings are further ones, advertised as they are. */
    private KafkaProcess(
            int id, Map<Integer, Integer> controllerPorts, Map<String, String> settings, List<String> formatOptions) {
        super(settings);
        this.formatOptions = formatOptions;
        String more = settings.getOrDefault("listeners", "");
        String advertised = "PLAINTEXT://" + bootstrap() + (more.isEmpty() ? "" : "," + more);
        String listeners = advertised + ",CONTROLLER://" + HOST + ":" + controllerPorts.get(id);
        String voters = controllerPorts.entrySet().stream()
                .map(each -> each.getKey() + "@" + HOST + ":" + each.getValue())
                .collect(Collectors.joining(","));
        this.settings.putAll(Map.ofEntries(
                Map.entry("process.roles", "broker,controller"),
                Map.entry("node.id", Integer.toString(id)),
                Map.entry(VOTERS, voters),
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
        List<String> command = new ArrayList<>(List.of(
                JavaProcess.JAVA,
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=info",
                "-cp",
                kafkaClassPath(),
                KafkaMain.class.getName(),
                properties.toString()));
        command.addAll(formatOptions);
        return command;
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

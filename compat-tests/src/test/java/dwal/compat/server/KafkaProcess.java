package dwal.compat.server;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** A real Apache Kafka, broker and controller in one, from its published jars. */
public final class KafkaProcess extends Server {
    private static final String HOST = "127.0.0.1";
    private final int port = freePort();

    public KafkaProcess(Map<String, String> settings) {
        super(settings);
        int controllerPort = freePort();
        this.settings.putAll(Map.ofEntries(
                Map.entry("process.roles", "broker,controller"),
                Map.entry("node.id", "1"),
                Map.entry("controller.quorum.voters", "1@" + HOST + ":" + controllerPort),
                Map.entry("listeners", "PLAINTEXT://" + bootstrap() + ",CONTROLLER://" + HOST + ":" + controllerPort),
                Map.entry("advertised.listeners", "PLAINTEXT://" + bootstrap()),
                Map.entry("controller.listener.names", "CONTROLLER"),
                Map.entry("inter.broker.listener.name", "PLAINTEXT"),
                Map.entry("log.dirs", directory.resolve("data").toString()),
                Map.entry("offsets.topic.replication.factor", "1"),
                Map.entry("offsets.topic.num.partitions", "4"),
                Map.entry("transaction.state.log.replication.factor", "1"),
                Map.entry("transaction.state.log.min.isr", "1"),
                Map.entry("transaction.state.log.num.partitions", "4"),
                Map.entry("share.coordinator.state.topic.replication.factor", "1"),
                Map.entry("share.coordinator.state.topic.min.isr", "1"),
                Map.entry("share.coordinator.state.topic.num.partitions", "4")));
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new AssertionError("no free port", e);
        }
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

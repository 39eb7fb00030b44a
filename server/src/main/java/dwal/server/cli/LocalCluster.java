package dwal.server.cli;

import dwal.environment.Clock;
import dwal.replication.metadata.ClusterMetadata;
import dwal.replication.metadata.Founders;
import dwal.server.PartSettings;
import dwal.server.config.BrokerConfig;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * A cluster on this machine, in one directory:
 *
 * <pre>
 * DIR/cluster.properties    how many nodes, and the first port
 * DIR/node-N.properties     the settings of a node; may be edited while it does not run
 * DIR/node-N.pid            its process id while it runs
 * DIR/node-N.out, .log      what it wrote to standard output and standard error since its last start
 * DIR/node-N/               its data
 * </pre>
 *
 * <p>Used by one command, on its thread.
 */
final class LocalCluster {
    static final int DEFAULT_NODES = 3;
    static final int DEFAULT_PORT = 9092;

    private static final String HOST = "127.0.0.1";
    private static final int CONTROLLER_PORTS = 100;
    private static final Duration START_PATIENCE = Duration.ofMinutes(2);
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(40);

    private final Clock clock = Clock.system();
    private final Path directory;
    private final Path description;

    private LocalCluster(Path directory) {
        this.directory = directory.toAbsolutePath().normalize();
        this.description = this.directory.resolve("cluster.properties");
    }

    /** The cluster in {@code directory}, which need not be there yet. */
    static LocalCluster at(Path directory) {
        return new LocalCluster(directory);
    }

    // ---- what it consists of

    /**
     * Makes the cluster if it is not there yet, and puts {@code more} into the settings of all nodes.
     *
     * @param nodes how many, null for the default or what it has
     * @param port the first port, null for the default or what it has
     * @param doors where HTTP and gRPC are spoken
     */
    void prepare(@Nullable Integer nodes, @Nullable Integer port, DoorPorts doors, Map<String, String> more)
            throws IOException {
        if (Files.exists(description)) {
            refuseOther("--nodes", nodes, size());
            refuseOther("--port", port, basePort());
            set(doors, more);
        } else {
            create(nodes == null ? DEFAULT_NODES : nodes, port == null ? DEFAULT_PORT : port, doors, more);
        }
    }

    /**
     * Where the nodes' doors other than Kafka's are.
     *
     * @param http the first node's port for HTTP, the others' follow it; null to leave it as it is, at first off
     * @param grpc the same for gRPC
     */
    record DoorPorts(@Nullable Integer http, @Nullable Integer grpc) {
        private Map<String, String> settings(int id) {
            Map<String, String> settings = new LinkedHashMap<>();
            if (http != null) {
                settings.put("dwal.http.listener", HOST + ":" + clientPort(http, id));
            }
            if (grpc != null) {
                settings.put("dwal.grpc.listener", HOST + ":" + clientPort(grpc, id));
            }
            return settings;
        }

        private boolean areNamed() {
            return http != null || grpc != null;
        }
    }

    private void refuseOther(String option, @Nullable Integer asked, int given) throws IOException {
        if (asked != null && asked != given) {
            throw new IOException("The cluster in " + directory + " was made with " + option + " " + given
                    + ": leave the option out, or choose another directory with --data");
        }
    }

    private void create(int nodes, int port, DoorPorts doors, Map<String, String> more) throws IOException {
        Files.createDirectories(directory);
        String clusterId = Uuid.randomUuid().toString();
        String founders = IntStream.rangeClosed(1, nodes)
                .mapToObj(id -> id + "@" + HOST + ":" + controllerPort(port, id) + ":" + Uuid.randomUuid())
                .collect(Collectors.joining(","));
        for (int id = 1; id <= nodes; id++) {
            Map<String, String> settings = settings(id, nodes, port, clusterId);
            settings.putAll(doors.settings(id));
            settings.putAll(more);
            BrokerConfig config = BrokerConfig.of(settings);
            ClusterMetadata.format(PartSettings.metadata(config), Founders.these(founders));
            write(node(id).settings(), "Settings of node " + id + " of a local cluster.", settings);
        }
        write(
                description,
                "A local cluster, made by 'dwal local-cluster start'.",
                new TreeMap<>(Map.of("nodes", Integer.toString(nodes), "port", Integer.toString(port))));
    }

    private Map<String, String> settings(int id, int nodes, int port, String clusterId) {
        String copies = Integer.toString(Math.min(nodes, 3));
        String least = Integer.toString(nodes < 3 ? 1 : 2);
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("dwal.cluster.id", clusterId);
        settings.put("node.id", Integer.toString(id));
        settings.put("process.roles", "broker,controller");
        settings.put(
                "listeners",
                "PLAINTEXT://" + HOST + ":" + clientPort(port, id) + ",CONTROLLER://" + HOST + ":"
                        + controllerPort(port, id));
        // The default, and yet Kafka's kafka-metadata-quorum wants to read it.
        settings.put("controller.listener.names", "CONTROLLER");
        settings.put(
                "controller.quorum.bootstrap.servers",
                IntStream.rangeClosed(1, nodes)
                        .mapToObj(each -> HOST + ":" + controllerPort(port, each))
                        .collect(Collectors.joining(",")));
        // A node whose directory was lost takes its own place again.
        settings.put("controller.quorum.auto.join.enable", "true");
        settings.put("log.dirs", directory.resolve("node-" + id).toString());
        settings.put("num.partitions", "6");
        settings.put("default.replication.factor", copies);
        settings.put("min.insync.replicas", least);
        settings.put("offsets.topic.replication.factor", copies);
        // All nodes are at one address, where only one could have the default port.
        settings.put("dwal.http.listener", "off");
        settings.put("dwal.grpc.listener", "off");
        return settings;
    }

    private void set(DoorPorts doors, Map<String, String> more) throws IOException {
        if (more.isEmpty() && !doors.areNamed()) {
            return;
        }
        for (LocalNode node : nodes()) {
            Map<String, String> settings = new TreeMap<>(BrokerConfig.read(node.settings()));
            settings.putAll(doors.settings(node.id()));
            settings.putAll(more);
            BrokerConfig.of(settings);
            write(node.settings(), "Settings of node " + node.id() + " of a local cluster.", settings);
        }
    }

    private static void write(Path file, String title, Map<String, String> properties) throws IOException {
        List<String> lines = new ArrayList<>();
        lines.add("# " + title);
        properties.forEach((key, value) -> lines.add(key + "=" + escaped(value)));
        Files.write(file, lines);
    }

    /** {@code value} as files of properties have it. */
    private static String escaped(String value) {
        var escaped = new StringBuilder();
        value.replace("\\", "\\\\")
                .chars()
                .mapToObj(unit -> unit < 0x7f ? Character.toString(unit) : String.format("\\u%04x", unit))
                .forEach(escaped::append);
        return escaped.toString();
    }

    private static int clientPort(int base, int id) {
        return base + id - 1;
    }

    private static int controllerPort(int base, int id) {
        return base + CONTROLLER_PORTS + id - 1;
    }

    private int size() throws IOException {
        return number("nodes");
    }

    private int basePort() throws IOException {
        return number("port");
    }

    private int number(String key) throws IOException {
        if (!Files.exists(description)) {
            throw new IOException("There is no local cluster in " + directory
                    + ": 'dwal local-cluster start' makes one, --data names it");
        }
        String value = BrokerConfig.read(description).getOrDefault(key, "");
        try {
            return Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw new IOException(description + " says " + key + "=" + value + ", which is no number", e);
        }
    }

    private LocalNode node(int id) {
        return new LocalNode(directory, id);
    }

    private List<LocalNode> nodes() throws IOException {
        return IntStream.rangeClosed(1, size()).mapToObj(this::node).toList();
    }

    // ---- what can be done with it

    /** Starts all nodes that do not run; prints the ready line of each. False, and those stopped again, if one fails. */
    boolean start(PrintStream out) throws IOException {
        List<LocalNode> waiting = new ArrayList<>(nodes());
        List<LocalNode> started = new ArrayList<>();
        for (LocalNode node : waiting) {
            if (node.process().isEmpty()) {
                node.launch();
                started.add(node);
            }
        }
        long giveUp = clock.nanoTime() + START_PATIENCE.toNanos();
        while (!waiting.isEmpty()) {
            for (LocalNode node : List.copyOf(waiting)) {
                Optional<String> ready = node.readyLine();
                if (ready.isPresent()) {
                    out.println(ready.get());
                    waiting.remove(node);
                } else if (node.hasEnded() || clock.nanoTime() > giveUp) {
                    out.flush();
                    System.err.println("dwal: node " + node.id() + (node.hasEnded() ? " ended" : " is not ready")
                            + "; the end of " + node.log() + ":\n" + node.endOfLog());
                    started.forEach(LocalNode::terminate);
                    return false;
                }
            }
            pause();
        }
        return true;
    }

    /** Stops all nodes that run; false if one does not end. */
    boolean stop(PrintStream out) throws IOException {
        List<LocalNode> stopping = new ArrayList<>();
        for (LocalNode node : nodes()) {
            if (node.process().isPresent()) {
                stopping.add(node);
                node.terminate();
            } else {
                out.println("node=" + node.id() + " did not run");
            }
        }
        long giveUp = clock.nanoTime() + STOP_PATIENCE.toNanos();
        while (!stopping.isEmpty() && clock.nanoTime() < giveUp) {
            for (LocalNode node : List.copyOf(stopping)) {
                if (node.process().isEmpty()) {
                    out.println("node=" + node.id() + " stopped");
                    node.forget();
                    stopping.remove(node);
                }
            }
            pause();
        }
        for (LocalNode node : stopping) {
            System.err.println("dwal: node " + node.id() + " does not end; 'dwal local-cluster kill " + node.id()
                    + "' ends it at once");
        }
        return stopping.isEmpty();
    }

    /** Kills a node; false if it did not run. */
    boolean kill(int id, PrintStream out) throws IOException {
        if (id < 1 || id > size()) {
            throw new IOException("There is no node " + id + " in " + directory + ", only 1 to " + size());
        }
        Optional<ProcessHandle> process = node(id).process();
        if (process.isEmpty()) {
            out.println("node=" + id + " does not run");
            return false;
        }
        process.get().destroyForcibly();
        process.get()
                .onExit()
                .completeOnTimeout(process.get(), 10, TimeUnit.SECONDS)
                .join();
        node(id).forget();
        out.println("node=" + id + " killed");
        return true;
    }

    /** Prints a line for each node; true if all run and are unfenced. */
    boolean status(PrintStream out) throws IOException {
        ClusterView view = anyRuns() ? ClusterView.of(addresses()) : ClusterView.unknown();
        boolean all = true;
        for (LocalNode node : nodes()) {
            Optional<ProcessHandle> process = node.process();
            boolean counts = process.isPresent() && view.isUnfenced(node.id());
            all &= counts;
            out.println("node=" + node.id() + " kafka=" + HOST + ":" + clientPort(basePort(), node.id()) + " "
                    + process.map(running -> "pid=" + running.pid() + " " + (counts ? "serving" : "not serving yet"))
                            .orElse("stopped")
                    + (view.isActiveController(node.id()) ? ", active controller" : ""));
        }
        return all;
    }

    private boolean anyRuns() throws IOException {
        for (LocalNode node : nodes()) {
            if (node.process().isPresent()) {
                return true;
            }
        }
        return false;
    }

    private String addresses() throws IOException {
        int port = basePort();
        return IntStream.rangeClosed(1, size())
                .mapToObj(id -> HOST + ":" + clientPort(port, id))
                .collect(Collectors.joining(","));
    }

    private static void pause() {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
}

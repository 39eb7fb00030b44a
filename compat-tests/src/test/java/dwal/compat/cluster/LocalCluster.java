package dwal.compat.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;

/** A cluster that {@code bin/dwal local-cluster} runs, on free ports. Used by one test thread. */
final class LocalCluster implements AutoCloseable {
    private static final int NODES = 3;
    private static final String HOST = "127.0.0.1";

    final Path directory;
    private final int port = FreePorts.next(0, 1, 2, 3, 100, 101, 102, 103, 200, 201, 202, 300, 301, 302);
    private final int httpPort = port + 200;
    private final int grpcPort = port + 300;

    LocalCluster() {
        try {
            Path parent = Files.createDirectories(Path.of(System.getProperty("compat.directory", "target"), "servers"));
            directory = Files.createTempDirectory(parent, "local-cluster");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Runtime.getRuntime().addShutdownHook(new Thread(this::killAll));
    }

    /** What a call of {@code bin/dwal} came to. */
    record Outcome(int status, String output) {
        Outcome ok() {
            assertThat(status).as(output).isZero();
            return this;
        }
    }

    static Outcome dwal(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(program()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(3, TimeUnit.MINUTES)).isTrue();
        return new Outcome(process.exitValue(), output);
    }

    static String program() {
        return Path.of(System.getProperty("dwal.home", ".."))
                .resolve("bin/dwal")
                .toAbsolutePath()
                .normalize()
                .toString();
    }

    /** With HTTP and gRPC, too. */
    Outcome startWithDoors(String... more) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(
                List.of("--http-port", Integer.toString(httpPort), "--grpc-port", Integer.toString(grpcPort)));
        all.addAll(List.of(more));
        return start(all.toArray(String[]::new));
    }

    Outcome start(String... more) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of("start", "--port", Integer.toString(port)));
        all.addAll(List.of(more));
        return run(all.toArray(String[]::new));
    }

    /** A command on this cluster. */
    Outcome run(String... command) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of("local-cluster"));
        all.addAll(List.of(command));
        all.addAll(List.of("--data", directory.toString()));
        return dwal(all.toArray(String[]::new));
    }

    String bootstrap(int node) {
        return HOST + ":" + (port + node - 1);
    }

    String http(int node) {
        return HOST + ":" + (httpPort + node - 1);
    }

    String grpc(int node) {
        return HOST + ":" + (grpcPort + node - 1);
    }

    String controller(int node) {
        return HOST + ":" + (port + 100 + node - 1);
    }

    String bootstrapWithout(int node) {
        return IntStream.rangeClosed(1, NODES)
                .filter(id -> id != node)
                .mapToObj(this::bootstrap)
                .collect(Collectors.joining(","));
    }

    Admin admin(String bootstrap) {
        return Admin.create(Map.of("bootstrap.servers", bootstrap, "retry.backoff.ms", 20));
    }

    Path pidFile(int node) {
        return directory.resolve("node-" + node + ".pid");
    }

    long pid(int node) throws IOException {
        return Long.parseLong(Files.readString(pidFile(node)).strip());
    }

    /** Has {@code bin/dwal log verify} read all logs and compare all replicas; no node may run. */
    void verifyReplicas() throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("log", "verify"));
        for (int node = 1; node <= NODES; node++) command.add(data(node).toString());
        Outcome outcome = dwal(command.toArray(String[]::new)).ok();
        assertThat(outcome.output()).contains(" partitions compared");
    }

    /** {@code bin/dwal log verify} of the logs of one node, which does not run. */
    Outcome verify(int node) throws IOException, InterruptedException {
        return dwal("log", "verify", data(node).toString());
    }

    /** What the node has logged. */
    String log(int node) throws IOException {
        return Files.readString(directory.resolve("node-" + node + ".log"));
    }

    Path data(int node) {
        return directory.resolve("node-" + node);
    }

    /** SIGKILL. */
    void kill(int node) throws Exception {
        ProcessHandle process = process(node);
        process.destroyForcibly();
        process.onExit().get(180, TimeUnit.SECONDS);
    }

    /** SIGTERM, and waits for the end. */
    void terminate(int node) throws Exception {
        ProcessHandle process = process(node);
        process.destroy();
        process.onExit().get(180, TimeUnit.SECONDS);
    }

    /** Any other signal, by its name: STOP, CONT. */
    void signal(int node, String name) throws Exception {
        Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(pid(node)))
                .inheritIO()
                .start();
        assertThat(kill.waitFor()).isZero();
    }

    private ProcessHandle process(int node) throws IOException {
        return ProcessHandle.of(pid(node)).orElseThrow(() -> new AssertionError("node " + node + " does not run"));
    }

    /** Removes all data of a node that does not run, and the directory itself. */
    void wipe(int node) throws IOException {
        delete(data(node));
    }

    /** Deletes a directory with all that is in it. */
    static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) Files.delete(file);
        }
    }

    /** The properties that a file of {@code key=value} lines has. */
    static Map<String, String> properties(Path file) throws IOException {
        return Files.readAllLines(file).stream()
                .filter(line -> !line.startsWith("#") && line.contains("="))
                .map(line -> line.split("=", 2))
                .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
    }

    private void killAll() {
        for (int id = 1; id <= NODES; id++) {
            try {
                run("kill", Integer.toString(id));
            } catch (IOException | InterruptedException e) {
                System.err.println("node " + id + " may still run: " + e);
            }
        }
    }

    @Override
    public void close() throws IOException, InterruptedException {
        run("stop").ok();
    }
}

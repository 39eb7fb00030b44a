package dwal.compat.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A server of the Kafka protocol in a process of its own, on one data directory and one port that both outlive it, so that it can be
 * stopped, killed and started again. Used by one test thread at a time.
 */
public abstract class Server implements AutoCloseable {
    /** Short time-outs for groups, and no wait for first members, so that suites do not wait. */
    private static final Map<String, String> SETTINGS = Map.of(
            "group.initial.rebalance.delay.ms", "0",
            "group.min.session.timeout.ms", "1000",
            "group.consumer.min.session.timeout.ms", "2000",
            "group.consumer.session.timeout.ms", "5000",
            "group.consumer.min.heartbeat.interval.ms", "300",
            "group.consumer.heartbeat.interval.ms", "500");

    protected final Path directory;
    protected final Map<String, String> settings = new TreeMap<>(SETTINGS);
    private @Nullable Process process;
    private int starts;
    private @Nullable Duration startTime;

    protected Server(Map<String, String> settings) {
        this.settings.putAll(settings);
        try {
            Path parent = Files.createDirectories(Path.of(System.getProperty("compat.directory", "target"), "servers"));
            this.directory = Files.createTempDirectory(parent, getClass().getSimpleName());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Runtime.getRuntime().addShutdownHook(new Thread(this::killIfRunning));
    }

    /** The server that {@code -Dcompat.target} names, not yet started. */
    public static Server ofTarget(Map<String, String> settings) {
        return isKafkaTarget() ? new KafkaProcess(settings) : new DwalProcess(settings);
    }

    public static boolean isKafkaTarget() {
        String target = System.getProperty("compat.target", "dwal");
        if (!target.equals("dwal") && !target.equals("kafka"))
            throw new AssertionError("compat.target is dwal or kafka, not " + target);
        return target.equals("kafka");
    }

    protected abstract List<String> command() throws IOException;

    /** Variables of the process' environment, over those of this process. */
    protected Map<String, String> environment() {
        return Map.of();
    }

    /** What {@link #bootstrap} says from now on, once the process says that it is ready. */
    protected abstract Optional<String> readiness(String standardOutput, String standardError);

    public abstract String bootstrap();

    public String host() {
        return bootstrap().substring(0, bootstrap().lastIndexOf(':'));
    }

    public int port() {
        return Integer.parseInt(bootstrap().substring(bootstrap().lastIndexOf(':') + 1));
    }

    public Path directory() {
        return directory;
    }

    /** Starts the process, on the data that is there, and waits until it is ready; gives itself. */
    public Server start() {
        if (process != null && process.isAlive()) throw new AssertionError("runs already: " + this);
        try {
            starts++;
            long before = System.nanoTime();
            Files.createFile(output());
            Files.createFile(errors());
            ProcessBuilder builder = new ProcessBuilder(command())
                    .redirectOutput(output().toFile())
                    .redirectError(errors().toFile());
            builder.environment().putAll(environment());
            process = builder.start();
            Await.until(this + " to be ready", Await.PATIENCE, () -> isReady() || !isAlive());
            if (!isAlive())
                throw new AssertionError(this + " ended with " + running().exitValue() + ":\n" + log());
            startTime = Duration.ofNanos(System.nanoTime() - before);
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean isReady() throws IOException {
        return readiness(Files.readString(output()), Files.readString(errors())).isPresent();
    }

    /** How long the last start took, from the start of the process to its being ready. */
    public Duration startTime() {
        if (startTime == null) throw new AssertionError("was not started: " + this);
        return startTime;
    }

    /** SIGTERM, and the exit status. */
    public int stop() {
        processes().forEach(ProcessHandle::destroy);
        return awaitExit();
    }

    /** SIGKILL to the process and what it may have started. */
    public void kill() {
        processes().forEach(ProcessHandle::destroyForcibly);
        awaitExit();
    }

    private int awaitExit() {
        try {
            if (!running().waitFor(180, TimeUnit.SECONDS))
                throw new AssertionError(this + " does not end; its log:\n" + log());
            return running().exitValue();
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted", e);
        }
    }

    public boolean isAlive() {
        return process != null && process.isAlive();
    }

    public long pid() {
        return running().pid();
    }

    private void killIfRunning() {
        if (isAlive()) processes().forEach(ProcessHandle::destroyForcibly);
    }

    /** The process and, should a script stay between, what it started. */
    private List<ProcessHandle> processes() {
        ProcessHandle top = running().toHandle();
        List<ProcessHandle> all = new ArrayList<>(top.descendants().toList());
        all.add(top);
        return all;
    }

    private Process running() {
        if (process == null) throw new AssertionError("was not started: " + this);
        return process;
    }

    /** All that the process has written since it was last started. */
    public String log() {
        try {
            return Files.readString(output()) + Files.readString(errors());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path output() {
        return directory.resolve("output-" + starts);
    }

    private Path errors() {
        return directory.resolve("errors-" + starts);
    }

    /** Ends the process and removes its data; the logs stay. */
    @Override
    public void close() {
        if (isAlive()) kill();
        Path data = directory.resolve("data");
        if (!Files.exists(data)) return;
        try (Stream<Path> files = Files.walk(data)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String toString() {
        return getClass().getSimpleName() + " in " + directory;
    }
}

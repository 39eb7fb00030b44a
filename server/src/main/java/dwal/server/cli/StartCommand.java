package dwal.server.cli;

import dwal.environment.FileTrouble;
import dwal.server.DataDirectoryLock;
import dwal.server.Doors;
import dwal.server.Node;
import dwal.server.ProcessEnd;
import dwal.server.config.BrokerConfig;
import dwal.server.config.DoorAddress;
import dwal.server.config.DwalConfigs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code dwal start}: runs a node until it is told to stop. Prints one line when clients can be served; SIGTERM and SIGINT
 * stop it in order, with exit code 0.
 */
@Command(
        name = "start",
        description = "Run a node until SIGTERM or SIGINT. Prints one line when clients can be served.",
        footer = {
            "",
            "Examples:",
            "  bin/dwal start",
            "  bin/dwal start --data /var/lib/dwal --port 9192 --set dwal.http.listener=off",
            "  bin/dwal start --config server.properties"
        },
        sortOptions = false)
final class StartCommand implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger("dwal");

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Settings in the format of Kafka's server.properties.")
    private @Nullable Path config;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Where the data is; made when not there. Default: ./data")
    private @Nullable Path data;

    @Option(
            names = "--port",
            paramLabel = "N",
            description = "Port for Kafka clients; 0 takes a free one. Default: 9092")
    private @Nullable Integer port;

    @Option(
            names = "--http-port",
            paramLabel = "N",
            description = "Port for HTTP; 0 takes a free one. Default: 8080, or none if that is taken")
    private @Nullable Integer httpPort;

    @Option(
            names = "--grpc-port",
            paramLabel = "N",
            description = "Port for gRPC; 0 takes a free one. Default: 8400, or none if that is taken")
    private @Nullable Integer grpcPort;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Set one key, over what the file says. May be repeated.")
    private Map<String, String> set = new LinkedHashMap<>();

    @Option(names = "--pid-file", paramLabel = "FILE", description = "Write the process id there; removed at the end.")
    private @Nullable Path pidFile;

    /** Null until it is written: nothing that was there before is removed. */
    private @Nullable Path writtenPidFile;

    /** Whether clients could be served. */
    private boolean wasReady;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    private final Doors.Factory doors;

    StartCommand(Doors.Factory doors) {
        this.doors = doors;
    }

    @Override
    public Integer call() throws Exception {
        var stop = new StopSignal();
        try {
            BrokerConfig settings = BrokerConfig.of(properties());
            settings.warnings().forEach(LOG::warn);
            run(settings, stop);
        } catch (Exception | Error e) {
            // What fails because the process ends is no fault of anybody's.
            if (!stop.asked.isDone() || !ProcessEnd.isCauseOf(e)) {
                stop.finish(CommandLine.ExitCode.SOFTWARE);
                throw e;
            }
        }
        if (!wasReady) {
            LOG.info("Told to stop before it was ready");
        }
        stop.finish(CommandLine.ExitCode.OK);
        return CommandLine.ExitCode.OK;
    }

    private void run(BrokerConfig settings, StopSignal stop) throws IOException, InterruptedException {
        DataDirectoryLock lock = DataDirectoryLock.acquire(settings.dataDirectory());
        try {
            writePidFile();
            try (Node node = Node.of(settings, doors)) {
                wasReady = isReady(node.begin(), stop);
                if (wasReady) {
                    System.out.println(readyLine(node));
                    awaitStop(stop);
                }
            }
        } finally {
            removePidFile();
            lock.close();
        }
    }

    /** Waits until the node is ready, or told to stop before that. */
    private static boolean isReady(CompletableFuture<Void> started, StopSignal stop) throws InterruptedException {
        try {
            CompletableFuture.anyOf(started, stop.asked).get();
        } catch (ExecutionException e) {
            if (stop.asked.isDone()) {
                return false;
            }
            Throwable cause = e.getCause() instanceof CompletionException inner && inner.getCause() != null
                    ? inner.getCause()
                    : e.getCause();
            throw cause instanceof RuntimeException known
                    ? known
                    : new IllegalStateException("The node did not start: " + cause, cause);
        }
        return !stop.asked.isDone();
    }

    private static void awaitStop(StopSignal stop) throws InterruptedException {
        IdleMemory memory = IdleMemory.ofProcess();
        long nextMs = IdleMemory.TICK_MS;
        while (!stop.comesWithinMs(nextMs)) {
            nextMs = memory.tick();
        }
    }

    private Map<String, String> properties() {
        Map<String, String> all = BrokerConfig.given(config, set, data);
        checkPort("--http-port", httpPort);
        checkPort("--grpc-port", grpcPort);
        checkPort("--port", port);
        if (port != null) {
            ListenerPorts.set(all, port);
        }
        setDoor(all, DwalConfigs.HTTP_LISTENER_CONFIG, httpPort);
        setDoor(all, DwalConfigs.GRPC_LISTENER_CONFIG, grpcPort);
        return all;
    }

    private static void setDoor(Map<String, String> all, String key, @Nullable Integer port) {
        if (port != null) {
            all.merge(key, "127.0.0.1:" + port, (set, byDefault) -> DoorAddress.withPort(set, port));
        }
    }

    private void checkPort(String option, @Nullable Integer value) {
        if (value != null && (value < 0 || value > 65535)) {
            throw new ParameterException(spec.commandLine(), option + " " + value + " is no port: 0 to 65535");
        }
    }

    /** The line that scripts wait for. */
    private static String readyLine(Node node) {
        Instant now = Instant.now();
        long ms = Duration.between(begun().orElse(now), now).toMillis();
        return "dwal ready kafka=" + node.clientAddress().orElse("off") + " http="
                + node.doors().http().orElse("off") + " grpc="
                + node.doors().grpc().orElse("off")
                + node.controllerAddress().map(at -> " controller=" + at).orElse("") + " node=" + node.nodeId()
                + " cluster=" + node.clusterId() + " in=" + ms + " ms";
    }

    /** When bin/dwal was called, or had built what was missing. Without it, when the process began, as Java knows it: to the second. */
    private static Optional<Instant> begun() {
        Long launched = Long.getLong("dwal.begun");
        return launched == null
                ? ProcessHandle.current().info().startInstant()
                : Optional.of(Instant.ofEpochMilli(launched));
    }

    private void writePidFile() throws IOException {
        if (pidFile == null) {
            return;
        }
        try {
            Files.writeString(pidFile, ProcessHandle.current().pid() + "\n");
            writtenPidFile = pidFile;
        } catch (IOException e) {
            throw new IOException(
                    "Process id file (--pid-file) " + pidFile + " cannot be written: " + FileTrouble.reason(e), e);
        }
    }

    private void removePidFile() throws IOException {
        if (writtenPidFile != null) {
            Files.deleteIfExists(writtenPidFile);
        }
    }

    /**
     * Turns SIGTERM and SIGINT into an orderly stop with exit code 0: the hook lets the main thread stop the node, and
     * ends the process when that is done.
     */
    private static final class StopSignal {
        private final CompletableFuture<Void> asked = new CompletableFuture<>();
        private final CountDownLatch done = new CountDownLatch(1);
        private final Thread hook = new Thread(this::stop, "stop");
        private volatile int exitCode;

        StopSignal() {
            Runtime.getRuntime().addShutdownHook(hook);
        }

        private void stop() {
            asked.complete(null);
            try {
                done.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            Runtime.getRuntime().halt(exitCode);
        }

        boolean comesWithinMs(long ms) throws InterruptedException {
            try {
                asked.get(ms, TimeUnit.MILLISECONDS);
                return true;
            } catch (TimeoutException e) {
                return false;
            } catch (ExecutionException e) {
                throw new AssertionError("nobody fails it", e);
            }
        }

        /** The node does not run any more: the process ends with {@code code}, whoever ends it. */
        void finish(int code) {
            exitCode = code;
            done.countDown();
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException e) {
                // The signal came: the hook is what ends the process.
            }
        }
    }
}

package dwal.server.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code dwal local-cluster}: a cluster on this machine, each node a process of its own, for those who want to try one. */
@Command(
        name = "local-cluster",
        description = "Run a cluster on this machine, each node in a process of its own.",
        subcommands = {
            LocalClusterCommand.Start.class,
            LocalClusterCommand.Stop.class,
            LocalClusterCommand.Status.class,
            LocalClusterCommand.Kill.class
        },
        footer = {
            "",
            "Examples:",
            "  bin/dwal local-cluster start",
            "      three nodes, for clients at 127.0.0.1:9092, :9093, :9094",
            "  bin/dwal local-cluster start --data /tmp/try --port 19092",
            "  bin/dwal local-cluster start --http-port 8080 --grpc-port 8400",
            "      with HTTP at 127.0.0.1:8080, :8081, :8082 and gRPC at :8400, :8401, :8402",
            "  bin/dwal local-cluster status",
            "  bin/dwal local-cluster kill 2",
            "      node 2 dies at once, as by kill -9",
            "  bin/dwal local-cluster start",
            "      starts what does not run",
            "  bin/dwal local-cluster stop"
        },
        synopsisSubcommandLabel = "COMMAND")
final class LocalClusterCommand implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "which command? start, stop, status or kill");
    }

    /** Where the cluster is. */
    static final class Place {
        @Option(
                names = "--data",
                paramLabel = "DIR",
                defaultValue = "local-cluster",
                description =
                        "The directory of the cluster: data, settings, logs and process ids of all nodes. Default:"
                                + " ./${DEFAULT-VALUE}")
        @SuppressWarnings("NullAway.Init") // set by picocli
        private Path data;

        LocalCluster cluster() {
            return LocalCluster.at(data);
        }
    }

    /** Starts all nodes that do not run. */
    @Command(
            name = "start",
            description = {
                "Start all nodes that do not run, and print a line for each when clients can be served.",
                "A new cluster has topics of 6 partitions, each kept three times (default.replication.factor=3,"
                        + " min.insync.replicas=2) unless --set says otherwise."
            },
            sortOptions = false)
    static final class Start implements Callable<Integer> {
        @Mixin
        @SuppressWarnings("NullAway.Init") // set by picocli
        private Place place;

        @Option(
                names = "--nodes",
                paramLabel = "N",
                description = "How many nodes a new cluster has, 1 to 9. Default: " + LocalCluster.DEFAULT_NODES)
        private @Nullable Integer nodes;

        @Option(
                names = "--port",
                paramLabel = "BASE",
                description = "Clients find the nodes of a new cluster at ports BASE, BASE+1, ..., and the nodes their"
                        + " controllers at BASE+100, BASE+101, ... Default: " + LocalCluster.DEFAULT_PORT)
        private @Nullable Integer port;

        @Option(
                names = "--http-port",
                paramLabel = "BASE",
                description = "HTTP is spoken at ports BASE, BASE+1, ...; kept for later starts. Default: nowhere")
        private @Nullable Integer httpPort;

        @Option(
                names = "--grpc-port",
                paramLabel = "BASE",
                description = "gRPC is spoken at ports BASE, BASE+1, ...; kept for later starts. Default: nowhere")
        private @Nullable Integer grpcPort;

        @Option(
                names = "--set",
                paramLabel = "KEY=VALUE",
                description = "Set one key on all nodes; kept for later starts. May be repeated.")
        private Map<String, String> set = new LinkedHashMap<>();

        @Spec
        @SuppressWarnings("NullAway.Init") // set by picocli
        private CommandSpec spec;

        @Override
        public Integer call() throws Exception {
            if (nodes != null && (nodes < 1 || nodes > 9)) {
                throw new ParameterException(spec.commandLine(), "--nodes " + nodes + ": 1 to 9 can run here");
            }
            if (port != null && (port < 1 || port > 65535 - 200)) {
                throw new ParameterException(spec.commandLine(), "--port " + port + ": 1 to 65335 leaves room for all");
            }
            checkDoor("--http-port", httpPort);
            checkDoor("--grpc-port", grpcPort);
            LocalCluster cluster = place.cluster();
            cluster.prepare(nodes, port, new LocalCluster.DoorPorts(httpPort, grpcPort), set);
            return cluster.start(System.out) ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
        }

        private void checkDoor(String option, @Nullable Integer base) {
            if (base != null && (base < 1 || base > 65535 - 9)) {
                throw new ParameterException(
                        spec.commandLine(), option + " " + base + ": 1 to 65526 leaves room for all");
            }
        }
    }

    /** Stops all nodes that run. */
    @Command(name = "stop", description = "Stop all nodes that run, in order.", sortOptions = false)
    static final class Stop implements Callable<Integer> {
        @Mixin
        @SuppressWarnings("NullAway.Init") // set by picocli
        private Place place;

        @Override
        public Integer call() throws Exception {
            return place.cluster().stop(System.out) ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
        }
    }

    /** Tells how each node does. */
    @Command(
            name = "status",
            description = "Tell of each node whether it runs, and whether the cluster counts on it.",
            footer = {"", "Exit code: 0 all nodes run and are unfenced, 1 not all."},
            sortOptions = false)
    static final class Status implements Callable<Integer> {
        @Mixin
        @SuppressWarnings("NullAway.Init") // set by picocli
        private Place place;

        @Override
        public Integer call() throws Exception {
            return place.cluster().status(System.out) ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
        }
    }

    /** Kills one node. */
    @Command(name = "kill", description = "Kill one node at once, as by kill -9.", sortOptions = false)
    static final class Kill implements Callable<Integer> {
        @Mixin
        @SuppressWarnings("NullAway.Init") // set by picocli
        private Place place;

        @Parameters(paramLabel = "N", description = "The node's id.")
        private int node;

        @Override
        public Integer call() throws Exception {
            return place.cluster().kill(node, System.out) ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
        }
    }
}

package dwal.benchmarks.load;

import java.nio.file.Path;
import java.util.List;

/** The command line of the driver; what the words mean stands in the README of this module. */
public final class LoadDriver {
    private static final String USAGE = """
            bench run [options] label=host:port,...,pid,...[,dir:FOLDER] ...   the workloads W1..W6, W8, R1, R2
            bench startup [options] label=START_SCRIPT,STOP_SCRIPT ...         W7: start, idle, restart, recovery
            bench failover [options] label=START_SCRIPT,STOP_SCRIPT ...        W9: the death of leaders and controllers
            bench limits [--dir FOLDER]                                        what this machine can do
            bench ready host:port,... NODES TIMEOUT_S                          waits until a client sees NODES
            options of run:     --workloads W1,W2,...  --rounds 3  --seconds 10  --warmup 4  --data-mb 1000
                                --rate 1000  --json FILE
            options of startup: --nodes 1  --rounds 2  --gb 2  --partitions 1000  --idle 20  --json FILE
            options of failover: --nodes 3  --rounds 3  --warmup 10  --workloads W9-leader,W9-controller,W9-all
                                --json FILE""";

    private LoadDriver() {}

    /** Runs one command; exit code 2 says that the command line made no sense. */
    public static void main(String[] args) throws Exception {
        int exitCode;
        try {
            exitCode = command(List.of(args));
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage() + "\n" + USAGE);
            exitCode = 2;
        }
        // Client threads that a failed run has left must not keep the driver alive.
        System.exit(exitCode);
    }

    private static int command(List<String> args) throws Exception {
        if (args.isEmpty()) {
            throw new IllegalArgumentException("what to do?");
        }
        List<String> rest = args.subList(1, args.size());
        switch (args.get(0)) {
            case "run" -> {
                Arguments arguments = Arguments.parse(rest, RunOptions.NAMES);
                List<Target> targets =
                        arguments.operands().stream().map(Target::parse).toList();
                new LoadRun(RunOptions.of(arguments), targets).run();
            }
            case "startup" -> {
                Arguments arguments = Arguments.parse(rest, StartupOptions.NAMES);
                new StartupRun(StartupOptions.of(arguments), arguments.operands()).run();
            }
            case "failover" -> {
                Arguments arguments = Arguments.parse(rest, FailoverOptions.NAMES);
                new FailoverRun(FailoverOptions.of(arguments), arguments.operands()).run();
            }
            case "limits" -> {
                Arguments arguments = Arguments.parse(rest, List.of("dir"));
                MachineLimits.print(Path.of(arguments.text("dir", System.getProperty("java.io.tmpdir"))));
            }
            case "ready" -> {
                if (rest.size() != 3) {
                    throw new IllegalArgumentException("ready wants three words");
                }
                return Cluster.awaitNodes(rest.get(0), Integer.parseInt(rest.get(1)), Integer.parseInt(rest.get(2)))
                        ? 0
                        : 1;
            }
            default -> throw new IllegalArgumentException("no command " + args.get(0));
        }
        return 0;
    }
}

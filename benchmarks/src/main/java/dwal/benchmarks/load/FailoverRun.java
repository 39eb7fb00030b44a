package dwal.benchmarks.load;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * {@code bench failover} (W9): how long nobody can produce when a leader dies, and nobody can make a topic when the active
 * controller dies, by kill -9; of each server in turn, each death in a cluster of its own. The driver's main thread.
 */
final class FailoverRun {
    private static final int WAIT_SECONDS = 120;

    private final FailoverOptions options;
    private final List<String> specs;
    private final Report report;

    FailoverRun(FailoverOptions options, List<String> specs) {
        if (specs.isEmpty()) {
            throw new IllegalArgumentException("no server");
        }
        this.options = options;
        this.specs = specs;
        this.report = new Report(options.json());
    }

    void run() throws Exception {
        Path root = Files.createTempDirectory("bench-failover");
        List<ManagedServer> servers = ManagedServer.all(specs, root, options.nodes());
        report.head("nodes", options.nodes());
        for (int round = 1; round <= options.rounds(); round++) {
            for (ManagedServer server : servers) {
                death("W9-leader", server, round);
                death("W9-controller", server, round);
            }
        }
        report.print();
    }

    private void death(String workload, ManagedServer server, int round) throws Exception {
        Row row = new Row(workload, server.label(), round);
        row.put("load", Proc.load());
        Target target = server.start();
        Cluster.awaitNodes(target.bootstrap(), options.nodes(), WAIT_SECONDS);
        try (Failover failover = new Failover(target, options.warmupSeconds())) {
            if (workload.endsWith("leader")) {
                failover.ofLeader(row);
            } else {
                failover.ofController(row);
            }
        }
        report.add(row);
        server.killAndClear();
    }
}

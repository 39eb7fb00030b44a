package dwal.benchmarks.load;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * {@code bench failover} (W9): how long nobody can produce when a leader dies, and nobody can make a topic when the active
 * controller dies, and when all nodes die and are started again, by kill -9; of each server in turn, each death in a cluster of
 * its own. The driver's main thread.
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
                for (String workload : options.workloads()) {
                    death(workload, server, round);
                }
            }
        }
        report.print();
    }

    private void death(String workload, ManagedServer server, int round) throws Exception {
        Row row = new Row(workload, server.label(), round);
        row.put("load", Proc.load());
        Target target = server.start();
        Cluster.awaitNodes(target.bootstrap(), options.nodes(), WAIT_SECONDS);
        if (workload.equals("W9-all")) {
            new Outage(server, target, options.warmupSeconds()).measure(row);
        } else {
            ofOneNode(workload, target, row);
        }
        report.add(row);
        server.killAndClear();
    }

    private void ofOneNode(String workload, Target target, Row row) throws Exception {
        try (Failover failover = new Failover(target, options.warmupSeconds())) {
            if (workload.equals("W9-leader")) {
                failover.ofLeader(row);
            } else {
                failover.ofController(row);
            }
        }
    }
}

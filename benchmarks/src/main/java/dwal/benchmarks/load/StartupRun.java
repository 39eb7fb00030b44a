package dwal.benchmarks.load;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * {@code bench startup} (W7): start from nothing, idle cost, restart over data after a clean stop and after kill -9, of
 * each server in turn. The driver's main thread.
 */
final class StartupRun {
    private static final String TOPIC = "restart";
    private static final int WAIT_SECONDS = 120;

    private final StartupOptions options;
    private final List<String> specs;
    private final Report report;

    StartupRun(StartupOptions options, List<String> specs) {
        if (specs.isEmpty()) {
            throw new IllegalArgumentException("no server");
        }
        this.options = options;
        this.specs = specs;
        this.report = new Report(options.json());
    }

    void run() throws Exception {
        Path root = Files.createTempDirectory("bench-startup");
        List<ManagedServer> servers = ManagedServer.all(specs, root, options.nodes());
        report.head("nodes", options.nodes());
        report.head("partitions", options.partitions());
        report.head("gb", options.gb());
        fromNothing(servers);
        for (ManagedServer server : servers) {
            fill(server);
        }
        overData(servers);
        report.print();
    }

    private void fromNothing(List<ManagedServer> servers) throws Exception {
        for (int round = 1; round <= options.rounds(); round++) {
            for (ManagedServer server : servers) {
                Proc.sync();
                Row row = row("W7-cold", server, round);
                new ColdStart(server, options).measure(row);
                report.add(row);
                if (round < options.rounds()) {
                    server.killAndClear();
                } else {
                    server.stop();
                }
            }
        }
    }

    private void fill(ManagedServer server) throws Exception {
        Target target = server.start();
        Cluster.awaitNodes(target.bootstrap(), options.nodes(), WAIT_SECONDS);
        try (Cluster cluster = new Cluster(target.bootstrap())) {
            cluster.create(TOPIC, options.partitions());
        }
        new Filling(target.bootstrap(), TOPIC, options.partitions()).write(options.records(), Payloads.random(1024));
        server.stop();
    }

    private void overData(List<ManagedServer> servers) throws Exception {
        for (int round = 1; round <= options.rounds(); round++) {
            for (ManagedServer server : servers) {
                Proc.sync();
                restart("W7-clean", server, round);
                Proc.sync();
                server.kill();
                restart("W7-kill9", server, round);
                stop(server, round);
            }
        }
    }

    private void restart(String workload, ManagedServer server, int round) throws Exception {
        Row row = row(workload, server, round);
        new Restart(server, TOPIC, options).measure(row);
        report.add(row);
    }

    private void stop(ManagedServer server, int round) throws Exception {
        Row row = row("W7-stop", server, round);
        long before = System.nanoTime();
        server.stop();
        row.put("clean_stop_s", (System.nanoTime() - before) / 1e9);
        report.add(row);
    }

    private static Row row(String workload, ManagedServer server, int round) {
        Row row = new Row(workload, server.label(), round);
        row.put("load", Proc.load());
        return row;
    }
}

package dwal.benchmarks.load;

import java.util.List;

/** {@code bench run}: each workload against each target in turn, A B A B, for several rounds. The driver's main thread. */
final class LoadRun {
    private static final int WARMUP_TRIES = 4;

    private final RunOptions options;
    private final List<Target> targets;
    private final Report report;

    LoadRun(RunOptions options, List<Target> targets) {
        if (targets.isEmpty()) {
            throw new IllegalArgumentException("no target");
        }
        this.options = options;
        this.targets = targets;
        this.report = new Report(options.json());
    }

    void run() throws Exception {
        for (Target target : targets) {
            try (Cluster cluster = new Cluster(target.bootstrap())) {
                System.out.printf(
                        "%s: %s, %d node(s), pids %s%n",
                        target.label(), target.bootstrap(), cluster.nodes(), target.pids());
            }
        }
        report.head("targets", targets.stream().map(Target::label).toList());
        report.head("seconds", options.seconds());
        report.head("rounds", options.rounds());
        Workbench bench = new Workbench(options, report);
        for (String name : options.workloads()) {
            System.out.println(name);
            Workload workload = Workloads.named(name, bench);
            targets.forEach(target -> warmUp(name, workload, target));
            for (int round = 1; round <= options.rounds(); round++) {
                for (Target target : targets) {
                    attempt(name, workload, target, round);
                }
            }
        }
        bench.clear();
        report.print();
    }

    /**
     * Round 0 warms this JVM and the server up with this very workload; again, on a busy machine, until the server has in
     * fact had as much CPU as the warm-up is long.
     */
    private void warmUp(String name, Workload workload, Target target) {
        double enough = target.cpuSeconds() + options.warmupSeconds();
        for (int i = 0; i < WARMUP_TRIES && options.warmupSeconds() > 0; i++) {
            attempt(name, workload, target, 0);
            if (target.pids().isEmpty() || target.cpuSeconds() >= enough) {
                return;
            }
        }
    }

    private void attempt(String name, Workload workload, Target target, int round) {
        try {
            workload.run(target, round, round == 0 ? options.warmupSeconds() : options.seconds());
        } catch (Exception e) {
            System.out.printf("  %s %s round %d FAILED: %s%n", name, target.label(), round, e);
            if (System.getenv("BENCH_TRACE") != null) {
                e.printStackTrace(System.out);
            }
        }
    }
}

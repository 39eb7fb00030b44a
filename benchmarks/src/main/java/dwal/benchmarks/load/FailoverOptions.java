package dwal.benchmarks.load;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How {@code failover} is to go.
 *
 * @param nodes of each server
 * @param rounds deaths of each kind; the median counts
 * @param warmupSeconds for how long a producer is at work before a node dies
 * @param workloads which deaths
 * @param json where the figures go, too
 */
record FailoverOptions(
        int nodes,
        int rounds,
        int warmupSeconds,
        List<String> workloads,
        @Nullable Path json) {
    static final List<String> NAMES = List.of("nodes", "rounds", "warmup", "workloads", "json");
    private static final List<String> ALL = List.of("W9-leader", "W9-controller", "W9-all");

    static FailoverOptions of(Arguments arguments) {
        int nodes = arguments.integer("nodes", 3);
        if (nodes < 3) {
            throw new IllegalArgumentException("of " + nodes + " nodes none may die");
        }
        List<String> workloads =
                List.of(arguments.text("workloads", String.join(",", ALL)).split(",", -1));
        if (!ALL.containsAll(workloads)) {
            throw new IllegalArgumentException("--workloads " + workloads + "? of " + ALL);
        }
        return new FailoverOptions(
                nodes,
                arguments.integer("rounds", 3),
                arguments.integer("warmup", 10),
                workloads,
                arguments.file("json"));
    }
}

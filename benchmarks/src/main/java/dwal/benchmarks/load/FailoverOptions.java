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
 * @param json where the figures go, too
 */
record FailoverOptions(
        int nodes, int rounds, int warmupSeconds, @Nullable Path json) {
    static final List<String> NAMES = List.of("nodes", "rounds", "warmup", "json");

    static FailoverOptions of(Arguments arguments) {
        int nodes = arguments.integer("nodes", 3);
        if (nodes < 3) {
            throw new IllegalArgumentException("of " + nodes + " nodes none may die");
        }
        return new FailoverOptions(
                nodes, arguments.integer("rounds", 3), arguments.integer("warmup", 10), arguments.file("json"));
    }
}

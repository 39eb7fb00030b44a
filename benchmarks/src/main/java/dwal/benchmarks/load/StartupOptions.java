package dwal.benchmarks.load;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How {@code startup} is to go.
 *
 * @param nodes of each server
 * @param rounds starts of each kind; the median counts
 * @param gb GB (10^9 bytes) of records that a restart finds
 * @param partitions over which they are spread
 * @param idleSeconds for how long an idle server is watched
 * @param json where the figures go, too
 */
record StartupOptions(
        int nodes,
        int rounds,
        double gb,
        int partitions,
        int idleSeconds,
        @Nullable Path json) {
    static final List<String> NAMES = List.of("nodes", "rounds", "gb", "partitions", "idle", "json");

    static StartupOptions of(Arguments arguments) {
        return new StartupOptions(
                arguments.integer("nodes", 1),
                arguments.integer("rounds", 2),
                arguments.number("gb", 2),
                arguments.integer("partitions", 1000),
                arguments.integer("idle", 20),
                arguments.file("json"));
    }

    /** Records of 1 KiB that make up {@link #gb}. */
    long records() {
        return (long) (gb * 1e9 / 1024);
    }
}

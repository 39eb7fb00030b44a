package dwal.benchmarks.load;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How {@code run} is to go.
 *
 * @param workloads names, in the order in which they run
 * @param rounds measured rounds of each; the median counts
 * @param seconds length of a measurement
 * @param warmupSeconds length of the round before, which is not counted
 * @param dataMb MB (10^6 bytes) of records that W4 and R2 read
 * @param rate records a second of W5
 * @param json where the figures go, too
 */
record RunOptions(
        List<String> workloads,
        int rounds,
        double seconds,
        double warmupSeconds,
        long dataMb,
        int rate,
        @Nullable Path json) {
    static final List<String> NAMES = List.of("workloads", "rounds", "seconds", "warmup", "data-mb", "rate", "json");

    static RunOptions of(Arguments arguments) {
        List<String> workloads = List.of(
                arguments.text("workloads", String.join(",", Workloads.ALL)).split(",", -1));
        for (String name : workloads) {
            if (!Workloads.ALL.contains(name)) {
                throw new IllegalArgumentException("no workload " + name + ": there are " + Workloads.ALL);
            }
        }
        return new RunOptions(
                workloads,
                arguments.integer("rounds", 3),
                arguments.number("seconds", 10),
                arguments.number("warmup", 4),
                arguments.integer("data-mb", 1000),
                arguments.integer("rate", 1000),
                arguments.file("json"));
    }
}

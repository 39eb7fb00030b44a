package dwal.benchmarks.load;

import dwal.benchmarks.load.ProduceWorkload.Shape;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The workloads by their names. */
final class Workloads {
    /** W6 is last: its thousand partitions, which stay, cost the others time. */
    static final List<String> ALL = List.of("W1", "W2", "W3-lz4", "W3-zstd", "W4", "W5", "W8", "R1", "R2", "W6");
    /** Partitions of every topic but W6's. */
    static final int PARTITIONS = 6;
    /** Partitions of W6's topic. */
    static final int MANY_PARTITIONS = 1000;

    private Workloads() {}

    static Workload named(String name, Workbench bench) {
        return switch (name) {
            case "W1" ->
                new ProduceWorkload(
                        name, bench, new Shape(PARTITIONS, Payloads.random(100), 1, 10, tuned("1", "none")));
            case "W2" ->
                new ProduceWorkload(name, bench, new Shape(PARTITIONS, bench.kib(), 1, 1, tuned("all", "none")));
            case "W3-lz4", "W3-zstd" -> {
                Map<String, Object> config = tuned("all", name.substring("W3-".length()));
                yield new ProduceWorkload(name, bench, new Shape(PARTITIONS, Payloads.json(1024), 1, 1, config));
            }
            case "W4" -> new ConsumeWorkload(bench);
            case "W5" -> new PacedWorkload(bench);
            case "W6" ->
                new ProduceWorkload(name, bench, new Shape(MANY_PARTITIONS, Payloads.random(100), 4, 10, idempotent()));
            case "W8" -> new TransactionWorkload(bench);
            case "R1" -> new RawProduceWorkload(bench);
            case "R2" -> new RawFetchWorkload(bench);
            default -> throw new IllegalArgumentException("no workload " + name);
        };
    }

    private static Map<String, Object> tuned(String acks, String compression) {
        Map<String, Object> config = new HashMap<>();
        config.put("linger.ms", 5);
        config.put("batch.size", 65_536);
        config.put("enable.idempotence", false);
        config.put("acks", acks);
        config.put("compression.type", compression);
        return config;
    }

    private static Map<String, Object> idempotent() {
        return Map.of(
                "linger.ms",
                5,
                "batch.size",
                16_384,
                "enable.idempotence",
                true,
                "acks",
                "all",
                "buffer.memory",
                67_108_864L);
    }
}

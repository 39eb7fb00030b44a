package dwal.server.cli.client;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * How fast something was.
 *
 * @param bytes keys and values, before compression
 * @param latenciesNanos how long each record took; null where that was not measured
 */
record Throughput(
        long records, long bytes, long nanos, @Nullable Histogram latenciesNanos) {
    /** 100 is the slowest. */
    static final List<Double> PERCENTILES = List.of(50.0, 95.0, 99.0, 99.9, 100.0);

    private static final double NANOS_PER_SECOND = 1e9;
    private static final double NANOS_PER_MS = 1e6;

    double recordsPerSecond() {
        return records / seconds();
    }

    /** Of a million bytes. */
    double megabytesPerSecond() {
        return bytes / 1e6 / seconds();
    }

    private double seconds() {
        return Math.max(1, nanos) / NANOS_PER_SECOND;
    }

    /** Null where that was not measured. */
    @Nullable
    Double latencyMs(double percentile) {
        return latenciesNanos == null || latenciesNanos.getTotalCount() == 0
                ? null
                : (Double) (latenciesNanos.getValueAtPercentile(percentile) / NANOS_PER_MS);
    }

    Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("records", records);
        json.put("seconds", seconds());
        json.put("recordsPerSecond", recordsPerSecond());
        json.put("megabytesPerSecond", megabytesPerSecond());
        if (latenciesNanos != null) {
            Map<String, Object> latencies = new LinkedHashMap<>();
            PERCENTILES.forEach(each -> latencies.put(each == 100 ? "max" : "p" + each, latencyMs(each)));
            json.put("latencyMs", latencies);
        }
        return json;
    }
}

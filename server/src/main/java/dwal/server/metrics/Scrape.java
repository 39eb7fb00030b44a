package dwal.server.metrics;

import dwal.environment.DurationHistogram;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The values of one answer, as they are gathered. Used by one thread. */
final class Scrape {
    private static final String TOTAL = "_total";

    private final Map<Metric, List<GaugeSnapshot.GaugeDataPointSnapshot>> gauges = new EnumMap<>(Metric.class);
    private final Map<Metric, List<CounterSnapshot.CounterDataPointSnapshot>> counters = new EnumMap<>(Metric.class);
    private final Map<Metric, List<HistogramSnapshot.HistogramDataPointSnapshot>> histograms =
            new EnumMap<>(Metric.class);

    /** A value of a gauge; labels in the order of {@link Metric#labels}. */
    void gauge(Metric metric, long value, String... labels) {
        gauge(metric, (double) value, labels);
    }

    /** The same. */
    void gauge(Metric metric, double value, String... labels) {
        gauges.computeIfAbsent(metric, m -> new ArrayList<>())
                .add(new GaugeSnapshot.GaugeDataPointSnapshot(value, labels(metric, labels), null));
    }

    /** A value of a counter. */
    void counter(Metric metric, long value, String... labels) {
        counter(metric, (double) value, labels);
    }

    /** The same. */
    void counter(Metric metric, double value, String... labels) {
        counters.computeIfAbsent(metric, m -> new ArrayList<>())
                .add(new CounterSnapshot.CounterDataPointSnapshot(value, labels(metric, labels), null, 0));
    }

    /** A histogram as it is now. */
    void histogram(Metric metric, DurationHistogram durations, String... labels) {
        var buckets = ClassicHistogramBuckets.of(DurationHistogram.boundsInSeconds(), durations.counts());
        histograms
                .computeIfAbsent(metric, m -> new ArrayList<>())
                .add(new HistogramSnapshot.HistogramDataPointSnapshot(
                        buckets, durations.sumSeconds(), labels(metric, labels), null, 0));
    }

    private static Labels labels(Metric metric, String... values) {
        List<String> names = metric.labels();
        if (names.size() != values.length) {
            throw new AssertionError(metric + " has the labels " + names + ", and got " + values.length);
        }
        return Labels.of(names, List.of(values));
    }

    /** All that was given. */
    List<MetricSnapshot> snapshots() {
        List<MetricSnapshot> all = new ArrayList<>();
        gauges.forEach((metric, points) -> {
            var one = GaugeSnapshot.builder().name(metric.exportedName()).help(metric.help());
            points.forEach(one::dataPoint);
            all.add(one.build());
        });
        counters.forEach((metric, points) -> {
            String name = metric.exportedName();
            var one = CounterSnapshot.builder()
                    .name(name.substring(0, name.length() - TOTAL.length()))
                    .help(metric.help());
            points.forEach(one::dataPoint);
            all.add(one.build());
        });
        histograms.forEach((metric, points) -> {
            var one = HistogramSnapshot.builder().name(metric.exportedName()).help(metric.help());
            points.forEach(one::dataPoint);
            all.add(one.build());
        });
        return all;
    }
}

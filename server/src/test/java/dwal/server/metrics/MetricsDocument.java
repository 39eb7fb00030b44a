package dwal.server.metrics;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.Locale;
import java.util.stream.Collectors;

/** docs/metrics.md, as it should be. */
final class MetricsDocument {
    private MetricsDocument() {}

    static String text() {
        var page = new StringBuilder("""
                # Metrics

                `GET /metrics` at the HTTP listener (`dwal.http.listener`), in Prometheus' text format. This page is made by a test
                from the code. Names, units and labels are stable. How they are gathered and what they cost:
                [operations.md](operations.md#metrics). A dashboard for Grafana: [grafana/dwal.json](grafana/dwal.json).

                Counters and histograms begin anew with the process. A series is there once there is something to tell: an API that
                nobody has asked for has none.

                ## dwal's own

                | name | kind | labels | |
                |---|---|---|---|
                """);
        for (Metric metric : Metric.values()) {
            page.append("| `%s` | %s | %s | %s |%n"
                    .formatted(
                            metric.exportedName(),
                            metric.kind().name().toLowerCase(Locale.ROOT),
                            metric.labels().stream()
                                    .map(label -> "`" + label + "`")
                                    .collect(Collectors.joining(", ")),
                            metric.help()));
        }
        page.append("""

                ## The process

                Under the names that Prometheus' client for Java gives them everywhere.

                | name | |
                |---|---|
                """);
        for (MetricSnapshot snapshot : new JvmSeries().snapshots()) {
            page.append("| `%s` | %s |%n"
                    .formatted(nameOf(snapshot), snapshot.getMetadata().getHelp()));
        }
        return page.toString();
    }

    private static String nameOf(MetricSnapshot snapshot) {
        String name = snapshot.getMetadata().getPrometheusName();
        return snapshot instanceof CounterSnapshot ? name + "_total" : name;
    }
}

package dwal.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class MetricsDocumentTest {
    private static final Path PAGE = Path.of("..", "docs", "metrics.md");
    private static final Path DASHBOARD = Path.of("..", "docs", "grafana", "dwal.json");
    private static final Pattern NAME = Pattern.compile("\\b(?:dwal|jvm|process)_[a-z0-9_]+\\b");
    private static final Pattern LABEL = Pattern.compile("(?:by \\(|[{,]\\s*)([a-z_]+)(?:\\)|=)");

    @Test
    void thePageSaysWhatTheCodeDoes() throws IOException {
        if (Boolean.getBoolean("dwal.docs.write")) {
            Files.writeString(PAGE, MetricsDocument.text());
        }
        assertThat(Files.readString(PAGE))
                .as("docs/metrics.md is stale: run this test with -Ddwal.docs.write=true, and commit the page")
                .isEqualTo(MetricsDocument.text());
    }

    @Test
    void namesSayTheirUnitAsPrometheusWantsIt() {
        for (Metric metric : Metric.values()) {
            assertThat(metric.exportedName()).matches("dwal_[a-z]+(_[a-z]+)*").doesNotContain("_ms", "_millis", "_kb");
            assertThat(metric.exportedName().endsWith("_total"))
                    .as(metric.exportedName())
                    .isEqualTo(metric.kind() == Metric.Kind.COUNTER);
            assertThat(metric.help()).doesNotEndWith(".").doesNotContain("|");
        }
        assertThat(Arrays.stream(Metric.values()).map(Metric::exportedName)).doesNotHaveDuplicates();
    }

    @Test
    void theDashboardAsksForMetricsThatThereAre() throws IOException {
        String dashboard = Files.readString(DASHBOARD);
        Set<String> documented = NAME.matcher(MetricsDocument.text())
                .results()
                .map(found -> found.group())
                .collect(Collectors.toCollection(TreeSet::new));
        Arrays.stream(Metric.values())
                .filter(metric -> metric.kind() == Metric.Kind.HISTOGRAM)
                .forEach(metric -> {
                    for (String part : new String[] {"_bucket", "_count", "_sum"}) {
                        documented.add(metric.exportedName() + part);
                    }
                });
        documented.add("jvm_gc_collection_seconds_sum");
        Set<String> asked = NAME.matcher(dashboard)
                .results()
                .map(found -> found.group())
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(asked).hasSizeGreaterThan(25);
        assertThat(documented).containsAll(asked);
    }

    @Test
    void theDashboardGroupsByLabelsThatThereAre() throws IOException {
        Set<String> labels = Arrays.stream(Metric.values())
                .flatMap(metric -> metric.labels().stream())
                .collect(Collectors.toCollection(TreeSet::new));
        labels.addAll(Set.of("instance", "job", "le", "area", "state", "gc"));
        Matcher asked = LABEL.matcher(Files.readString(DASHBOARD));
        while (asked.find()) {
            assertThat(labels).contains(asked.group(1));
        }
    }
}

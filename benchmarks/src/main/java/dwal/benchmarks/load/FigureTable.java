package dwal.benchmarks.load;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Medians for people: a line per target, and under it its ratio to the first target. What runs for a while has columns;
 * starts (W7) and deaths (W9), each kind of which has other figures, name them.
 */
final class FigureTable {
    private static final List<String> COLUMNS = List.of(
            "rec_s",
            "mb_s",
            "txn_s",
            "p50_ms",
            "p99_ms",
            "p999_ms",
            "cpu_s_gb",
            "cpu_s_mrec",
            "rss_mb",
            "hwm_mb",
            "other_cpu",
            "load");
    private static final List<String> NAMED = List.of("W7", "W9");
    /** Said of the machine, not of the target: a ratio would mean nothing. */
    private static final List<String> NO_RATIO = List.of("other_cpu", "load");

    private final StringBuilder text = new StringBuilder();

    FigureTable(Map<String, Map<String, Map<String, Double>>> medians) {
        boolean headed = false;
        for (var workload : medians.entrySet()) {
            if (NAMED.stream().anyMatch(workload.getKey()::startsWith)) {
                addNamed(workload.getKey(), workload.getValue());
                continue;
            }
            if (!headed) {
                label("workload", "target");
                COLUMNS.forEach(this::cell);
                text.append('\n');
                headed = true;
            }
            addColumns(workload.getKey(), workload.getValue());
        }
    }

    private void addColumns(String workload, Map<String, Map<String, Double>> targets) {
        Map<String, Double> first = targets.values().iterator().next();
        targets.forEach((target, figures) -> {
            label(workload, target);
            COLUMNS.forEach(column -> cell(Figure.text(figures.get(column))));
            text.append('\n');
            if (figures != first) {
                Map<String, Double> ratios = ratios(figures, first);
                label("", "  ratio");
                COLUMNS.forEach(column -> {
                    Double ratio = ratios.get(column);
                    cell(ratio == null ? "" : String.format("%.2fx", ratio));
                });
                text.append('\n');
            }
        });
    }

    private void addNamed(String workload, Map<String, Map<String, Double>> targets) {
        Map<String, Double> first = targets.values().iterator().next();
        targets.forEach((target, figures) -> {
            label(workload, target);
            named(figures);
            if (figures != first) {
                label("", "  ratio");
                named(ratios(figures, first));
            }
        });
    }

    private static Map<String, Double> ratios(Map<String, Double> figures, Map<String, Double> first) {
        Map<String, Double> ratios = new LinkedHashMap<>();
        figures.forEach((name, value) -> {
            double base = first.getOrDefault(name, 0.0);
            if (base != 0 && !NO_RATIO.contains(name)) {
                ratios.put(name, value / base);
            }
        });
        return ratios;
    }

    private void label(String workload, String target) {
        text.append(String.format("%-16s %-10s", workload, target));
    }

    private void cell(String value) {
        text.append(String.format(" %10s", value));
    }

    private void named(Map<String, Double> figures) {
        figures.forEach((name, value) -> text.append(' ')
                .append(name)
                .append('=')
                .append(Figure.text(value))
                .append(' '));
        text.append('\n');
    }

    @Override
    public String toString() {
        return text.toString();
    }
}

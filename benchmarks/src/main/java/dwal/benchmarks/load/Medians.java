package dwal.benchmarks.load;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The middle of each figure over the rounds, of many rows. */
final class Medians {
    private Medians() {}

    /** Workload, target, figure: its median. All in the order of the rows. */
    static Map<String, Map<String, Map<String, Double>>> of(List<Row> rows) {
        Map<String, Map<String, Map<String, List<Double>>>> rounds = new LinkedHashMap<>();
        for (Row row : rows) {
            Map<String, List<Double>> figures = rounds.computeIfAbsent(row.workload(), w -> new LinkedHashMap<>())
                    .computeIfAbsent(row.target(), t -> new LinkedHashMap<>());
            row.figures()
                    .forEach((name, value) -> figures.computeIfAbsent(name, n -> new ArrayList<>())
                            .add(value.doubleValue()));
        }
        Map<String, Map<String, Map<String, Double>>> medians = new LinkedHashMap<>();
        rounds.forEach((workload, targets) -> targets.forEach((target, figures) -> {
            Map<String, Double> middle = medians.computeIfAbsent(workload, w -> new LinkedHashMap<>())
                    .computeIfAbsent(target, t -> new LinkedHashMap<>());
            figures.forEach((name, values) -> middle.put(name, middle(values)));
        }));
        return medians;
    }

    private static double middle(List<Double> values) {
        Collections.sort(values);
        int half = values.size() / 2;
        return values.size() % 2 == 1 ? values.get(half) : (values.get(half - 1) + values.get(half)) / 2;
    }
}

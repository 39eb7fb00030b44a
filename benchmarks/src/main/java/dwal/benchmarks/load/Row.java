package dwal.benchmarks.load;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The figures of one measurement, in the order in which they were put. One thread at a time.
 *
 * @param workload what was run
 * @param target against whom
 * @param round from 1; 0 is the warm-up, which does not count
 * @param figures by name
 */
record Row(String workload, String target, int round, Map<String, Number> figures) {

    Row(String workload, String target, int round) {
        this(workload, target, round, new LinkedHashMap<>());
    }

    void put(String figure, Number value) {
        figures.put(figure, value);
    }

    boolean counts() {
        return round > 0;
    }

    /** As it stands in the JSON file. */
    Map<String, Object> flat() {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("workload", workload);
        all.put("target", target);
        all.put("round", round);
        all.putAll(figures);
        return all;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(workload + " " + target + " round=" + round);
        figures.forEach((name, value) -> text.append(' ')
                .append(name)
                .append('=')
                .append(value instanceof Double number ? Figure.text(number) : value));
        return text.toString();
    }
}

package dwal.benchmarks.load;

import org.jspecify.annotations.Nullable;

/** How a figure is written: with as many digits as one can make use of. Any thread. */
final class Figure {
    private Figure() {}

    static String text(@Nullable Double value) {
        if (value == null) {
            return "-";
        }
        double size = Math.abs(value);
        if (size >= 1000) {
            return String.format("%.0f", value);
        }
        if (size >= 100) {
            return String.format("%.1f", value);
        }
        return String.format(size >= 1 ? "%.2f" : "%.3f", value);
    }
}

package dwal.server.cli.client;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A table for people: columns as wide as their widest cell, numbers at their right end. One thread. */
final class Table {
    private static final String GAP = "  ";
    private static final String NOTHING = "-";

    private final List<String> names;
    private final List<List<String>> rows = new ArrayList<>();
    private final boolean[] hasWords;

    Table(String... names) {
        this.names = List.of(names);
        this.hasWords = new boolean[names.length];
    }

    /** Adds a row; what is null or an empty optional is shown as a dash. */
    Table row(@Nullable Object... cells) {
        if (cells.length != names.size()) {
            throw new AssertionError(cells.length + " cells for " + names);
        }
        List<String> row = new ArrayList<>();
        for (int i = 0; i < cells.length; i++) {
            String cell = text(cells[i]);
            hasWords[i] |= !cell.equals(NOTHING) && !(cells[i] instanceof Number || cells[i] instanceof OptionalLong);
            row.add(cell);
        }
        rows.add(row);
        return this;
    }

    boolean isEmpty() {
        return rows.isEmpty();
    }

    void print(PrintWriter out) {
        int[] widths = new int[names.size()];
        for (int i = 0; i < widths.length; i++) {
            widths[i] = names.get(i).length();
            for (List<String> row : rows) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        out.println(line(names, widths));
        rows.forEach(row -> out.println(line(row, widths)));
    }

    private String line(List<String> cells, int[] widths) {
        var line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            String padding = " ".repeat(widths[i] - cells.get(i).length());
            line.append(i == 0 ? "" : GAP).append(hasWords[i] ? cells.get(i) + padding : padding + cells.get(i));
        }
        return line.toString().stripTrailing();
    }

    private static String text(@Nullable Object cell) {
        if (cell instanceof Optional<?> optional) {
            return text(optional.orElse(null));
        } else if (cell instanceof OptionalLong optional) {
            return optional.isPresent() ? Long.toString(optional.getAsLong()) : NOTHING;
        } else if (cell instanceof OptionalInt optional) {
            return optional.isPresent() ? Integer.toString(optional.getAsInt()) : NOTHING;
        } else if (cell instanceof Collection<?> several) {
            return several.isEmpty()
                    ? NOTHING
                    : several.stream().map(String::valueOf).collect(Collectors.joining(","));
        }
        if (cell instanceof Double number) {
            return String.format(Locale.ROOT, "%.2f", number);
        }
        return cell == null || cell.toString().isEmpty() ? NOTHING : cell.toString();
    }
}

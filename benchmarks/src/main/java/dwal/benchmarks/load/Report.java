package dwal.benchmarks.load;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All rows of a run, printed as they come, kept in a file if one is wanted. Belongs to the driver's main thread. */
final class Report {
    private final List<Row> rows = new ArrayList<>();
    private final Map<String, Object> head = new LinkedHashMap<>();
    private final @Nullable Path json;

    Report(@Nullable Path json) {
        this.json = json;
        head("when", Instant.now().toString());
        head("java", Runtime.version().toString());
        head("cpus", Runtime.getRuntime().availableProcessors());
    }

    /** A fact about the run as a whole. */
    void head(String name, Object value) {
        head.put(name, value);
    }

    /** Adds a row and rewrites the file, so that a run cut short keeps what it had. */
    void add(Row row) throws IOException {
        rows.add(row);
        System.out.println("  " + row);
        if (json != null) {
            Map<String, Object> all = new LinkedHashMap<>(head);
            all.put("medians", Medians.of(rows));
            all.put("rows", rows.stream().map(Row::flat).toList());
            new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValue(json.toFile(), all);
        }
    }

    /** Prints the medians as a table for people. */
    void print() {
        System.out.println();
        System.out.print(new FigureTable(Medians.of(rows)));
    }
}

package dwal.server.cli.client;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.jspecify.annotations.Nullable;

/** What has become of the records that were sent. Any thread: the producer's tells, the main one asks. */
final class SentRecords {
    private final Map<Integer, Part> partitions = new TreeMap<>();
    private @Nullable Exception failure;
    private long failedLine;

    /** One partition's share; offsets are -1 where nobody was asked to acknowledge. */
    private static final class Part {
        private long records;
        private long first = -1;
        private long last = -1;
    }

    /** The record of line {@code line} is stored, or has failed. */
    synchronized void answered(long line, RecordMetadata where, @Nullable Exception failure) {
        if (failure != null) {
            if (this.failure == null) {
                this.failure = failure;
                this.failedLine = line;
            }
            return;
        }
        Part part = partitions.computeIfAbsent(where.partition(), partition -> new Part());
        part.records++;
        if (where.hasOffset()) {
            part.first = part.first < 0 ? where.offset() : Math.min(part.first, where.offset());
            part.last = Math.max(part.last, where.offset());
        }
    }

    synchronized boolean hasFailed() {
        return failure != null;
    }

    /** Throws the first failure, if there was one. */
    synchronized void throwFailure(String what) {
        if (failure != null) {
            throw RequestFailure.of(what + ", line " + failedLine, failure);
        }
    }

    synchronized Map<String, Object> json() {
        List<Map<String, Object>> parts = new ArrayList<>();
        partitions.forEach((partition, part) -> {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("partition", partition);
            json.put("records", part.records);
            json.put("firstOffset", part.first < 0 ? null : part.first);
            json.put("lastOffset", part.last < 0 ? null : part.last);
            parts.add(json);
        });
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("records", total());
        json.put("partitions", parts);
        return json;
    }

    synchronized void print(PrintWriter out) {
        partitions.forEach((partition, part) -> out.println("partition " + partition + ": "
                + part.records + (part.records == 1 ? " record" : " records")
                + (part.first < 0 ? ", nobody was asked to acknowledge" : offsets(part))));
        if (partitions.isEmpty()) {
            out.println("no records");
        }
    }

    private static String offsets(Part part) {
        return part.first == part.last ? " at offset " + part.first : " at offsets " + part.first + " to " + part.last;
    }

    private long total() {
        return partitions.values().stream().mapToLong(part -> part.records).sum();
    }
}

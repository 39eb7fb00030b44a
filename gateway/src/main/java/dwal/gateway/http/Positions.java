package dwal.gateway.http;

import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where a stream of several partitions goes on in each: {@code 0:17,1:4} for the offsets 17 and 4. Owned by the network loop of its
 * connection.
 */
final class Positions {
    private static final String FORM = "[0-9]{1,9}:[0-9]{1,18}(,[0-9]{1,9}:[0-9]{1,18})*";

    private final Map<Integer, Long> next;

    private Positions(Map<Integer, Long> next) {
        this.next = next;
    }

    /** Nothing is known yet. */
    static Positions none() {
        return new Positions(new TreeMap<>());
    }

    /** What {@code text} says. */
    static Positions parse(String text) throws BadRequest {
        if (!text.matches(FORM)) {
            throw new BadRequest("Last-Event-ID is not of the form PARTITION:OFFSET,PARTITION:OFFSET");
        }
        Map<Integer, Long> offsets = new TreeMap<>();
        for (String each : text.split(",", -1)) {
            int colon = each.indexOf(':');
            offsets.put(Integer.parseInt(each.substring(0, colon)), Long.parseLong(each.substring(colon + 1)));
        }
        return new Positions(offsets);
    }

    /** Null if nothing is known of the partition. */
    @Nullable
    Long get(int partition) {
        return next.get(partition);
    }

    /** The stream begins at {@code offset}. */
    void at(int partition, long offset) {
        next.put(partition, offset);
    }

    /** The record at {@code offset} has been sent; gives the whole as text. */
    String passed(int partition, long offset) {
        next.put(partition, offset + 1);
        return next.entrySet().stream()
                .map(each -> each.getKey() + ":" + each.getValue())
                .collect(Collectors.joining(","));
    }
}

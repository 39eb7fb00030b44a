package dwal.gateway.http;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The parameters behind the question mark, decoded. Immutable. */
record Query(Map<String, List<String>> parameters) {
    private static final BigInteger MOST = BigInteger.valueOf(Long.MAX_VALUE);

    /** Refuses parameters other than these, which would be without effect. */
    void only(String... names) throws BadRequest {
        var unknown = new TreeSet<>(parameters.keySet());
        unknown.removeAll(Arrays.asList(names));
        if (!unknown.isEmpty()) {
            throw new BadRequest("There is no parameter " + quoted(unknown.first()) + " here; there are: "
                    + String.join(", ", names));
        }
    }

    /** What was sent once as {@code name}; null if it was not. */
    @Nullable
    String text(String name) throws BadRequest {
        List<String> values = parameters.getOrDefault(name, List.of());
        if (values.size() > 1) {
            throw new BadRequest(name + " is there " + values.size() + " times");
        }
        return values.isEmpty() ? null : values.get(0);
    }

    /** One of {@code choices}, of which the first is meant if none was sent. */
    String oneOf(String name, String... choices) throws BadRequest {
        String value = text(name);
        if (value == null) {
            return choices[0];
        }
        if (!Arrays.asList(choices).contains(value)) {
            throw new BadRequest(name + " is " + quoted(value) + "; it is one of: " + String.join(", ", choices));
        }
        return value;
    }

    /** A whole number from {@code least} to {@code most}; {@code otherwise} if none was sent. */
    long number(String name, long least, long most, long otherwise) throws BadRequest {
        String value = text(name);
        if (value == null) {
            return otherwise;
        }
        BigInteger number = value.matches("-?[0-9]{1,20}") ? new BigInteger(value) : null;
        if (number == null || number.abs().compareTo(MOST) > 0) {
            throw new BadRequest(name + " is " + quoted(value) + ", which is no whole number of 64 bits");
        }
        if (number.longValueExact() < least || number.longValueExact() > most) {
            throw new BadRequest(name + " is " + value + "; it is a number from " + least + " to " + most);
        }
        return number.longValueExact();
    }

    /** Whether it was sent. */
    boolean has(String name) {
        return parameters.containsKey(name);
    }

    private static String quoted(String text) {
        return '"' + (text.length() > 50 ? text.substring(0, 50) + "..." : text) + '"';
    }
}

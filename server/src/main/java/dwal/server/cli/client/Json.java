package dwal.server.cli.client;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Reads and writes JSON: maps, collections, optionals, numbers, booleans and nulls as such, all else as strings. No state. */
final class Json {
    static final JsonFactory FACTORY = new JsonFactory();

    private Json() {}

    /** {@code value} on one line. */
    static String text(@Nullable Object value) {
        var text = new StringWriter();
        try (JsonGenerator into = FACTORY.createGenerator(text)) {
            write(into, value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    static void write(JsonGenerator into, @Nullable Object value) throws IOException {
        if (value == null) {
            into.writeNull();
        } else if (value instanceof Map<?, ?> fields) {
            into.writeStartObject();
            for (Map.Entry<?, ?> field : fields.entrySet()) {
                into.writeFieldName(String.valueOf(field.getKey()));
                write(into, field.getValue());
            }
            into.writeEndObject();
        } else if (value instanceof Iterable<?> elements) {
            into.writeStartArray();
            for (Object element : elements) {
                write(into, element);
            }
            into.writeEndArray();
        } else if (value instanceof Optional<?> optional) {
            write(into, optional.orElse(null));
        } else if (value instanceof OptionalInt optional) {
            write(into, optional.isPresent() ? (Object) optional.getAsInt() : null);
        } else if (value instanceof OptionalLong optional) {
            write(into, optional.isPresent() ? (Object) optional.getAsLong() : null);
        } else if (value instanceof Boolean truth) {
            into.writeBoolean(truth);
        } else if (value instanceof Number number) {
            write(into, number);
        } else {
            into.writeString(value.toString());
        }
    }

    /** What {@code text} says, as maps, lists, strings, numbers, booleans and nulls. */
    static @Nullable Object parse(String text) throws IOException {
        try (JsonParser in = FACTORY.createParser(text)) {
            in.nextToken();
            return value(in);
        }
    }

    private static @Nullable Object value(JsonParser in) throws IOException {
        switch (in.currentToken()) {
            case START_OBJECT -> {
                Map<String, @Nullable Object> fields = new LinkedHashMap<>();
                for (String name = in.nextFieldName(); name != null; name = in.nextFieldName()) {
                    in.nextToken();
                    fields.put(name, value(in));
                }
                return fields;
            }
            case START_ARRAY -> {
                List<@Nullable Object> elements = new ArrayList<>();
                while (in.nextToken() != JsonToken.END_ARRAY) {
                    elements.add(value(in));
                }
                return elements;
            }
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
                return in.getNumberValue();
            }
            case VALUE_TRUE, VALUE_FALSE -> {
                return in.getBooleanValue();
            }
            case VALUE_NULL -> {
                return null;
            }
            default -> {
                return in.getText();
            }
        }
    }

    private static void write(JsonGenerator into, Number number) throws IOException {
        if (number instanceof BigDecimal exact) {
            into.writeNumber(exact);
        } else if (number instanceof BigInteger exact) {
            into.writeNumber(exact);
        } else if (number instanceof Double || number instanceof Float) {
            into.writeNumber(number.doubleValue());
        } else {
            into.writeNumber(number.longValue());
        }
    }
}

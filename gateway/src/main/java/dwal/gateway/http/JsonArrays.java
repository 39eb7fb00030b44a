package dwal.gateway.http;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.Collection;

/** Arrays as fields of a JSON object. */
final class JsonArrays {
    private JsonArrays() {}

    /** Writes what stands in the object of one element. */
    interface Element<T> {
        void write(JsonGenerator json, T element) throws IOException;
    }

    /** An object for each of {@code all}. */
    static <T> void objects(JsonGenerator json, String name, Collection<T> all, Element<? super T> fields)
            throws IOException {
        json.writeArrayFieldStart(name);
        for (T each : all) {
            json.writeStartObject();
            fields.write(json, each);
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    static void strings(JsonGenerator json, String name, Collection<String> all) throws IOException {
        json.writeArrayFieldStart(name);
        for (String each : all) {
            json.writeString(each);
        }
        json.writeEndArray();
    }

    static void numbers(JsonGenerator json, String name, Collection<Integer> all) throws IOException {
        json.writeArrayFieldStart(name);
        for (int each : all) {
            json.writeNumber(each);
        }
        json.writeEndArray();
    }
}

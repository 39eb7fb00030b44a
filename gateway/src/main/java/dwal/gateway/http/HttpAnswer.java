package dwal.gateway.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An answer: whole, or one whose body goes on.
 *
 * @param body the whole of it; empty where there is a stream
 * @param headers other than those that every answer has
 * @param stream gives the body; null for a whole answer
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares answers
record HttpAnswer(
        int status,
        String contentType,
        byte[] body,
        Map<String, String> headers,
        @Nullable BodyStream stream) {
    static final JsonFactory JSON = new JsonFactory();
    private static final String PROBLEM = "application/problem+json";
    private static final byte[] NOTHING = {};
    private static final int MOST_DETAIL = 1_000;

    /** Writes the fields of one object. */
    @FunctionalInterface
    interface Fields {
        void write(JsonGenerator json) throws IOException;
    }

    /** 200 with these bytes. */
    static HttpAnswer of(String contentType, byte[] body) {
        return new HttpAnswer(200, contentType, body, Map.of(), null);
    }

    /** 200 with what {@code stream} gives. */
    static HttpAnswer streamed(String contentType, BodyStream stream) {
        return new HttpAnswer(200, contentType, NOTHING, Map.of("cache-control", "no-store"), stream);
    }

    /** 302, to a place relative to that of the request. */
    static HttpAnswer redirect(String location) {
        return new HttpAnswer(302, "", NOTHING, Map.of("location", location), null);
    }

    /** 204. */
    static HttpAnswer nothing() {
        return new HttpAnswer(204, "", NOTHING, Map.of(), null);
    }

    /** 200 with an object. */
    static HttpAnswer json(Fields fields) {
        return json(200, fields);
    }

    /** An object. */
    static HttpAnswer json(int status, Fields fields) {
        return new HttpAnswer(status, "application/json", object(fields), Map.of(), null);
    }

    /** A problem (RFC 9457): what kind it is, and what to do about this one. */
    static HttpAnswer problem(int status, String title, String detail) {
        return problem(status, title, detail, json -> {});
    }

    /** The same, with Kafka's name of the error. */
    static HttpAnswer problem(int status, String title, String detail, String error) {
        return problem(status, title, detail, json -> json.writeStringField("error", error));
    }

    /** The same, with {@code more} fields. */
    static HttpAnswer problem(int status, String title, String detail, Fields more) {
        return new HttpAnswer(status, PROBLEM, problemObject(status, title, detail, more), Map.of(), null);
    }

    /** 405. */
    static HttpAnswer notAllowed(String method, String allow) {
        String detail = "There is no " + method + " here, only " + allow;
        return problem(405, "Method not allowed", detail).with("allow", allow);
    }

    /** 304: this is what the client has already. */
    HttpAnswer notModified() {
        return new HttpAnswer(304, "", NOTHING, headers, null);
    }

    /** The same with one header more. */
    HttpAnswer with(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(name, value);
        return new HttpAnswer(status, contentType, body, more, stream);
    }

    private static byte[] problemObject(int status, String title, String detail, Fields more) {
        return object(json -> {
            json.writeStringField("title", title);
            json.writeNumberField("status", status);
            json.writeStringField("detail", told(detail));
            more.write(json);
        });
    }

    /** Clients' own words may be in it: at any length, and with half a character. */
    private static String told(String detail) {
        String text = detail.length() > MOST_DETAIL ? detail.substring(0, MOST_DETAIL) + "..." : detail;
        return new String(text.getBytes(UTF_8), UTF_8);
    }

    private static byte[] object(Fields fields) {
        var bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            fields.write(json);
            json.writeEndObject();
            json.writeRaw('\n');
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}

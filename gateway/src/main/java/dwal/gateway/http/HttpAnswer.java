package dwal.gateway.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * An answer, whole.
 *
 * @param allow methods for the header Allow; empty for none
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares answers
record HttpAnswer(int status, String contentType, byte[] body, String allow) {
    static final JsonFactory JSON = new JsonFactory();
    private static final String PROBLEM = "application/problem+json";

    /** Writes the fields of one object. */
    @FunctionalInterface
    interface Fields {
        void write(JsonGenerator json) throws IOException;
    }

    /** 200 with an object. */
    static HttpAnswer json(Fields fields) {
        return json(200, "application/json", fields, "");
    }

    /** A problem (RFC 9457): what kind it is, and what to do about this one. */
    static HttpAnswer problem(int status, String title, String detail) {
        return json(status, PROBLEM, json -> write(json, status, title, detail), "");
    }

    /** The same, with Kafka's name of the error. */
    static HttpAnswer problem(int status, String title, String detail, String error) {
        return json(
                status,
                PROBLEM,
                json -> {
                    write(json, status, title, detail);
                    json.writeStringField("error", error);
                },
                "");
    }

    /** 405. */
    static HttpAnswer notAllowed(String method, String allow) {
        String detail = "There is no " + method + " here, only " + allow;
        return json(405, PROBLEM, json -> write(json, 405, "Method not allowed", detail), allow);
    }

    private static void write(JsonGenerator json, int status, String title, String detail) throws IOException {
        json.writeStringField("title", title);
        json.writeNumberField("status", status);
        json.writeStringField("detail", detail);
    }

    private static HttpAnswer json(int status, String contentType, Fields fields, String allow) {
        var bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            fields.write(json);
            json.writeEndObject();
            json.writeRaw('\n');
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new HttpAnswer(status, contentType, bytes.toByteArray(), allow);
    }
}

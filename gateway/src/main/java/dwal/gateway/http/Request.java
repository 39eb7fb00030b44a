package dwal.gateway.http;

import dwal.gateway.log.Caller;
import dwal.protocol.RequestTimes;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A request that a client has sent, whole.
 *
 * @param path what stands in the place of each name in the route's pattern, decoded
 * @param body good only until the handler returns
 * @param course where it is noted how it goes
 * @param over whether nobody waits for the answer any more; any thread may ask
 */
record Request(
        String method,
        Map<String, String> path,
        Query query,
        HttpHeaders headers,
        ByteBuf body,
        Course course,
        BooleanSupplier over) {

    /** What stands in the place of {@code name} in the route's pattern. */
    String path(String name) {
        String value = path.get(name);
        if (value == null) {
            throw new AssertionError("there is no {" + name + "} in the pattern of this route");
        }
        return value;
    }

    /** What {@code reader} makes of the body, which is one JSON value; with that the request is decoded. */
    <T> T json(JsonIn.Reader<T> reader) throws BadRequest {
        T read = JsonIn.read(body, reader);
        course.decoded();
        return read;
    }

    /** Where it is noted how it goes in the log. */
    RequestTimes times() {
        return course.times();
    }

    /** In whose name it is done. */
    Caller caller() {
        return course.caller();
    }

    /** The value of a header; null if it was not sent. */
    @Nullable
    String header(String name) {
        return headers.get(name);
    }
}

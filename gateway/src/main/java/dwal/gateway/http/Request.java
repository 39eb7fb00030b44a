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
 * @param times where it is noted how it goes
 * @param over whether nobody waits for the answer any more; any thread may ask
 * @param caller in whose name it is done
 */
record Request(
        String method,
        Map<String, String> path,
        Query query,
        HttpHeaders headers,
        ByteBuf body,
        RequestTimes times,
        BooleanSupplier over,
        Caller caller) {

    /** What stands in the place of {@code name} in the route's pattern. */
    String path(String name) {
        String value = path.get(name);
        if (value == null) {
            throw new AssertionError("there is no {" + name + "} in the pattern of this route");
        }
        return value;
    }

    /** The value of a header; null if it was not sent. */
    @Nullable
    String header(String name) {
        return headers.get(name);
    }
}

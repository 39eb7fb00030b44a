package dwal.gateway.http;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Which path leads to whom. No state. */
final class Routes {
    private static final int MOST_PARAMETERS = 16;

    private final RecordResource records;
    private final HealthResource health;

    Routes(RecordResource records, HealthResource health) {
        this.records = records;
        this.health = health;
    }

    /**
     * Answers one request; completes in any thread, and does not fail.
     *
     * @param body good only within the call
     */
    CompletableFuture<HttpAnswer> answer(HttpMethod method, String uri, ByteBuf body) {
        String path;
        Map<String, List<String>> query;
        try {
            var parsed = new QueryStringDecoder(uri, StandardCharsets.UTF_8, true, MOST_PARAMETERS);
            path = parsed.path();
            query = parsed.parameters();
        } catch (IllegalArgumentException e) {
            return done(HttpAnswer.problem(400, "Bad request", "The address does not parse: " + e.getMessage()));
        }
        return switch (path) {
            case "/" -> records(method, query, body);
            case "/health/live" -> done(onlyGet(method, health.live()));
            case "/health/ready" -> done(onlyGet(method, health.ready()));
            default -> done(HttpAnswer.problem(404, "Not found", "There is nothing at this path"));
        };
    }

    private CompletableFuture<HttpAnswer> records(HttpMethod method, Map<String, List<String>> query, ByteBuf body) {
        if (method.equals(HttpMethod.POST)) {
            return records.append(body);
        }
        if (method.equals(HttpMethod.GET)) {
            return records.read(query, body);
        }
        return done(HttpAnswer.notAllowed(method.name(), "GET, POST"));
    }

    private static HttpAnswer onlyGet(HttpMethod method, HttpAnswer answer) {
        return method.equals(HttpMethod.GET) ? answer : HttpAnswer.notAllowed(method.name(), "GET");
    }

    private static CompletableFuture<HttpAnswer> done(HttpAnswer answer) {
        return CompletableFuture.completedFuture(answer);
    }
}

package dwal.gateway.http;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Which path leads to whom. A pattern's segment is text, or a name in braces for one segment of any text, or, as the last,
 * <code>{name...}</code> for all that follows. Where two patterns match, the one that was added first has it. HEAD is answered
 * where GET is. Filled by one thread, then read by any.
 */
final class Router {
    private static final int MOST_PARAMETERS = 32;

    /** Answers a request; what it gives completes in any thread. */
    @FunctionalInterface
    interface Handler {
        CompletableFuture<HttpAnswer> answer(Request request) throws BadRequest;
    }

    /** Answers a request at once. */
    @FunctionalInterface
    interface QuickHandler {
        HttpAnswer answer(Request request) throws BadRequest;
    }

    /** Those who have something to say at some paths. */
    @FunctionalInterface
    interface Resource {
        /** Adds the routes that lead to it. */
        void addTo(Router router);
    }

    /** A path with its methods. */
    private record Route(String pattern, List<String> segments, Map<String, Handler> handlers) {

        /** What stands in the place of each name; null if the path is another one. */
        @Nullable
        Map<String, String> match(String[] path) {
            Map<String, String> found = new HashMap<>();
            for (int i = 0; i < segments.size(); i++) {
                String segment = segments.get(i);
                if (segment.endsWith("...}") && i < path.length) {
                    String rest = String.join("/", Arrays.asList(path).subList(i, path.length));
                    found.put(segment.substring(1, segment.length() - 4), rest);
                    return found;
                }
                if (i >= path.length) {
                    return null;
                }
                if (segment.startsWith("{")) {
                    if (path[i].isEmpty()) {
                        return null;
                    }
                    found.put(segment.substring(1, segment.length() - 1), path[i]);
                } else if (!segment.equals(path[i])) {
                    return null;
                }
            }
            return segments.size() == path.length ? found : null;
        }

        String allow() {
            var methods = new TreeSet<>(handlers.keySet());
            if (methods.contains("GET")) {
                methods.add("HEAD");
            }
            return String.join(", ", methods);
        }
    }

    private final List<Route> routes = new ArrayList<>();

    /** Has {@code handler} answer {@code method} at paths of this {@code pattern}. */
    Router on(String method, String pattern, Handler handler) {
        Route route = routes.stream()
                .filter(one -> one.pattern.equals(pattern))
                .findFirst()
                .orElseGet(() -> add(pattern));
        if (route.handlers.put(method, handler) != null) {
            throw new IllegalArgumentException(method + " " + pattern + " has a handler already");
        }
        return this;
    }

    private Route add(String pattern) {
        var route = new Route(pattern, List.of(pattern.split("/", -1)), new HashMap<>());
        routes.add(route);
        return route;
    }

    /** The same, answered at once. */
    Router onGet(String pattern, QuickHandler handler) {
        return on("GET", pattern, request -> done(handler.answer(request)));
    }

    /** Adds the routes of {@code other}, with what {@code change} makes of their handlers. */
    void addAll(Router other, UnaryOperator<Handler> change) {
        other.routes.forEach(
                route -> route.handlers.forEach((method, handler) -> on(method, route.pattern, change.apply(handler))));
    }

    /** All routes, as METHOD PATTERN. */
    List<String> routes() {
        return routes.stream()
                .flatMap(route -> route.handlers.keySet().stream().map(method -> method + " " + route.pattern))
                .sorted()
                .toList();
    }

    /**
     * Answers one request; completes in any thread, and does not fail but for defects.
     *
     * @param body good only within the call
     * @param course is told what is asked, and when that was known
     * @param over whether nobody waits for the answer any more
     */
    CompletableFuture<HttpAnswer> answer(
            HttpMethod method, String uri, HttpHeaders headers, ByteBuf body, Course course, BooleanSupplier over) {
        try {
            var parsed = new QueryStringDecoder(uri, StandardCharsets.UTF_8, true, MOST_PARAMETERS + 1);
            String[] path = decoded(parsed.rawPath());
            var query = new Query(parsed.parameters());
            if (query.parameters().values().stream().mapToInt(List::size).sum() > MOST_PARAMETERS) {
                throw new BadRequest("There are more than " + MOST_PARAMETERS + " parameters");
            }
            for (Route route : routes) {
                Map<String, String> names = route.match(path);
                if (names != null) {
                    return answer(route, course, new Request(method.name(), names, query, headers, body, course, over));
                }
            }
            return done(HttpAnswer.problem(404, "Not found", "There is nothing at this path"));
        } catch (IllegalArgumentException e) {
            return done(HttpAnswer.problem(400, "Bad request", "The address does not parse: " + e.getMessage()));
        } catch (BadRequest e) {
            return done(e.answer());
        }
    }

    /** Segment by segment, so that a slash may be part of one. */
    private static String[] decoded(String rawPath) {
        String[] segments = rawPath.split("/", -1);
        for (int i = 0; i < segments.length; i++) {
            // In a path a plus is a plus.
            segments[i] = QueryStringDecoder.decodeComponent(segments[i].replace("+", "%2B"), StandardCharsets.UTF_8);
        }
        return segments;
    }

    private static CompletableFuture<HttpAnswer> answer(Route route, Course course, Request request) throws BadRequest {
        String method = request.method().equals("HEAD") ? "GET" : request.method();
        Handler handler = route.handlers.get(method);
        if (handler == null) {
            return done(HttpAnswer.notAllowed(request.method(), route.allow()));
        }
        course.asks(method + " " + route.pattern);
        course.decoded();
        return handler.answer(request);
    }

    /** An answer that is there. */
    static CompletableFuture<HttpAnswer> done(HttpAnswer answer) {
        return CompletableFuture.completedFuture(answer);
    }
}

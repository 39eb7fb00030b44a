package dwal.gateway.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The web console: its files, which lie beside the classes under {@code ui/}, and what it may do. A file is read when somebody first
 * asks for it, and kept. Any thread.
 */
final class ConsoleResource implements Router.Resource {
    private static final Pattern FILE = Pattern.compile("(?:[a-z]+/)?[a-z]+\\.(html|js|css|svg)");
    /** Nothing from elsewhere, nothing inline, no markup from strings: what stands in a record cannot become code. */
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
            + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
            + "require-trusted-types-for 'script'; trusted-types 'none'";

    private final boolean write;
    private final Map<String, HttpAnswer> kept = new ConcurrentHashMap<>();

    /** One that offers to produce a record if {@code write}. */
    ConsoleResource(boolean write) {
        this.write = write;
    }

    @Override
    public void addTo(Router router) {
        router.onGet("/ui", request -> HttpAnswer.redirect("ui/"))
                .onGet("/ui/", request -> file("index.html", request))
                .onGet("/ui/settings", request -> settings())
                .onGet("/ui/{file...}", request -> file(request.path("file"), request));
    }

    private HttpAnswer settings() {
        return HttpAnswer.json(json -> json.writeBooleanField("write", write));
    }

    private HttpAnswer file(String name, Request request) {
        Matcher matcher = FILE.matcher(name);
        HttpAnswer whole = matcher.matches() ? kept.computeIfAbsent(name, ConsoleResource::read) : null;
        if (whole == null) {
            return HttpAnswer.problem(404, "Not found", "The console has no such file");
        }
        String known = request.header("if-none-match");
        return known != null && known.contains(whole.headers().get("etag")) ? whole.notModified() : whole;
    }

    private static @Nullable HttpAnswer read(String name) {
        try (InputStream in = ConsoleResource.class.getResourceAsStream("/ui/" + name)) {
            if (in == null) {
                return null;
            }
            byte[] body = in.readAllBytes();
            return HttpAnswer.of(type(name), body)
                    // Asked for again each time, and sent only if it is another: after an upgrade no old part is used.
                    .with("cache-control", "no-cache")
                    .with("etag", etag(body))
                    .with("content-security-policy", POLICY)
                    .with("cross-origin-opener-policy", "same-origin")
                    .with("cross-origin-resource-policy", "same-origin")
                    .with("referrer-policy", "no-referrer");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String type(String name) {
        return switch (name.substring(name.lastIndexOf('.') + 1)) {
            case "html" -> "text/html; charset=utf-8";
            case "js" -> "text/javascript; charset=utf-8";
            case "css" -> "text/css; charset=utf-8";
            default -> "image/svg+xml";
        };
    }

    private static String etag(byte[] body) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(body);
            return '"' + Base64.getUrlEncoder().encodeToString(digest).substring(0, 22) + '"';
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }
}

package dwal.gateway.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** What can be asked here, as an OpenAPI document, which is kept by hand and held against the router by a test. Any thread. */
final class OpenApiResource implements Router.Resource {
    @Override
    public void addTo(Router router) {
        router.onGet("/openapi.json", request -> document());
    }

    private static HttpAnswer document() {
        try (InputStream in = OpenApiResource.class.getResourceAsStream("openapi.json")) {
            if (in == null) {
                throw new AssertionError("openapi.json is not in the jar");
            }
            return HttpAnswer.of("application/json", in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

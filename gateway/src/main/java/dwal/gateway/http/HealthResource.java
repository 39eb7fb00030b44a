package dwal.gateway.http;

import java.util.List;
import java.util.function.Supplier;

/** Whether the process lives, and whether the node serves clients: for those who restart it, or send clients to it. */
final class HealthResource implements Router.Resource {
    private final Supplier<List<String>> waitsFor;

    /** @param waitsFor why the node is not ready, in sentences; empty if it is */
    HealthResource(Supplier<List<String>> waitsFor) {
        this.waitsFor = waitsFor;
    }

    @Override
    public void addTo(Router router) {
        router.onGet("/health/live", request -> live()).onGet("/health/ready", request -> ready());
    }

    private static HttpAnswer live() {
        return HttpAnswer.json(json -> json.writeStringField("status", "live"));
    }

    private HttpAnswer ready() {
        List<String> reasons = waitsFor.get();
        if (reasons.isEmpty()) {
            return HttpAnswer.json(json -> json.writeStringField("status", "ready"));
        }
        return HttpAnswer.problem(
                503, "Not ready", String.join(" ", reasons), json -> JsonArrays.strings(json, "waitsFor", reasons));
    }
}

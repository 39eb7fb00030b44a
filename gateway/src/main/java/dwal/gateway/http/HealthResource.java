package dwal.gateway.http;

import java.util.function.BooleanSupplier;

/** Whether the process lives, and whether the node serves clients: for those who restart it, or send clients to it. */
final class HealthResource implements Router.Resource {
    private final BooleanSupplier ready;

    HealthResource(BooleanSupplier ready) {
        this.ready = ready;
    }

    @Override
    public void addTo(Router router) {
        router.onGet("/health/live", request -> live()).onGet("/health/ready", request -> ready());
    }

    private static HttpAnswer live() {
        return HttpAnswer.json(json -> json.writeStringField("status", "live"));
    }

    private HttpAnswer ready() {
        return ready.getAsBoolean()
                ? HttpAnswer.json(json -> json.writeStringField("status", "ready"))
                : HttpAnswer.problem(
                        503, "Not ready", "The node is starting or stopping: clients cannot be served now");
    }
}

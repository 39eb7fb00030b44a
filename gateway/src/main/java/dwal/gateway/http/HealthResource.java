package dwal.gateway.http;

import java.util.function.BooleanSupplier;

/** Whether the process lives, and whether the node serves clients: for those who restart it, or send clients to it. */
final class HealthResource {
    private final BooleanSupplier ready;

    HealthResource(BooleanSupplier ready) {
        this.ready = ready;
    }

    HttpAnswer live() {
        return HttpAnswer.json(json -> json.writeStringField("status", "live"));
    }

    HttpAnswer ready() {
        return ready.getAsBoolean()
                ? HttpAnswer.json(json -> json.writeStringField("status", "ready"))
                : HttpAnswer.problem(
                        503, "Not ready", "The node is starting or stopping: clients cannot be served now");
    }
}

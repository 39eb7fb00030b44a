package dwal.gateway.http;

import com.fasterxml.jackson.core.JsonGenerator;
import dwal.server.network.GhostClient;
import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;

/** Clients that ask again and again where to go, and never come there. Any thread. */
final class GhostResource implements Router.Resource {
    private final int nodeId;
    private final Supplier<List<GhostClient>> ghosts;

    /** @param nodeId who answers */
    GhostResource(int nodeId, Supplier<List<GhostClient>> ghosts) {
        this.nodeId = nodeId;
        this.ghosts = ghosts;
    }

    @Override
    public void addTo(Router router) {
        router.onGet("/debug/ghosts", request -> {
            request.query().only();
            List<GhostClient> all = ghosts.get();
            return HttpAnswer.json(json -> {
                json.writeNumberField("nodeId", nodeId);
                JsonArrays.objects(json, "ghosts", all, GhostResource::write);
            });
        });
    }

    private static void write(JsonGenerator json, GhostClient one) throws IOException {
        json.writeStringField("clientId", one.clientId());
        json.writeStringField("clientAddress", one.clientAddress());
        json.writeStringField("listener", one.listener());
        JsonArrays.strings(json, "topics", one.topics());
        JsonArrays.strings(json, "sentTo", one.sentTo());
        json.writeNumberField("asked", one.asked());
        json.writeNumberField("firstTime", one.firstMs());
        json.writeNumberField("lastTime", one.lastMs());
    }
}

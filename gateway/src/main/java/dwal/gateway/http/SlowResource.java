package dwal.gateway.http;

import com.fasterxml.jackson.core.JsonGenerator;
import dwal.server.network.SlowRequest;
import dwal.server.network.SlowRequests;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The slowest requests of late, and why they were slow: as JSON, or for people. */
final class SlowResource implements Router.Resource {
    private final SlowRequests slow;

    SlowResource(SlowRequests slow) {
        this.slow = slow;
    }

    @Override
    public void addTo(Router router) {
        router.onGet("/debug/slow", request -> {
            request.query().only("format", "limit");
            int limit = (int) request.query().number("limit", 1, SlowRequests.MOST, SlowRequests.MOST);
            List<SlowRequest> slowest = slow.slowest(limit);
            return request.query().oneOf("format", "json", "text").equals("text") ? text(slowest) : json(slowest);
        });
    }

    private static HttpAnswer json(List<SlowRequest> slowest) {
        return HttpAnswer.json(json -> JsonArrays.objects(json, "requests", slowest, SlowResource::write));
    }

    private static void write(JsonGenerator json, SlowRequest one) throws IOException {
        json.writeNumberField("time", one.timeMs());
        json.writeStringField("api", one.api());
        json.writeNumberField("version", one.version());
        json.writeStringField("clientId", one.clientId());
        json.writeStringField("clientAddress", one.clientAddress());
        if (one.topic() != null) {
            json.writeStringField("topic", one.topic());
            json.writeNumberField("partition", one.partition());
        }
        json.writeNumberField("bytes", one.bytes());
        json.writeNumberField("totalMs", one.totalMs());
        JsonArrays.objects(json, "stages", one.stages(), SlowResource::write);
        JsonArrays.numbers(json, "waitedFor", one.waitedFor());
        json.writeStringField("cause", one.cause());
    }

    private static void write(JsonGenerator json, SlowRequest.Stage stage) throws IOException {
        json.writeStringField("name", stage.name());
        json.writeNumberField("ms", stage.ms());
    }

    private static HttpAnswer text(List<SlowRequest> slowest) {
        String text = slowest.isEmpty()
                ? "No request was slow in the last ten minutes.\n"
                : slowest.stream().map(SlowResource::lines).collect(Collectors.joining("\n"));
        return HttpAnswer.of("text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
    }

    private static String lines(SlowRequest one) {
        String where = one.topic() == null ? "" : " to " + one.topic() + "-" + one.partition();
        String stages = one.stages().stream()
                .map(stage -> String.format(Locale.ROOT, "%s %.1f", stage.name(), stage.ms()))
                .collect(Collectors.joining(", "));
        return String.format(
                Locale.ROOT,
                "%10.1f ms  %s%s, %d bytes, %s %s, %s%n               %s%n               %s%n",
                one.totalMs(),
                one.api(),
                where,
                one.bytes(),
                one.clientId().isEmpty() ? "from" : "client \"" + printable(one.clientId()) + "\" at",
                one.clientAddress(),
                Instant.ofEpochMilli(one.timeMs()),
                one.cause(),
                stages);
    }

    /** Whoever reads it on a terminal must not be at the mercy of who chose the name. */
    private static String printable(String clientId) {
        return clientId.replaceAll("\\p{Cntrl}", "?");
    }
}

package dwal.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import dwal.gateway.OpenNode;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The document and the implementation say the same: which routes there are, what they take, and what they answer. */
class OpenApiTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final JsonSchemaFactory SCHEMAS = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012);

    @TempDir
    static Path data;

    private static OpenNode node;
    private static JsonNode document;

    private final Set<String> answered = new TreeSet<>();

    @BeforeAll
    static void start() throws Exception {
        node = OpenNode.alone(data, Map.of());
        document = JSON.readTree(node.http("GET", "/openapi.json", "").body());
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private static List<String> documented() {
        List<String> routes = new ArrayList<>();
        document.get("paths")
                .properties()
                .forEach(path -> path.getValue()
                        .fieldNames()
                        .forEachRemaining(method -> routes.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey())));
        return routes;
    }

    @Test
    void documentAndRouterHaveTheSameRoutes() {
        assertThat(documented())
                .containsExactlyInAnyOrderElementsOf(node.httpRoutes().stream()
                        .map(route -> route.replace("...}", "}"))
                        .toList());
    }

    @Test
    void namesInPathsAreParametersAndReferencesLeadSomewhere() {
        document.get("paths")
                .properties()
                .forEach(path -> path.getValue().forEach(operation -> {
                    Set<String> declared = new TreeSet<>();
                    operation.path("parameters").forEach(parameter -> {
                        if (parameter.get("in").asText().equals("path")) {
                            declared.add("{" + parameter.get("name").asText() + "}");
                        }
                    });
                    Set<String> named = new TreeSet<>(List.of(path.getKey().split("/")));
                    named.removeIf(segment -> !segment.startsWith("{"));
                    assertThat(declared).as(path.getKey()).isEqualTo(named);
                }));
        document.findValues("$ref")
                .forEach(reference -> assertThat(
                                document.at(reference.asText().substring(1)).isMissingNode())
                        .as(reference.asText())
                        .isFalse());
    }

    @Test
    void whatIsAskedAndAnsweredIsAsDocumented() throws Exception {
        exchange(
                "POST",
                "/topics",
                "/topics",
                201,
                "{\"name\": \"orders\", \"partitions\": 2, \"configs\": {\"retention.ms\": \"60000\"}}");
        exchange("POST", "/topics", "/topics", 409, "{\"name\": \"orders\"}");
        exchange("GET", "/topics", "/topics", 200, "");
        exchange("GET", "/topics/{topic}", "/topics/orders", 200, "");
        exchange("GET", "/topics/{topic}", "/topics/none", 404, "");
        exchange("GET", "/topics/{topic}/configs", "/topics/orders/configs", 200, "");
        exchange(
                "PATCH",
                "/topics/{topic}/configs",
                "/topics/orders/configs",
                200,
                "{\"configs\": {\"retention.ms\": null, \"segment.bytes\": \"2000000\"}}");
        exchangeRecords();
        consume();
        exchange("GET", "/groups", "/groups", 200, "");
        exchange("GET", "/groups/{group}", "/groups/readers", 200, "");
        exchange("GET", "/groups/{group}", "/groups/nobody", 404, "");
        exchange("GET", "/cluster", "/cluster", 200, "");
        exchange("GET", "/brokers/{broker}/configs", "/brokers/1/configs", 200, "");
        exchange("POST", "/", "/", 200, "{\"record\": {\"value\": \"BLA1234567FOOBAR\"}}");
        exchange("GET", "/", "/?offset=0", 200, "");
        exchange("GET", "/health/live", "/health/live", 200, "");
        exchange("GET", "/health/ready", "/health/ready", 200, "");
        exchange("GET", "/openapi.json", "/openapi.json", 200, "");
        exchange("GET", "/metrics", "/metrics", 200, "");
        exchange("GET", "/debug/slow", "/debug/slow", 200, "");
        exchange("GET", "/debug/ghosts", "/debug/ghosts", 200, "");
        exchange("GET", "/ui", "/ui", 302, "");
        exchange("GET", "/ui/", "/ui/", 200, "");
        exchange("GET", "/ui/settings", "/ui/settings", 200, "");
        exchange("GET", "/ui/{file}", "/ui/app.js", 200, "");
        exchange("DELETE", "/topics/{topic}", "/topics/orders", 204, "");

        Set<String> unasked = new TreeSet<>(documented());
        unasked.removeAll(answered);
        // Streams have a test of their own; they do not end.
        unasked.remove("GET /topics/{topic}/partitions/{partition}/stream");
        unasked.remove("GET /topics/{topic}/stream");
        assertThat(unasked).isEmpty();
    }

    private void exchangeRecords() throws JsonProcessingException {
        String append = "/topics/{topic}/records";
        String one =
                "{\"key\": {\"string\": \"k\"}, \"value\": {\"json\": {\"a\": [1]}}, \"headers\": [{\"name\": \"h\", \"value\": null}]}";
        exchange("POST", append, "/topics/orders/records", 200, one);
        exchange("POST", append, "/topics/orders/records", 200, "{\"records\": [" + one + ", {\"partition\": 1}]}");
        exchange("POST", append, "/topics/orders/records?acks=0", 202, one);
        exchange("POST", append, "/topics/orders/records", 404, "{\"partition\": 9}");
        String read = "/topics/{topic}/partitions/{partition}/records";
        exchange("GET", read, "/topics/orders/partitions/1/records", 200, "");
        exchange("GET", read, "/topics/orders/partitions/1/records?format=json", 200, "");
        exchange("GET", read, "/topics/orders/partitions/1/records?offset=99", 404, "");
    }

    private static void consume() {
        Map<String, Object> settings =
                Map.of("bootstrap.servers", node.kafka(), "group.id", "readers", "auto.offset.reset", "earliest");
        try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of("orders"));
            OpenNode.await(
                    "a record comes",
                    () -> !consumer.poll(Duration.ofMillis(100)).isEmpty());
            consumer.commitSync();
        }
    }

    private void exchange(String method, String pattern, String path, int status, String body)
            throws JsonProcessingException {
        JsonNode operation = document.get("paths").get(pattern).get(method.toLowerCase(Locale.ROOT));
        assertThat(operation).as(method + " " + pattern).isNotNull();
        if (!body.isEmpty()) {
            validate(operation.at("/requestBody/content/application~1json/schema"), body);
        }

        HttpResponse<String> answer = node.http(method, path, body);

        assertThat(answer.statusCode())
                .as(method + " " + path + ": " + answer.body())
                .isEqualTo(status);
        if (status < 400) {
            answered.add(method + " " + pattern);
        }
        JsonNode responses = operation.get("responses");
        JsonNode told = responses.has("" + status) ? responses.get("" + status) : responses.get("default");
        if (!told.has("content")) {
            assertThat(answer.body()).isEmpty();
            return;
        }
        String type = answer.headers().firstValue("content-type").orElseThrow().replaceFirst(";.*", "");
        assertThat(told.get("content").has(type)).as(type).isTrue();
        if (type.endsWith("json")) {
            validate(told.get("content").get(type).get("schema"), answer.body());
        }
    }

    private static void validate(JsonNode schema, String json) throws JsonProcessingException {
        assertThat(schema.isMissingNode()).isFalse();
        ObjectNode whole = JSON.createObjectNode();
        whole.set("schema", schema);
        whole.put("$ref", "#/schema");
        whole.set("components", document.get("components"));
        assertThat(SCHEMAS.getSchema(whole).validate(JSON.readTree(json)))
                .as(json)
                .isEmpty();
    }

    @Test
    void aSchemaRefusesWhatIsNotDocumented() throws Exception {
        JsonNode schema = document.at("/components/schemas/Offsets");
        ObjectNode whole = JSON.createObjectNode();
        whole.set("schema", schema);
        whole.put("$ref", "#/schema");
        whole.set("components", document.get("components"));

        assertThat(SCHEMAS.getSchema(whole)
                        .validate(JSON.readTree("{\"offsets\": [{\"partition\": \"0\", \"more\": 1}]}")))
                .hasSize(2);
    }
}

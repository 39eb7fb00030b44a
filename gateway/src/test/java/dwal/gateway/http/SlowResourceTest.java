package dwal.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.gateway.OpenNode;
import dwal.gateway.grpc.GrpcClient;
import dwal.server.Doors;
import dwal.server.cli.Main;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SlowResourceTest {

    @TempDir
    Path data;

    @Test
    void slowRequestsOverHttpAndGrpcAreToldWithTheirStages() throws Exception {
        try (OpenNode node = OpenNode.alone(data, Map.of());
                var grpc = new GrpcClient(node)) {
            // The first of each is slow: classes are loaded, a topic is made.
            node.http("POST", "/topics/told/records", "{\"value\": {\"string\": \"value\"}}");
            grpc.produce("value");

            String append = "\"api\":\"POST /topics/{topic}/records\",\"version\":0,\"clientId\":\"\","
                    + "\"clientAddress\":\"127.0.0.1\",\"topic\":\"told\",\"partition\":0";
            OpenNode.await("all are told", () -> {
                String told = node.http("GET", "/debug/slow", "").body();
                return told.contains(append) && told.contains("\"api\":\"log.Log/Produce\"");
            });
            String told = node.http("GET", "/debug/slow", "").body();
            String stages = told.substring(told.indexOf(append));
            assertThat(stages.substring(0, stages.indexOf("\"cause\"")))
                    .contains("\"name\":\"create\"", "\"name\":\"append\"", "\"name\":\"sync\"");
        }
    }

    @Test
    void slowRequestsAreToldWithTheirCauses() throws Exception {
        try (OpenNode node = OpenNode.alone(data, Map.of())) {
            try (var producer = new KafkaProducer<>(
                    Map.of("bootstrap.servers", node.kafka(), "client.id", "a \u001b[31m client"),
                    new StringSerializer(),
                    new StringSerializer())) {
                // The first request to a node is slow: classes are loaded, a topic is made.
                producer.send(new ProducerRecord<>("told", "value")).get();
            }
            assertThat(node.http("GET", "/debug/slow", "").body())
                    .startsWith("{\"requests\":[{\"time\":")
                    .contains("\"stages\":[{\"name\":\"", "\"waitedFor\":[]", "\"cause\":\"", "\"totalMs\":");
            assertThat(node.http("GET", "/debug/slow?format=xml", "").statusCode())
                    .isEqualTo(400);

            for (String limit : new String[] {"0", "101", "many"}) {
                assertThat(node.http("GET", "/debug/slow?limit=" + limit, "").statusCode())
                        .isEqualTo(400);
            }
            assertThat(node.http("GET", "/debug/slow?limit=1", "").body().split("\"totalMs\":"))
                    .as("one")
                    .hasSize(2);

            assertThat(explain(node))
                    .contains(" ms  ", "client \"a ?[31m client\" at 127.0.0.1")
                    .doesNotContain("\u001b");
            assertThat(explain(node, "--json", "--limit", "1"))
                    .startsWith("{\"requests\":[")
                    .containsOnlyOnce("\"totalMs\"");
        }
    }

    private static String explain(OpenNode node, String... more) {
        var out = new ByteArrayOutputStream();
        PrintStream before = System.out;
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        try {
            String[] arguments = new String[3 + more.length];
            arguments[0] = "explain";
            arguments[1] = "--http";
            arguments[2] = "127.0.0.1:" + node.httpPort();
            System.arraycopy(more, 0, arguments, 3, more.length);
            Main.execute(arguments, Doors.NONE);
        } finally {
            System.setOut(before);
        }
        return out.toString(StandardCharsets.UTF_8);
    }
}

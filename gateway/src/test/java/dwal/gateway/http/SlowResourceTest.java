package dwal.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.gateway.OpenNode;
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

            assertThat(explain(node))
                    .contains(" ms  ", "client \"a ?[31m client\" at 127.0.0.1")
                    .doesNotContain("\u001b");
            assertThat(explain(node, "--json")).startsWith("{\"requests\":[");
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
            Main.run(arguments, Doors.NONE);
        } finally {
            System.setOut(before);
        }
        return out.toString(StandardCharsets.UTF_8);
    }
}

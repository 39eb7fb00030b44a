package dwal.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dwal.gateway.grpc.GrpcClient;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A log that cannot take records says so at each door, and goes on to be read. */
class UnavailableLogTest {
    private static final String RECORD = "{\"record\": {\"value\": \"AAAA\"}}";

    private static void refuses(OpenNode node, String error) {
        HttpResponse<String> answer = node.http("POST", "/", RECORD);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
        assertThat(answer.headers().firstValue("content-type")).hasValue("application/problem+json");
        assertThat(answer.body()).contains("\"error\":\"" + error + "\"");
        try (var grpc = new GrpcClient(node)) {
            assertThatThrownBy(() -> grpc.produce("refused")).hasMessageContaining("UNAVAILABLE: " + error);
        }
    }

    @Test
    void aFullDisk(@TempDir Path data) throws Exception {
        try (var node = OpenNode.alone(data, Map.of())) {
            assertThat(node.http("POST", "/", RECORD).body()).isEqualTo("{\"offset\":0}\n");
        }
        try (var node = OpenNode.alone(data, Map.of("dwal.disk.reserve", Long.toString(Long.MAX_VALUE)))) {
            refuses(node, "KAFKA_STORAGE_ERROR");
            assertThat(node.http("GET", "/?offset=0", "").body()).contains("AAAA");
            assertThat(node.http("GET", "/?offset=1", "").statusCode()).isEqualTo(404);
        }
    }

    @Test
    void notEnoughReplicas(@TempDir Path directory) throws Exception {
        // What is appended while the dead node still counts waits in vain.
        List<OpenNode> nodes = OpenNode.three(
                directory, Map.of("min.insync.replicas", "3", "dwal.gateway.request.timeout.ms", "2000"));
        try {
            // All know the topic before they are given the short time that a request may take.
            assertThat(nodes.get(1)
                            .http("POST", "/topics", "{\"name\": \"log\"}")
                            .statusCode())
                    .isEqualTo(201);
            for (OpenNode node : nodes) {
                OpenNode.await(
                        "the topic", () -> node.http("GET", "/topics/log", "").statusCode() == 200);
            }
            assertThat(nodes.get(1).http("POST", "/", RECORD).body()).isEqualTo("{\"offset\":0}\n");
            nodes.remove(2).close();
            OpenNode.await(
                    "the dead node is out of sync",
                    () -> nodes.get(0).http("POST", "/", RECORD).body().contains("NOT_ENOUGH_REPLICAS\""));
            for (OpenNode node : nodes) {
                refuses(node, "NOT_ENOUGH_REPLICAS");
                assertThat(node.http("GET", "/?offset=0", "").body()).contains("AAAA");
            }
        } finally {
            nodes.parallelStream().forEach(OpenNode::close);
        }
    }
}

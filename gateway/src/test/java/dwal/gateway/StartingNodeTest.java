package dwal.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dwal.gateway.grpc.GrpcClient;
import dwal.gateway.grpc.v1.NewRecord;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The doors of a node that is open, and has not heard of its cluster yet. */
class StartingNodeTest {
    private static final String NOT_YET = "has not heard of the cluster yet";

    private static void isUnavailable(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
        assertThat(answer.body()).contains("BROKER_NOT_AVAILABLE", NOT_YET);
    }

    private static void isUnavailable(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE))
                .hasMessageContaining(NOT_YET);
    }

    @Test
    @Timeout(60)
    void whatOnlyTheClusterKnowsIsNotAvailableAndTheNodeTellsOfItself(@TempDir Path data) throws Exception {
        try (var node = OpenNode.withoutQuorum(data);
                var grpc = new GrpcClient(node)) {
            for (String path : new String[] {
                "/?offset=0",
                "/topics",
                "/topics/orders",
                "/topics/orders/partitions/0/records?offset=0&wait=1000",
                "/topics/orders/partitions/0/stream",
                "/topics/orders/stream",
                "/groups",
                "/groups/billing",
                "/cluster",
                "/brokers/1/configs"
            }) {
                isUnavailable(node.http("GET", path, ""));
            }
            isUnavailable(node.http("POST", "/", "{\"record\": {\"value\": \"AAAA\"}}"));
            isUnavailable(node.http("POST", "/topics/orders/records", "{\"value\": {\"string\": \"paid\"}}"));
            isUnavailable(node.http("POST", "/topics", "{\"name\": \"orders\"}"));

            isUnavailable(() -> grpc.produce("value"));
            isUnavailable(() -> grpc.consume(0));
            isUnavailable(() -> grpc.streamed(0, 1));
            isUnavailable(() -> grpc.produce("orders", NewRecord.getDefaultInstance()));
            isUnavailable(() -> grpc.consume("orders", 0));

            assertThat(node.http("GET", "/health/live", "").statusCode()).isEqualTo(200);
            assertThat(node.http("GET", "/health/ready", "").body()).contains("The node is starting");
            assertThat(node.http("GET", "/metrics", "").body()).contains("dwal_ready 0");
        }
    }

    @Test
    @Timeout(60)
    void theQuorumOfANodeThatIsStoppedAtOnceIsStoppedToo(@TempDir Path data) throws Exception {
        OpenNode.withoutQuorum(data).close();

        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .doesNotContain("dwal-" + OpenNode.WITHOUT_QUORUM + "-raft-io-thread");
    }
}

package dwal.gateway;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dwal.gateway.grpc.GrpcClient;
import io.grpc.Status;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node is stopped while clients are served. */
class StopTest {

    @Test
    void itIsPromptAndWhatWasAnsweredIsThereAfterwards(@TempDir Path data) throws Exception {
        var node = OpenNode.alone(data, Map.of());
        int port = node.httpPort();
        try (var reader = new GrpcClient(node);
                var writer = new GrpcClient(node);
                var idle = new Socket(InetAddress.getLoopbackAddress(), port);
                var halfSent = new Socket(InetAddress.getLoopbackAddress(), port)) {
            writer.produce("first");
            var reading = reader.streamToTheEnd(0);
            var writing = writer.writeOnAndOn();
            halfSent.getOutputStream().write("POST / HTTP/1.1\r\nhost: localhost\r\n".getBytes(US_ASCII));
            OpenNode.await("records are written and read", () -> writing.seen() > 50 && reading.seen() > 50);

            CompletableFuture.runAsync(node::close).get(20, TimeUnit.SECONDS);

            assertThat(writing.end().get(10, TimeUnit.SECONDS).getCode()).isEqualTo(Status.Code.UNAVAILABLE);
            assertThat(reading.end().get(10, TimeUnit.SECONDS).getCode()).isEqualTo(Status.Code.UNAVAILABLE);
            for (Socket each : new Socket[] {idle, halfSent}) {
                each.setSoTimeout(10_000);
                assertThat(each.getInputStream().readAllBytes()).isEmpty();
            }
            try (var again = OpenNode.alone(data, Map.of());
                    var grpc = new GrpcClient(again)) {
                assertThat(grpc.consume(writing.last()).getOffset()).isEqualTo(writing.last());
            }
        }
    }
}

package dwal.gateway;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dwal.gateway.grpc.GrpcClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Connections on which nothing happens for {@code connections.max.idle.ms}. */
class IdleConnectionsTest {
    private static final String HEALTH = "GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n";

    private static Socket connect(int port) throws IOException {
        var socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(10);
        return socket;
    }

    /** Whether the node has closed, whatever it sent before. */
    private static boolean isClosed(Socket socket) {
        try {
            socket.getInputStream().readAllBytes();
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    private static void ask(Socket socket) {
        try {
            socket.getOutputStream().write(HEALTH.getBytes(US_ASCII));
        } catch (IOException e) {
            throw new AssertionError("closed, though it was used", e);
        }
    }

    @Test
    void theyAreClosedAndThoseInUseAreNot(@TempDir Path data) throws Exception {
        try (var node = OpenNode.alone(
                        data, Map.of("connections.max.idle.ms", "1000", "dwal.gateway.request.timeout.ms", "1500"));
                var silent = connect(node.httpPort());
                var answered = connect(node.httpPort());
                var used = connect(node.httpPort());
                var silentGrpc = connect(node.grpcPort());
                var waiting = new GrpcClient(node);
                var called = new GrpcClient(node)) {
            ask(answered);
            long first = called.produce("first");
            var records = waiting.streamed(first);
            assertThat(records.next().getRecord().getValue().toStringUtf8()).isEqualTo("first");

            for (Socket each : List.of(silent, answered, silentGrpc)) {
                OpenNode.await("an idle connection is closed", () -> {
                    ask(used);
                    return isClosed(each);
                });
            }
            OpenNode.await("the connection of a client that calls no more is closed", called::isDisconnected);

            assertThat(isClosed(used)).isFalse();
            assertThat(called.produce("second")).isEqualTo(first + 1);
            assertThat(records.next().getRecord().getValue().toStringUtf8()).isEqualTo("second");
        }
    }
}

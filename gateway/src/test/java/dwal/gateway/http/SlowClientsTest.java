package dwal.gateway.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dwal.gateway.HeldMemory;
import dwal.gateway.OpenNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that do not take their answers. */
class SlowClientsTest {
    private static final int CLIENTS = 20;
    private static final int REQUESTS = 40;

    @Test
    void answersThatNobodyTakesHoldLittleAndAreGivenUp(@TempDir Path data) throws Exception {
        try (var node = OpenNode.alone(data, Map.of("dwal.gateway.request.timeout.ms", "4000"))) {
            String value = Base64.getEncoder().encodeToString(new byte[900_000]);
            assertThat(node.http("POST", "/", "{\"record\": {\"value\": \"" + value + "\"}}")
                            .statusCode())
                    .isEqualTo(200);
            long before = HeldMemory.bytes();
            List<Socket> slow = new ArrayList<>();
            try {
                for (int i = 0; i < CLIENTS; i++) {
                    var socket = new Socket(InetAddress.getLoopbackAddress(), node.httpPort());
                    slow.add(socket);
                    socket.getOutputStream()
                            .write("GET /?offset=0 HTTP/1.1\r\nhost: localhost\r\n\r\n"
                                    .repeat(REQUESTS)
                                    .getBytes(US_ASCII));
                }
                // Who reads is served beside them, as often as each of them asked.
                for (int i = 0; i < REQUESTS; i++) {
                    assertThat(node.http("GET", "/?offset=0", "").body()).contains(value);
                }

                // All their answers are 960 MB; one answer each is 24.
                assertThat(HeldMemory.bytes() - before).isLessThan(150_000_000);
                for (Socket each : slow) {
                    OpenNode.await("it is given up", () -> isReset(each));
                }
            } finally {
                for (Socket each : slow) {
                    each.close();
                }
            }
        }
    }

    /** Whether the node has closed, told by what it says to one that writes; what was answered is not read. */
    private static boolean isReset(Socket socket) {
        try {
            socket.getOutputStream().write('\n');
            return false;
        } catch (IOException e) {
            return true;
        }
    }
}

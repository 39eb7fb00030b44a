package dwal.server.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dwal.environment.Clock;
import dwal.protocol.ApiTable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.junit.jupiter.api.Test;

class BindFailureTest {

    @Test
    void aHostThatNobodyKnowsIsSaidToBeUnknown() {
        assertThat(failureAt("nohost.invalid", 21192))
                .hasMessageStartingWith("Listener PLAINTEXT cannot be bound to nohost.invalid:21192: ")
                .hasMessageContaining("nobody knows a host of that name")
                .hasMessageNotContaining("null")
                .hasMessageNotContaining("another server")
                .hasCauseInstanceOf(IOException.class);
    }

    @Test
    void anAddressOfAnotherMachineIsSaidToBeNone() {
        assertThat(failureAt("192.0.2.1", 21192))
                .hasMessageContaining("192.0.2.1 is no address of this machine")
                .hasMessageContaining("advertised.listeners")
                .hasMessageNotContaining("another server");
    }

    @Test
    void aPortThatIsTakenIsSaidToBeTaken() throws IOException {
        try (var other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThat(failureAt("127.0.0.1", other.getLocalPort()))
                    .hasMessageContaining("ddress already in use")
                    .hasMessageEndingWith("Is another server running there?");
        }
    }

    private static BindFailure failureAt(String host, int port) {
        var endpoint = new Endpoint("PLAINTEXT", SecurityProtocol.PLAINTEXT, host, port);
        try (var listeners = new KafkaListeners(
                List.of(endpoint), ApiTable.builder().build(), TestSettings.defaults(), Clock.system())) {
            return catchThrowableOfType(BindFailure.class, listeners::bind);
        }
    }
}

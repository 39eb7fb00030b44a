package dwal.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ListenerPortsTest {

    @Test
    void withoutListenersThePortIsThatOfTheDefaultListener() {
        assertThat(withPort(Map.of(), 19092)).containsExactly(Map.entry("listeners", "PLAINTEXT://127.0.0.1:19092"));
    }

    @Test
    void theFirstListenerForClientsGetsThePort() {
        Map<String, String> properties = withPort(
                Map.of(
                        "listeners", "CONTROLLER://:9093, INSIDE://0.0.0.0:9092,OUTSIDE://:9094",
                        "advertised.listeners", "OUTSIDE://example.org:443,inside://node1:9092",
                        "controller.listener.names", "CONTROLLER"),
                7);

        assertThat(properties)
                .containsEntry("listeners", "CONTROLLER://:9093,INSIDE://0.0.0.0:7,OUTSIDE://:9094")
                .containsEntry("advertised.listeners", "OUTSIDE://example.org:443,inside://node1:7");
    }

    @Test
    void addressesOfVersionSixKeepTheirColons() {
        assertThat(withPort(Map.of("listeners", "PLAINTEXT://[::1]:9092"), 7))
                .containsEntry("listeners", "PLAINTEXT://[::1]:7");
    }

    private static Map<String, String> withPort(Map<String, String> properties, int port) {
        Map<String, String> result = new HashMap<>(properties);
        ListenerPorts.set(result, port);
        return result;
    }
}

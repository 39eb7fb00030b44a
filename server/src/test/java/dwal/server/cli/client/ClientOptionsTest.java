package dwal.server.cli.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;

class ClientOptionsTest {

    @Command(name = "some")
    private static final class SomeCommand {
        @Mixin
        private final ClientOptions client;

        SomeCommand(Map<String, String> environment) {
            client = new ClientOptions(environment);
        }
    }

    @Test
    void theNodesComeFromTheOptionThenThePropertyThenTheFileThenTheVariable(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("client.properties"), "bootstrap.servers=file:1\nretries=7\n");
        var variable = Map.of("DWAL_BOOTSTRAP", "variable:1");

        assertThat(parse(Map.of()).bootstrap()).isEqualTo("localhost:9092");
        assertThat(parse(variable).bootstrap()).isEqualTo("variable:1");
        ClientOptions ofFile = parse(variable, "--config", file.toString());
        assertThat(ofFile.bootstrap()).isEqualTo("file:1");
        assertThat(ofFile.given()).containsEntry("retries", "7");
        assertThat(parse(variable, "--config", file.toString(), "-X", "bootstrap.servers=x:1")
                        .bootstrap())
                .isEqualTo("x:1");
        assertThat(parse(variable, "--config", file.toString(), "-X", "bootstrap.servers=x:1", "-b", "option:1")
                        .bootstrap())
                .isEqualTo("option:1");
    }

    @Test
    void propertiesThatNoClientHasAreAUsageError() {
        assertThatThrownBy(() -> parse(Map.of(), "-X", "retires=7").given())
                .isInstanceOf(ParameterException.class)
                .hasMessageContaining("retires");
    }

    @Test
    void aFileThatIsNotThereIsAUsageError() {
        assertThatThrownBy(() -> parse(Map.of(), "--config", "/nowhere").given())
                .isInstanceOf(ParameterException.class)
                .hasMessageContaining("/nowhere");
    }

    @Test
    void addressesAreReadWithTheirMistakesNamed() {
        assertThat(Nodes.parse("a:1, [::1]:2,"))
                .containsExactly(new Nodes.Address("a", 1), new Nodes.Address("::1", 2));
        assertThat(new Nodes.Address("::1", 2)).hasToString("[::1]:2");
        for (String text : new String[] {"", ",", "host", "host:", "host:x", "host:0", "host:70000"}) {
            assertThatThrownBy(() -> Nodes.parse(text)).hasMessageContaining("HOST:PORT");
        }
    }

    @Test
    void nobodyBehindAnAddressIsSaidAtOnceWithWhatToDo() throws IOException {
        int port;
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
            Nodes.requireOne(Nodes.parse("127.0.0.1:" + port), 1000);
        }
        assertThatThrownBy(() -> Nodes.requireOne(Nodes.parse("127.0.0.1:" + port), 1000))
                .hasMessageContaining("127.0.0.1:" + port + " (connection refused)")
                .hasMessageContaining("bin/dwal start");
    }

    private static ClientOptions parse(Map<String, String> environment, String... arguments) {
        var command = new SomeCommand(environment);
        new CommandLine(command).parseArgs(arguments);
        return command.client;
    }
}

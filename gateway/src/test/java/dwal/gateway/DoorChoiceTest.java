package dwal.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.StandardError;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which doors a node has, and what it loads of the others. */
class DoorChoiceTest {

    /** Has {@code port} taken, by this socket or by whoever was first. */
    private static ServerSocket take(int port) throws IOException {
        try {
            return new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
        } catch (BindException e) {
            return new ServerSocket();
        }
    }

    @Test
    void aDefaultPortThatIsTakenIsWarnedOfAndTheNodeGoesOnWithoutThatDoor(@TempDir Path data) throws Exception {
        Map<String, String> defaults =
                Map.of("log.dirs", data.toString(), "listeners", "PLAINTEXT://127.0.0.1:0", "dwal.disk.reserve", "0");
        try (var http = take(8080);
                var grpc = take(8400)) {
            assertThat(http).isNotEqualTo(grpc);
            List<OpenNode> started = new ArrayList<>();
            String errors = StandardError.of(() -> started.add(OpenNode.with(defaults)));
            try (var node = started.get(0);
                    var admin = Admin.create(Map.of("bootstrap.servers", node.kafka()))) {
                assertThat(node.doors().http()).isEmpty();
                assertThat(node.doors().grpc()).isEmpty();
                assertThat(admin.describeCluster().nodes().get()).hasSize(1);
            }
            assertThat(errors.lines().filter(line -> line.contains("WARN")))
                    .anySatisfy(line -> assertThat(line).contains("127.0.0.1:8080", "set dwal.http.listener"))
                    .anySatisfy(line -> assertThat(line).contains("127.0.0.1:8400", "set dwal.grpc.listener"));
        }
    }

    /** The classes that a node loads, in a process of its own, until it is ready. */
    private static List<String> loaded(Path directory, String http, String grpc) throws Exception {
        Path classes = directory.resolve("classes");
        Process node = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-Xlog:class+load:file=" + classes,
                        "-cp",
                        System.getProperty("java.class.path"),
                        "dwal.gateway.Main",
                        "start",
                        "--data",
                        directory.resolve("data").toString(),
                        "--port",
                        "0",
                        "--set",
                        "dwal.http.listener=" + http,
                        "--set",
                        "dwal.grpc.listener=" + grpc)
                .redirectError(directory.resolve("err").toFile())
                .start();
        try (BufferedReader out = node.inputReader()) {
            assertThat(out.readLine())
                    .as(Files.readString(directory.resolve("err")))
                    .startsWith("dwal ready");
        } finally {
            node.destroy();
            assertThat(node.waitFor(60, TimeUnit.SECONDS)).isTrue();
        }
        return Files.readAllLines(classes);
    }

    @Test
    void ofDoorsThatAreOffNothingIsLoaded(@TempDir Path none, @TempDir Path one) throws Exception {
        assertThat(loaded(none, "off", "off"))
                .anyMatch(line -> line.contains(" dwal.gateway.Main "))
                .noneMatch(line -> line.contains(" dwal.gateway.Gateway "))
                .noneMatch(line -> line.contains(" io.grpc.") || line.contains(" com.google.protobuf."))
                .noneMatch(line -> line.contains(" io.netty.handler.codec.http"));
        assertThat(loaded(one, "127.0.0.1:0", "off"))
                .anyMatch(line -> line.contains(" dwal.gateway.http.HttpDoor "))
                .noneMatch(line -> line.contains(" io.grpc.") || line.contains(" com.google.protobuf."));
    }
}

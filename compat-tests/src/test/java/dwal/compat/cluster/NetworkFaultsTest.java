package dwal.compat.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.compat.server.Output;
import dwal.compat.server.Requirement;
import dwal.compat.server.Server;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Three nodes on hosts of their own, whose network fails: {@link NetworkFaultsMain}, in the host of clients, since nothing
 * outside can reach the others. The hosts are network namespaces, which testbed/netns-cluster makes.
 */
@Timeout(900)
class NetworkFaultsTest {
    private static final String PREFIX = "dwal-" + ProcessHandle.current().pid();

    @Test
    void nothingAcknowledgedIsLostWhenTheNetworkIsCutOrSlow() throws Exception {
        Requirement.that(!Server.isKafkaTarget(), "the nodes are dwal's");
        Hosts hosts = new Hosts(script(), PREFIX);
        Hosts.Outcome created = hosts.run("create", "3");
        try {
            Requirement.that(
                    created.status() == 0,
                    "no network namespaces: " + created.output().strip());
            Path parent = Files.createDirectories(Path.of(System.getProperty("compat.directory", "target"), "servers"));
            Path directory = Files.createTempDirectory(parent, "network").toAbsolutePath();
            int status = inHostOfClients(hosts, directory);
            assertThat(status)
                    .as(() -> "exit status of " + NetworkFaultsMain.class.getSimpleName() + "; " + ends(directory))
                    .isZero();
        } finally {
            hosts.run("destroy");
        }
    }

    /** What the clients said last, and each node. */
    private static String ends(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            List<String> ends = new ArrayList<>(List.of(Output.end(output(directory))));
            for (Path log : files.filter(file -> file.toString().endsWith(".log"))
                    .sorted()
                    .toList()) ends.add(Output.end(log));
            return String.join("\n", ends);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static Path output(Path directory) {
        return directory.resolve("output");
    }

    private static int inHostOfClients(Hosts hosts, Path directory) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-Xmx1g",
                "-cp",
                System.getProperty("java.class.path"),
                "-Ddwal.home=" + System.getProperty("dwal.home", ".."),
                NetworkFaultsMain.class.getName(),
                script().toString(),
                PREFIX,
                directory.toString()));
        Path output = output(directory);
        Process process = hosts.process("c", command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        boolean ended = process.waitFor(870, TimeUnit.SECONDS);
        System.out.println(Files.readString(output, StandardCharsets.UTF_8));
        if (!ended) process.destroyForcibly();
        return ended ? process.exitValue() : -1;
    }

    private static Path script() {
        return Path.of(System.getProperty("dwal.home", ".."))
                .resolve("compat-tests/testbed/netns-cluster")
                .toAbsolutePath()
                .normalize();
    }
}

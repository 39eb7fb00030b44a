package dwal.compat.languages;

import dwal.compat.server.DwalProcess;
import dwal.compat.server.Requirement;
import dwal.compat.server.Server;
import dwal.compat.server.SharedServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The scripts use topics and groups of their own, and wait more than they compute: some run side by side. */
@ExtendWith(SharedServer.class)
class LanguagesTest {

    // ---- C

    @Execution(ExecutionMode.CONCURRENT)
    @Test
    void kcatProducesAndConsumesInAllItsWays(Server server) throws Exception {
        Requirement.that(CheckScript.isInstalled("kcat"), "no kcat here (Debian: kcat)");
        String script = CheckScript.sources().resolve("sh/kcat-check.sh").toString();
        // dwal has no transactions yet.
        String[] skipped = Server.isKafkaTarget() ? new String[0] : new String[] {"transactions"};
        new CheckScript(List.of(script, server.bootstrap()), server.directory()).pass(skipped);
    }

    // ---- Python

    @Execution(ExecutionMode.CONCURRENT)
    @Test
    void librdkafkaThroughConfluentKafkaServesItsUsers(Server server) throws Exception {
        python("confluent_kafka", "python3-confluent-kafka", "confluent_kafka_check.py", server);
    }

    @Execution(ExecutionMode.CONCURRENT)
    @Test
    void kafkaPythonServesItsUsers(Server server) throws Exception {
        python("kafka", "python3-kafka", "kafka_python_check.py", server);
    }

    private static void python(String module, String debianPackage, String script, Server server)
            throws IOException, InterruptedException {
        String python = python();
        Process probe = new ProcessBuilder(python, "-c", "import " + module)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        Requirement.that(
                probe.waitFor() == 0, python + " has no module " + module + " (Debian: " + debianPackage + ")");
        Path path = CheckScript.sources().resolve("python").resolve(script);
        new CheckScript(List.of(python, "-B", path.toString(), server.bootstrap()), server.directory()).pass();
    }

    /** The system's own Python is the one that Debian's packages are for, whatever else is first on the path. */
    private static String python() {
        Path systems = Path.of("/usr/bin/python3");
        return Files.isExecutable(systems) ? systems.toString() : "python3";
    }

    // ---- Node.js

    @Execution(ExecutionMode.CONCURRENT)
    @Test
    void kafkajsServesItsUsers(Server server) throws Exception {
        NodeModules.script("kafkajs-check.mjs", server.bootstrap()).pass();
    }

    @Execution(ExecutionMode.CONCURRENT)
    @Test
    void platformaticKafkaServesItsUsers(Server server) throws Exception {
        NodeModules.script("platformatic-check.mjs", server.bootstrap()).pass();
    }

    @Execution(ExecutionMode.CONCURRENT)
    @Test
    void grpcJsSpeaksToTheLogWithoutAName(Server server) throws Exception {
        grpc("grpc-check.mjs", "log/log.proto", server);
    }

    @Execution(ExecutionMode.CONCURRENT)
    @Test
    void grpcJsSpeaksToEveryTopic(Server server) throws Exception {
        grpc("grpc-topics-check.mjs", "dwal/v1/log.proto", server);
    }

    private static void grpc(String script, String service, Server server) throws Exception {
        Requirement.that(server instanceof DwalProcess, "only dwal has a gRPC listener");
        Path proto = Path.of(System.getProperty("dwal.home", ".."), "proto").resolve(service);
        NodeModules.script(script, ((DwalProcess) server).grpc(), proto.toString())
                .pass();
    }
}

package dwal.compat.languages;

import dwal.compat.server.Requirement;
import dwal.compat.server.Server;
import dwal.compat.server.SharedServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedServer.class)
class PythonTest {
    @Test
    void librdkafkaThroughConfluentKafkaServesItsUsers(Server server) throws Exception {
        pass("confluent_kafka", "python3-confluent-kafka", "confluent_kafka_check.py", server);
    }

    @Test
    void kafkaPythonServesItsUsers(Server server) throws Exception {
        pass("kafka", "python3-kafka", "kafka_python_check.py", server);
    }

    private static void pass(String module, String debianPackage, String script, Server server)
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
}

package dwal.compat.languages;

import dwal.compat.server.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The clients for Python that scripts of ours check a server with. Any thread. */
enum PythonModules {
    CONFLUENT_KAFKA("confluent_kafka", "python3-confluent-kafka", "confluent_kafka_check.py"),
    KAFKA_PYTHON("kafka", "python3-kafka", "kafka_python_check.py");

    private final String module;
    private final String debianPackage;
    private final String script;

    PythonModules(String module, String debianPackage, String script) {
        this.module = module;
        this.debianPackage = debianPackage;
        this.script = script;
    }

    /** The script for this client, with these arguments; skips the test where Python does not have the module. */
    CheckScript script(String... arguments) throws IOException, InterruptedException {
        String python = python();
        Process probe = new ProcessBuilder(python, "-c", "import " + module)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        Requirement.that(
                probe.waitFor() == 0, python + " has no module " + module + " (Debian: " + debianPackage + ")");
        Path folder = CheckScript.sources().resolve("python").toAbsolutePath();
        List<String> command =
                new ArrayList<>(List.of(python, "-B", folder.resolve(script).toString()));
        command.addAll(List.of(arguments));
        return new CheckScript(command, folder);
    }

    /** The system's own Python is the one that Debian's packages are for, whatever else is first on the path. */
    private static String python() {
        Path systems = Path.of("/usr/bin/python3");
        return Files.isExecutable(systems) ? systems.toString() : "python3";
    }
}

package dwal.compat.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.compat.server.JavaProcess;
import dwal.compat.server.KafkaProcess;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Apache Kafka's command-line tools, run in turn by one process ({@link ToolsMain}). Used by one test thread. */
public final class Tools implements AutoCloseable {
    private static final String PACKAGE = "org.apache.kafka.tools.";

    private final Process process;
    private final DataOutputStream requests;
    private final DataInputStream answers;

    public Tools() throws IOException {
        process = java(ToolsMain.class.getName());
        requests = new DataOutputStream(process.getOutputStream());
        answers = new DataInputStream(process.getInputStream());
    }

    /** The class of a tool that is named without its package, as most are. */
    static String className(String tool) {
        return tool.startsWith("kafka.") ? tool : PACKAGE + tool;
    }

    static Process java(String main, String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                JavaProcess.JAVA,
                "-XX:TieredStopAtLevel=1",
                "-Xmx256m",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
                "-cp",
                KafkaProcess.kafkaClassPath(),
                main));
        command.addAll(List.of(options));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** Runs a tool, expects status 0, and gives what it wrote. */
    public String run(String tool, String... options) throws IOException {
        return runWithInput("", tool, options);
    }

    String runWithInput(String input, String tool, String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of(className(tool)));
        command.addAll(List.of(options));
        requests.writeInt(command.size());
        for (String word : command) requests.writeUTF(word);
        requests.writeUTF(input);
        requests.flush();
        int status = answers.readInt();
        String output = new String(answers.readNBytes(answers.readInt()), StandardCharsets.UTF_8);
        assertThat(status)
                .as("exit status of %s, which wrote\n%s", command, output)
                .isZero();
        return output;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}

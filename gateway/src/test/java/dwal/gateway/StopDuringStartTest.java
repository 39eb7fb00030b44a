package dwal.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A process that is told to stop while it starts. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StopDuringStartTest {

    /** {@code moment} is what stands in the line of the log at which it is told. */
    @ParameterizedTest
    @ValueSource(strings = {"have no effect", "Formatted"})
    void aStopDuringTheStartIsNoTroubleAndEndsWithExitCodeZero(String moment, @TempDir Path directory)
            throws Exception {
        Process node = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-Dorg.slf4j.simpleLogger.log.dwal=info",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "dwal.gateway.Main",
                        "start",
                        "--data",
                        directory.resolve("data").toString(),
                        "--port",
                        "0",
                        "--set",
                        "num.io.threads=3",
                        "--set",
                        "dwal.http.listener=127.0.0.1:0",
                        "--set",
                        "dwal.grpc.listener=127.0.0.1:0")
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        List<String> lines = new ArrayList<>();
        try (var log = new BufferedReader(new InputStreamReader(node.getErrorStream(), StandardCharsets.UTF_8))) {
            for (String line = log.readLine(); line != null; line = log.readLine()) {
                lines.add(line);
                if (line.contains(moment)) {
                    node.toHandle().destroy();
                }
            }
            assertThat(node.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            node.destroyForcibly();
        }
        assertThat(lines)
                .anyMatch(line -> line.contains(moment))
                .noneMatch(line -> line.contains("ERROR") || line.startsWith("\tat ") || line.startsWith("dwal: "));
        assertThat(node.exitValue()).as(String.join("\n", lines)).isZero();
    }
}

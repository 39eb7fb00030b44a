package dwal.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class MainTest {
    private final StringWriter err = new StringWriter();
    private final StringWriter out = new StringWriter();

    @Test
    void aCommandThatDoesNotExistIsAUsageError() {
        assertThat(run("strat")).isEqualTo(2);
        assertThat(err.toString()).contains("strat").contains("Try 'dwal --help'");
    }

    @Test
    void noCommandIsAUsageError() {
        assertThat(run()).isEqualTo(2);
    }

    @Test
    void aPortBeyondAllPortsIsAUsageError() {
        assertThat(run("start", "--port", "65536")).isEqualTo(2);
        assertThat(err.toString()).contains("--port 65536 is no port");
    }

    @Test
    void aConfigurationThatIsRefusedIsOneLineAndExitCodeOne() {
        assertThat(run("start", "--set", "dwal.snyc=commit")).isEqualTo(1);
        assertThat(err.toString().lines())
                .containsExactly("dwal: Unknown configuration key 'dwal.snyc': did you mean 'dwal.sync'?");
    }

    @Test
    void aConfigurationFileThatIsNotThereIsNamed() {
        assertThat(run("start", "--config", "/nowhere/server.properties")).isEqualTo(1);
        assertThat(err.toString().lines())
                .containsExactly("dwal: There is no configuration file /nowhere/server.properties");
    }

    @Test
    void aDataDirectoryThatIsAFileIsNamed(@TempDir Path folder) throws Exception {
        Path file = Files.createFile(folder.resolve("data"));

        assertThat(run("start", "--data", file.toString(), "--port", "0")).isEqualTo(1);
        assertThat(err.toString().lines()).containsExactly("dwal: Data directory " + file + " is not a directory");
    }

    @Test
    void aSimulationOfOneSeedTellsTheSameEachTime() {
        assertThat(run("sim", "--seed", "42", "--runs", "2")).isZero();
        String once = out.toString();
        assertThat(once).startsWith("all rules kept: seeds 42 to 43, ").doesNotContain(" 0 records acknowledged");
        assertThat(run("sim", "--seed", "42", "--runs", "2")).isZero();
        assertThat(out.toString()).isEqualTo(once + once);
    }

    @Test
    void lessThanOneSimulationIsAUsageError() {
        assertThat(run("sim", "--runs", "0")).isEqualTo(2);
        assertThat(err.toString()).contains("--runs 0: at least one");
    }

    private int run(String... arguments) {
        CommandLine commandLine = Main.commandLine();
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        return commandLine.execute(arguments);
    }
}

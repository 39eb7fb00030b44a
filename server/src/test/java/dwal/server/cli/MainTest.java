package dwal.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.server.Doors;
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
        assertThat(err.toString()).contains("strat", "Did you mean start", "Try 'dwal --help'");
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
    void aDataDirectoryThatCannotBeMadeIsToldWithTheReason() {
        assertThat(run("start", "--data", "/proc/dwal-data", "--port", "0")).isEqualTo(1);
        assertThat(err.toString().lines())
                .containsExactly("dwal: Data directory /proc/dwal-data cannot be made: the file system there takes no"
                        + " new directories");
    }

    @Test
    void aHostThatNobodyKnowsIsOneLineWithoutAStackTrace(@TempDir Path folder) {
        String[] start = {"start", "--data", folder.toString(), "--set", "listeners=PLAINTEXT://nohost.invalid:21192"};
        assertThat(run(start)).isEqualTo(1);
        assertThat(err.toString().lines())
                .singleElement()
                .asString()
                .startsWith("dwal: Listener PLAINTEXT cannot be bound to nohost.invalid:21192: nobody knows");
    }

    @Test
    void aProcessIdFileThatCannotBeWrittenIsToldAndLeftAlone(@TempDir Path folder) throws Exception {
        Path directory = Files.createDirectory(folder.resolve("x"));
        String data = folder.resolve("data").toString();
        for (int i = 0; i < 2; i++) {
            err.getBuffer().setLength(0);
            assertThat(run("start", "--data", data, "--port", "0", "--pid-file", directory.toString()))
                    .isEqualTo(1);
            assertThat(err.toString().lines())
                    .containsExactly(
                            "dwal: Process id file (--pid-file) " + directory + " cannot be written: Is a directory");
            assertThat(directory).isDirectory();
            Files.writeString(directory.resolve("file"), "in it");
            assertThat(directory).isNotEmptyDirectory();
        }
    }

    @Test
    void aSettingWithoutAValueIsToldInWords() {
        assertThat(run("start", "--set", "num.partitions")).isEqualTo(2);
        assertThat(err.toString()).contains("option '--set'").doesNotContain("option option");
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

    @Test
    void aDirectoryIsFormattedOnce(@TempDir Path folder) throws Exception {
        String data = folder.resolve("data").toString();
        String[] format = {
            "format",
            "--standalone",
            "--cluster-id",
            "my-cluster",
            "--data",
            data,
            "--set",
            "listeners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093"
        };
        assertThat(run(format)).isZero();
        assertThat(Files.readString(folder.resolve("data/meta.properties"))).contains("cluster.id=my-cluster");

        assertThat(run(format)).isEqualTo(1);
        assertThat(err.toString().lines())
                .containsExactly("dwal: " + data + " is formatted already; a new cluster needs a new directory");
    }

    @Test
    void aNodeThatJoinsMustBeToldWhichCluster(@TempDir Path folder) {
        String[] start = {
            "start",
            "--data",
            folder.resolve("data").toString(),
            "--port",
            "0",
            "--set",
            "process.roles=broker",
            "--set",
            "controller.quorum.bootstrap.servers=elsewhere:9093,there:9093"
        };
        assertThat(run(start)).isEqualTo(1);
        assertThat(err.toString()).contains("dwal.cluster.id").contains("bin/dwal format");
    }

    @Test
    void controllersThatMakeNoSenseAreAUsageError(@TempDir Path folder) {
        assertThat(run("format", "--data", folder.toString(), "--initial-controllers", "1@nowhere"))
                .isEqualTo(2);
        assertThat(err.toString()).contains("--initial-controllers");
    }

    @Test
    void aLocalClusterThatIsNotThereIsNamed(@TempDir Path folder) {
        assertThat(run("local-cluster", "status", "--data", folder.toString())).isEqualTo(1);
        assertThat(err.toString()).contains("There is no local cluster in " + folder);
        assertThat(run("local-cluster", "start", "--nodes", "10")).isEqualTo(2);
        assertThat(run("local-cluster")).isEqualTo(2);
    }

    private int run(String... arguments) {
        CommandLine commandLine = Main.commandLine(Doors.NONE);
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        return commandLine.execute(arguments);
    }
}

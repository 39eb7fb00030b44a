package dwal.compat.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code bin/dwal} gives to the JVM, told by a program in its place. */
class LauncherTest {
    private static final Path LAUNCHER =
            Path.of(System.getProperty("dwal.home", "..")).resolve("bin/dwal");

    @TempDir
    Path directory;

    @Test
    void wordsOfDwalJvmOptsReachTheJvmAsTheyAre() throws Exception {
        assertThat(given("-Xlog:gc*:stderr  -Da=[bc]?")).contains("-Xlog:gc*:stderr", "-Da=[bc]?", "version");
        assertThat(given("")).contains("version").doesNotContain("");
    }

    /** The ready line counts from there. */
    @Test
    void theJvmIsToldWhenTheStartBegan() throws Exception {
        long before = System.currentTimeMillis();
        assertThat(begun(given(""))).isBetween(before, System.currentTimeMillis());
    }

    @Test
    void aFirstCallTellsWhenItHadBuiltWhatWasMissing() throws Exception {
        Path clone = directory.resolve("clone");
        Path dwal = clone.resolve("bin/dwal");
        Files.createDirectories(dwal.getParent());
        Files.copy(LAUNCHER, dwal);
        Path built = clone.resolve("gateway/target/dwal/jvm.options");
        program(clone.resolve("bin/build"), "mkdir -p " + built.getParent() + " && touch " + built);
        List<String> first = given(dwal, "");
        assertThat(begun(first)).isBetween(Files.getLastModifiedTime(built).toMillis(), System.currentTimeMillis());
    }

    private static long begun(List<String> arguments) {
        return arguments.stream()
                .filter(argument -> argument.startsWith("-Ddwal.begun="))
                .mapToLong(argument -> Long.parseLong(argument.substring(argument.indexOf('=') + 1)))
                .sum();
    }

    private List<String> given(String options) throws IOException, InterruptedException {
        return given(LAUNCHER, options);
    }

    private List<String> given(Path dwal, String options) throws IOException, InterruptedException {
        program(directory.resolve("bin/java"), "printf '%s\\n' \"$@\"");
        var builder = new ProcessBuilder(dwal.toString(), "version").redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", directory.toString());
        builder.environment().put("DWAL_NO_ARCHIVE", "1");
        builder.environment().put("DWAL_JVM_OPTS", options);
        Process process = builder.start();
        List<String> lines = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();
        assertThat(process.waitFor()).as(() -> lines.toString()).isZero();
        return lines;
    }

    private static void program(Path file, String command) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, "#!/bin/sh\n" + command + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}

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
    @TempDir
    Path directory;

    @Test
    void wordsOfDwalJvmOptsReachTheJvmAsTheyAre() throws Exception {
        assertThat(given("-Xlog:gc*:stderr  -Da=[bc]?")).contains("-Xlog:gc*:stderr", "-Da=[bc]?", "version");
        assertThat(given("")).contains("version").doesNotContain("");
    }

    private List<String> given(String options) throws IOException, InterruptedException {
        Path java = directory.resolve("bin/java");
        Files.createDirectories(java.getParent());
        Files.writeString(java, "#!/bin/sh\nprintf '%s\\n' \"$@\"\n");
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path dwal = Path.of(System.getProperty("dwal.home", "..")).resolve("bin/dwal");
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
}

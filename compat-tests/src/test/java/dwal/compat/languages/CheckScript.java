package dwal.compat.languages;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.compat.server.Requirement;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A script that prints a line for each check, {@code skip NAME: REASON} for one that is not made, and at its end
 * {@code CLIENT: N passed, N failed, N skipped}.
 */
record CheckScript(List<String> command, Path workingDirectory) {
    private static final Pattern TOTALS =
            Pattern.compile("^(.+): (\\d+) passed, (\\d+) failed, (\\d+) skipped$", Pattern.MULTILINE);

    private static final Pattern SKIPPED = Pattern.compile("^skip ([^:]+): .+$", Pattern.MULTILINE);

    static Path sources() {
        return Path.of(System.getProperty("compat.sources", "src/test"));
    }

    static boolean isInstalled(String program) {
        return Pattern.compile(File.pathSeparator)
                .splitAsStream(System.getenv("PATH"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    /** The one for kcat; skips the test where there is no kcat. */
    static CheckScript kcat(String... arguments) {
        Requirement.that(isInstalled("kcat"), "no kcat here (Debian: kcat)");
        List<String> command = new ArrayList<>(
                List.of(sources().resolve("sh/kcat-check.sh").toAbsolutePath().toString()));
        command.addAll(List.of(arguments));
        return new CheckScript(command, sources());
    }

    /** Runs it and expects that something was checked, nothing failed, and the checks named here were skipped: no other, and each. */
    void pass(String... skipped) throws IOException, InterruptedException {
        String output = run(300);
        System.out.println(output);
        Matcher totals = TOTALS.matcher(output);
        assertThat(totals.find()).as("totals at the end of\n%s", output).isTrue();
        assertThat(Integer.parseInt(totals.group(2))).as("passed").isPositive();
        assertThat(Integer.parseInt(totals.group(3)))
                .as("failed, in\n%s", output)
                .isZero();
        assertThat(SKIPPED.matcher(output).results().map(line -> line.group(1)))
                .as("skipped, in\n%s", output)
                .containsExactlyInAnyOrder(skipped)
                .hasSize(Integer.parseInt(totals.group(4)));
    }

    /** Runs it, expects status 0, and gives what it wrote. */
    String run(int seconds) throws IOException, InterruptedException {
        Path output = Files.createTempFile("check", ".log");
        Process process = new ProcessBuilder(command)
                .directory(workingDirectory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            boolean ended = process.waitFor(seconds, TimeUnit.SECONDS);
            String text = Files.readString(output);
            assertThat(ended).as("%s ended in time, after\n%s", command, text).isTrue();
            assertThat(process.exitValue())
                    .as("exit status of %s, which wrote\n%s", command, text)
                    .isZero();
            return text;
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            Files.delete(output);
        }
    }
}

package dwal.compat.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.compat.server.Await;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** One run of a command of {@code bin/dwal}, as somebody types it. Used by one test thread. */
final class Command {
    private final Process process;
    private final Path out;
    private final Path err;
    private final String line;

    private Command(Process process, Path out, Path err, String line) {
        this.process = process;
        this.out = out;
        this.err = err;
        this.line = line;
    }

    /** What has become of it. */
    record Result(int exitCode, String out, String err, String line) {
        /** Its standard output, if it did what was asked. */
        String success() {
            assertThat(exitCode).as("%s%n%s%s", line, out, err).isZero();
            return out;
        }

        /** Its standard error, if it could not do what was asked. */
        String failure() {
            assertThat(exitCode).as("%s%n%s%s", line, out, err).isEqualTo(1);
            return err;
        }
    }

    /** Starts it, against the node at {@code bootstrap}, with {@code input} as its standard input. */
    static Command start(String bootstrap, String input, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(
                Path.of(System.getProperty("dwal.home", ".."), "bin", "dwal").toString());
        command.addAll(List.of(arguments));
        try {
            Path out = Files.createTempFile("command", ".out");
            Path err = Files.createTempFile("command", ".err");
            ProcessBuilder builder =
                    new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
            builder.environment().put("DWAL_BOOTSTRAP", bootstrap);
            Process process = builder.start();
            try (OutputStream in = process.getOutputStream()) {
                in.write(input.getBytes(StandardCharsets.UTF_8));
            }
            return new Command(process, out, err, String.join(" ", command));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A run of {@code bin/dwal} to its end. */
    static Result launch(String bootstrap, String input, String... arguments) {
        return start(bootstrap, input, arguments).await();
    }

    /** The same in a JVM that runs others too, which takes a tenth of the time; each command is launched at least once somewhere. */
    static Result run(String bootstrap, String input, String... arguments) {
        return Commands.of(bootstrap).run(input, arguments);
    }

    /** What it has printed so far. */
    String printed() {
        try {
            return Files.readString(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until it has printed {@code text}. */
    void awaitOutput(String text) {
        Await.until(line + " to print " + text, () -> printed().contains(text));
    }

    /** Ctrl-C. */
    void interrupt() {
        try {
            new ProcessBuilder("kill", "-INT", Long.toString(process.pid()))
                    .start()
                    .waitFor();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Waits until it has ended; the first command of a build may have to make the archives of classes first. */
    Result await() {
        try {
            if (!process.waitFor(180, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(line + " does not end; it has printed\n" + printed() + Files.readString(err));
            }
            var result = new Result(process.exitValue(), Files.readString(out), Files.readString(err), line);
            Files.delete(out);
            Files.delete(err);
            return result;
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}

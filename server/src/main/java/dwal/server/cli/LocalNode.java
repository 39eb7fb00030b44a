package dwal.server.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One node of a {@link LocalCluster}, and its process. Used by one command, on its thread. */
final class LocalNode {
    /** Set by bin/dwal: the script itself, which knows how to run another node. */
    private static final String LAUNCHER = "dwal.launcher";

    private static final int LOG_LINES = 10;

    private final Path directory;
    private final int id;
    private @Nullable Process launched;

    LocalNode(Path directory, int id) {
        this.directory = directory;
        this.id = id;
    }

    int id() {
        return id;
    }

    Path settings() {
        return file(".properties");
    }

    Path log() {
        return file(".log");
    }

    private Path file(String suffix) {
        return directory.resolve("node-" + id + suffix);
    }

    /** Starts the process. It goes on when this one ends, and is not meant by a Control-C in this terminal. */
    void launch() throws IOException {
        String launcher = System.getProperty(LAUNCHER);
        if (launcher == null) {
            throw new IOException("local clusters are started by bin/dwal");
        }
        List<String> command = new ArrayList<>();
        Path setsid = Path.of("/usr/bin/setsid");
        if (Files.isExecutable(setsid)) {
            command.add(setsid.toString());
        }
        command.addAll(List.of(
                launcher,
                "start",
                "--config",
                settings().toString(),
                "--pid-file",
                file(".pid").toString()));
        forget();
        launched = new ProcessBuilder(command)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(file(".out").toFile())
                .redirectError(log().toFile())
                .start();
    }

    /** Whether the process that was launched by this command has ended. */
    boolean hasEnded() {
        return launched != null && !launched.isAlive();
    }

    /** The line that the node prints when it is ready; empty before. */
    Optional<String> readyLine() throws IOException {
        try (var lines = Files.lines(file(".out"), StandardCharsets.UTF_8)) {
            return lines.filter(line -> line.startsWith("dwal ready ")).findFirst();
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /**
     * The running process of this node. The file with its id may be left over from one that was killed, and the id have
     * been given to a stranger since: whoever does not run with this node's settings is not meant.
     */
    Optional<ProcessHandle> process() throws IOException {
        long pid;
        try {
            pid = Long.parseLong(Files.readString(file(".pid")).strip());
        } catch (NoSuchFileException | NumberFormatException e) {
            return Optional.empty();
        }
        return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).filter(this::isThisNode);
    }

    private boolean isThisNode(ProcessHandle process) {
        String wanted = settings().toString();
        try {
            // What Java tells of another process's arguments ends after 4096 bytes, less than our class path has.
            String commandLine =
                    Files.readString(Path.of("/proc", Long.toString(process.pid()), "cmdline"), StandardCharsets.UTF_8);
            return List.of(commandLine.split("\0", -1)).contains(wanted);
        } catch (IOException e) {
            return process.info()
                    .arguments()
                    .map(arguments -> List.of(arguments).contains(wanted))
                    .orElse(false);
        }
    }

    /** Asks the process to stop in order. */
    void terminate() {
        try {
            process().ifPresent(ProcessHandle::destroy);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        if (launched != null) {
            launched.destroy();
        }
    }

    /** Removes what a process that has ended left behind, so that nobody takes it for news. */
    void forget() throws IOException {
        Files.deleteIfExists(file(".pid"));
        Files.deleteIfExists(file(".out"));
    }

    String endOfLog() throws IOException {
        List<String> lines = Files.exists(log()) ? Files.readAllLines(log()) : List.of();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()));
    }
}

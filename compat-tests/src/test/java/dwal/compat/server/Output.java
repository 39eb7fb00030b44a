package dwal.compat.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What a child process wrote to a file, as a failure shows it: a log of CI may hold no more than the failure. */
public final class Output {
    private static final int LINES = 30;

    private Output() {}

    /** The last lines, without the frames of stack traces, and the file's name before them. */
    public static String end(Path file) throws IOException {
        List<String> lines = new String(Files.readAllBytes(file), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> !line.startsWith("\tat ") && !line.isBlank())
                .toList();
        List<String> end = lines.subList(Math.max(0, lines.size() - LINES), lines.size());
        return "the end of " + file + ":\n" + String.join("\n", end);
    }
}

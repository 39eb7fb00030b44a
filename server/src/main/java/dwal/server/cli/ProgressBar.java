package dwal.server.cli;

import dwal.log.LogInspector;
import java.io.PrintWriter;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Shows on a terminal how far something that takes long is: one line, drawn over itself whenever it would change. One thread. */
final class ProgressBar implements LogInspector.Progress {
    private static final int CELLS = 30;
    private static final int LONGEST_NAME = 40;
    private static final String START_OF_EMPTIED_LINE = "\r\u001b[K";

    private final PrintWriter terminal;
    private int shownPercent = -1;

    ProgressBar(PrintWriter terminal) {
        this.terminal = terminal;
    }

    /** One on {@code terminal}, if this process has a terminal at all. */
    @SuppressWarnings("SystemConsoleNull") // true of JDK 22 to 24 only: a bar too much in their redirected output
    static @Nullable ProgressBar onTerminal(PrintWriter terminal) {
        return System.console() == null ? null : new ProgressBar(terminal);
    }

    @Override
    public void at(long done, long total, Path file) {
        int percent = total == 0 ? 100 : (int) (100.0 * done / total);
        if (percent == shownPercent) {
            return;
        }
        shownPercent = percent;
        int full = CELLS * percent / 100;
        terminal.print(START_OF_EMPTIED_LINE + "[" + "#".repeat(full) + " ".repeat(CELLS - full) + "] " + percent
                + " % " + partition(file));
        terminal.flush();
    }

    /** Takes the bar away, so that something else can be written; it is drawn again when there is progress. */
    void clear() {
        if (shownPercent >= 0) {
            shownPercent = -1;
            terminal.print(START_OF_EMPTIED_LINE);
            terminal.flush();
        }
    }

    /** The directory says which partition; a long name must not make the line break, for then it cannot be drawn over. */
    private static String partition(Path file) {
        @Nullable Path directory = file.getParent();
        String name = directory == null || directory.getFileName() == null
                ? ""
                : directory.getFileName().toString();
        return name.length() <= LONGEST_NAME ? name : "..." + name.substring(name.length() - LONGEST_NAME + 3);
    }
}

package dwal.server.cli.client;

import java.io.PrintWriter;
import java.util.Locale;

/** Shows on a terminal how fast something goes: one line, drawn over itself a few times a second. One thread. */
final class ProgressLine {
    private static final long PERIOD_NANOS = 200_000_000;
    private static final String START_OF_EMPTIED_LINE = "\r\u001b[K";

    private final PrintWriter terminal;
    private final boolean shown;
    private long last = -PERIOD_NANOS;

    /** Nothing is shown where this process has no terminal, or {@code quiet}. */
    @SuppressWarnings("SystemConsoleNull") // true of JDK 22 to 24 only: a line too much in their redirected output
    ProgressLine(PrintWriter terminal, boolean quiet) {
        this.terminal = terminal;
        this.shown = !quiet && System.console() != null;
    }

    void at(String what, long nanos, long records, long bytes) {
        if (!shown || (nanos >= last && nanos - last < PERIOD_NANOS)) {
            return;
        }
        last = nanos;
        terminal.print(START_OF_EMPTIED_LINE + text(what, nanos, records, bytes));
        terminal.flush();
    }

    static String text(String what, long nanos, long records, long bytes) {
        double seconds = Math.max(1, nanos) / 1e9;
        return String.format(
                Locale.ROOT,
                "%-5s %5.1f s %,12d records %,12.0f records/s %9.1f MB/s",
                what,
                seconds,
                records,
                records / seconds,
                bytes / 1e6 / seconds);
    }

    /** Takes the line away, so that something else can be written. */
    void clear() {
        if (shown) {
            terminal.print(START_OF_EMPTIED_LINE);
            terminal.flush();
        }
    }
}

package dwal.server.cli;

import dwal.log.LogInspector;
import dwal.log.LogInspector.Finding;
import dwal.log.LogInspector.Severity;
import dwal.log.LogInspector.Totals;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code dwal log verify}: reads every batch and says where something is wrong. Exit code 0 with one line when all is
 * well, 1 with a line for each damaged place. What a crash left incomplete is no damage: it is told, as a note.
 */
@Command(
        name = "verify",
        description = "Check every checksum, the order of offsets, and the index against the logs.",
        footer = {"", "Exit code: 0 all is well, 1 something is damaged (each place is told), 2 wrong usage."},
        sortOptions = false)
final class LogVerifyCommand implements Callable<Integer> {

    @Parameters(paramLabel = "DIR", description = "A node's data directory, or the directory of one partition.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path directory;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        ProgressBar bar = ProgressBar.onTerminal(spec.commandLine().getErr());
        Totals totals;
        try (var logs = RestingLogs.open(directory, spec.commandLine())) {
            totals = logs.inspect(
                    finding -> tell(finding, out, bar),
                    bar == null ? (done, total, file) -> {} : bar,
                    LogInspector::verify);
        } finally {
            clear(bar);
        }
        out.println((totals.damaged() == 0 ? "all is well: " : "damaged in " + totals.damaged() + " places: ")
                + read(totals));
        out.flush();
        return totals.damaged() == 0 ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
    }

    private static void tell(Finding finding, PrintWriter out, @Nullable ProgressBar bar) {
        clear(bar);
        out.println((finding.severity() == Severity.DAMAGE ? "damage: " : "note: ") + finding);
    }

    private static void clear(@Nullable ProgressBar bar) {
        if (bar != null) {
            bar.clear();
        }
    }

    private static String read(Totals totals) {
        return String.format(
                Locale.ROOT,
                "%d partitions, %d segments, %d batches, %d records, %d bytes",
                totals.partitions(),
                totals.segments(),
                totals.batches(),
                totals.records(),
                totals.bytes());
    }
}

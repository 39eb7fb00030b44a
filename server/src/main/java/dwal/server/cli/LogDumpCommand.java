package dwal.server.cli;

import dwal.log.LogDump.Detail;
import dwal.log.LogInspector.Finding;
import dwal.log.LogInspector.Totals;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code dwal log dump}: prints what is in the logs to standard output, and what {@code dwal log verify} finds in them to
 * standard error, with the same exit code. No progress bar: the lines are the progress.
 */
@Command(
        name = "dump",
        description = {
            "Print a line for each batch in the logs.",
            "What \"log verify\" would find in them is told on standard error."
        },
        footer = {
            "",
            "Exit code: 0 all is well, 1 something is damaged (each place is told), 2 it could not be looked at: wrong",
            "usage, a node uses the directory, or a file may not be read and nothing else is wrong.",
            "",
            "Example:",
            "  bin/dwal log dump data/orders-0 --records"
        },
        sortOptions = false)
final class LogDumpCommand implements Callable<Integer> {
    private static final int LINES_BETWEEN_CHECKS = 1000;

    @Parameters(paramLabel = "DIR", description = "A node's data directory, or the directory of one partition.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path directory;

    @Option(names = "--records", description = "Also a line for each record.")
    private boolean records;

    @Option(names = "--contents", description = "Also a line for each record, with key and value as text.")
    private boolean contents;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    private long lines;

    @Override
    public Integer call() throws IOException {
        // Not flushed at each line, as the command line's own writer is.
        PrintWriter out = new PrintWriter(spec.commandLine().getOut(), false);
        Detail detail = contents ? Detail.CONTENTS : records ? Detail.RECORDS : Detail.BATCHES;
        try (var logs = RestingLogs.open(List.of(directory), spec.commandLine())) {
            Totals totals = logs.inspect(
                    logs.directories().get(0),
                    finding -> tell(finding, out),
                    (done, total, file) -> {},
                    inspector -> inspector.dump(detail, line -> print(line, out)));
            return RestingLogs.exitCode(List.of(totals), 0);
        } catch (OutputGone e) {
            return CommandLine.ExitCode.OK; // unless Main finds out that it was no closed pipe
        } finally {
            out.flush();
        }
    }

    private void print(String line, PrintWriter out) {
        out.println(line);
        if (++lines % LINES_BETWEEN_CHECKS == 0 && out.checkError()) {
            throw new OutputGone();
        }
    }

    private void tell(Finding finding, PrintWriter out) {
        out.flush();
        PrintWriter err = spec.commandLine().getErr();
        err.println(finding.line());
    }

    /** More lines lead nowhere: whoever read them has seen enough, as {@code head} does, or a disk is full. */
    private static final class OutputGone extends RuntimeException {
        private static final long serialVersionUID = 1;
    }
}

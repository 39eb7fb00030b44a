package dwal.server.cli;

import dwal.log.LogInspector;
import dwal.log.LogInspector.Finding;
import dwal.log.LogInspector.Progress;
import dwal.log.LogInspector.Totals;
import dwal.log.ReplicaComparison;
import dwal.replication.metadata.MetadataInspection;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code dwal log verify}: reads every batch and says where something is wrong; of several directories, also where replicas of
 * a partition differ. Exit code 0 with one line when all is well, 1 with a line for each damaged place and each partition
 * whose replicas differ, 2 if logs could not be looked at. What a crash left incomplete is no damage: it is told, as a note.
 */
@Command(
        name = "verify",
        description = {
            "Check every checksum, the order of offsets, the index against the logs, and the node's own files and metadata.",
            "With the directories of several nodes, also compare the replicas of each partition, batch by batch: where"
                    + " two have an offset, they must have the same bytes there."
        },
        footer = {
            "",
            "Exit code: 0 all is well, 1 something is damaged or differs (each place is told), 2 it could not be looked at: wrong",
            "usage, a node uses the directory, or a file may not be read and nothing else is wrong.",
            "After a kill of all nodes replicas may differ in what was never committed, until they have run again.",
            "",
            "Examples:",
            "  bin/dwal log verify data",
            "  bin/dwal log verify cluster/node-1 cluster/node-2 cluster/node-3"
        },
        sortOptions = false)
final class LogVerifyCommand implements Callable<Integer> {

    @Parameters(
            paramLabel = "DIR",
            arity = "1..*",
            description = "A node's data directory, or the directory of one partition; of each node one.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private List<Path> directories;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        ProgressBar bar = ProgressBar.onTerminal(spec.commandLine().getErr());
        Progress progress = bar == null ? (done, total, file) -> {} : bar;
        List<Totals> read = new ArrayList<>();
        int damagedMetadata = 0;
        ReplicaComparison.Totals compared;
        try (var logs = RestingLogs.open(directories, spec.commandLine())) {
            for (Path directory : logs.directories()) {
                damagedMetadata += logs.inspectMetadata(directory, finding -> tell(finding, out, bar));
                read.add(logs.inspect(directory, finding -> tell(finding, out, bar), progress, LogInspector::verify));
            }
            compared = logs.compare(difference -> tell("difference: " + difference, out, bar), progress);
        } finally {
            clear(bar);
        }
        out.println(verdict(read, damagedMetadata, compared.different())
                + sum(read)
                + (read.size() == 1 ? "" : "; " + compared(compared)));
        out.flush();
        return RestingLogs.exitCode(read, damagedMetadata + compared.different());
    }

    private static void tell(MetadataInspection.Finding finding, PrintWriter out, @Nullable ProgressBar bar) {
        tell((finding.isDamage() ? "damage: " : "note: ") + finding.what(), out, bar);
    }

    private static void tell(Finding finding, PrintWriter out, @Nullable ProgressBar bar) {
        tell(finding.line(), out, bar);
    }

    private static void tell(String line, PrintWriter out, @Nullable ProgressBar bar) {
        clear(bar);
        out.println(line);
    }

    private static void clear(@Nullable ProgressBar bar) {
        if (bar != null) {
            bar.clear();
        }
    }

    private static String verdict(List<Totals> read, int damagedMetadata, int different) {
        int damaged = damagedMetadata + read.stream().mapToInt(Totals::damaged).sum();
        int unreadable = read.stream().mapToInt(Totals::unreadable).sum();
        if (damaged + different + unreadable == 0) {
            return "all is well: ";
        }
        List<String> parts = new ArrayList<>();
        if (damaged > 0) {
            parts.add("damaged in " + damaged + " places");
        }
        if (different > 0) {
            parts.add("replicas differ in " + different + " partitions");
        }
        if (unreadable > 0) {
            parts.add(unreadable + " files cannot be read");
        }
        return String.join(", ", parts) + ": ";
    }

    private static String sum(List<Totals> read) {
        return String.format(
                Locale.ROOT,
                "%d partitions, %d segments, %d batches, %d records, %d bytes",
                read.stream().mapToInt(Totals::partitions).sum(),
                read.stream().mapToInt(Totals::segments).sum(),
                read.stream().mapToLong(Totals::batches).sum(),
                read.stream().mapToLong(Totals::records).sum(),
                read.stream().mapToLong(Totals::bytes).sum());
    }

    private static String compared(ReplicaComparison.Totals totals) {
        return String.format(
                Locale.ROOT, "%d replicas of %d partitions compared", totals.replicas(), totals.partitions());
    }
}

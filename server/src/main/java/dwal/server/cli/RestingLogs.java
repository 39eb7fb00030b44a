package dwal.server.cli;

import dwal.environment.Disk;
import dwal.environment.FileTrouble;
import dwal.log.DamageBeforeEnd;
import dwal.log.LogInspector;
import dwal.log.LogInspector.Finding;
import dwal.log.LogInspector.Progress;
import dwal.log.LogInspector.Totals;
import dwal.log.ReplicaComparison;
import dwal.log.ReplicaComparison.Difference;
import dwal.replication.metadata.MetadataInspection;
import dwal.server.DataDirectoryLock;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** Logs on which no node runs, and none can start while this is open: it holds the locks that nodes take. One thread. */
final class RestingLogs implements AutoCloseable {

    /** What to do with the logs. */
    interface Inspection {
        /** Does it. */
        Totals of(LogInspector inspector) throws IOException;
    }

    private final List<Path> directories = new ArrayList<>();
    private final Map<Path, Optional<DataDirectoryLock>> locks = new HashMap<>();

    private RestingLogs() {}

    /**
     * Opens the logs in each of {@code given}: a data directory, or that of one partition; of one node no more than one.
     *
     * @throws ParameterException when one of them is neither; {@code command} is who was asked
     * @throws UnreadableLogsException when a node uses it, or it cannot be read; the message says which
     */
    static RestingLogs open(List<Path> given, CommandLine command) throws IOException {
        var logs = new RestingLogs();
        try {
            for (Path one : given) {
                logs.add(one, command);
            }
            return logs;
        } catch (FileSystemException e) {
            logs.close();
            throw unreadable(e);
        } catch (IOException e) {
            logs.close();
            throw new UnreadableLogsException(String.valueOf(e.getMessage()), e);
        } catch (ParameterException e) {
            logs.close();
            throw e;
        }
    }

    private void add(Path given, CommandLine command) throws IOException {
        Path directory = given.toAbsolutePath().normalize();
        if (!Files.isDirectory(directory)) {
            throw new ParameterException(
                    command,
                    Files.exists(directory) ? given + " is not a directory" : "there is no directory " + given);
        }
        var inspector = new LogInspector(Disk.system(), directory, finding -> {}, (done, total, file) -> {});
        List<Path> partitions = inspector.partitionDirectories();
        if (partitions.isEmpty()) {
            throw new ParameterException(
                    command, "there are no logs in " + given + ": say a node's data directory or one partition's");
        }
        boolean isPartition = partitions.equals(List.of(directory));
        Path dataDirectory = (isPartition ? directory.resolveSibling("") : directory).toRealPath();
        if (locks.containsKey(dataDirectory)) {
            throw new ParameterException(
                    command, given + " is of a node of which a directory was given already: say one of each node");
        }
        locks.put(dataDirectory, Optional.empty());
        locks.put(dataDirectory, DataDirectoryLock.acquireToRead(dataDirectory));
        directories.add(directory);
    }

    /** Absolute, in the order in which they were given. */
    List<Path> directories() {
        return directories;
    }

    /** Has {@code inspection} look at the logs in one of them. */
    Totals inspect(Path directory, Consumer<Finding> findings, Progress progress, Inspection inspection)
            throws IOException {
        try {
            return inspection.of(new LogInspector(Disk.system(), directory, findings, progress));
        } catch (FileSystemException e) {
            throw unreadable(e);
        }
    }

    /** Looks at what one of them, if it is a data directory, says of its node and metadata; returns how many places are damaged. */
    int inspectMetadata(Path directory, Consumer<MetadataInspection.Finding> findings) throws IOException {
        var damaged = new AtomicInteger();
        try {
            new MetadataInspection(directory, new DamageBeforeEnd(Disk.system())::findMissingEnd, finding -> {
                        damaged.addAndGet(finding.isDamage() ? 1 : 0);
                        findings.accept(finding);
                    })
                    .run();
        } catch (FileSystemException e) {
            throw unreadable(e);
        }
        return damaged.get();
    }

    /** Compares the replicas that lie in different ones of them. */
    ReplicaComparison.Totals compare(Consumer<Difference> differences, Progress progress) throws IOException {
        try {
            return new ReplicaComparison(Disk.system(), differences, progress).compare(directories);
        } catch (FileSystemException e) {
            throw unreadable(e);
        }
    }

    private static IOException unreadable(FileSystemException e) {
        return new UnreadableLogsException(e.getFile() + " cannot be read: " + FileTrouble.reason(e), e);
    }

    /** The exit code of who has read {@code read}, and found other things wrong in {@code different} places. */
    static int exitCode(List<Totals> read, int different) {
        if (different > 0 || read.stream().anyMatch(one -> one.damaged() > 0)) {
            return CommandLine.ExitCode.SOFTWARE;
        }
        return read.stream().anyMatch(one -> one.unreadable() > 0)
                ? CommandLine.ExitCode.USAGE
                : CommandLine.ExitCode.OK;
    }

    @Override
    public void close() throws IOException {
        for (Optional<DataDirectoryLock> lock : locks.values()) {
            if (lock.isPresent()) {
                lock.get().close();
            }
        }
    }
}

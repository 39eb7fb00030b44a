package dwal.server.cli;

import dwal.environment.Disk;
import dwal.log.LogInspector;
import dwal.log.LogInspector.Finding;
import dwal.log.LogInspector.Progress;
import dwal.log.LogInspector.Totals;
import dwal.server.DataDirectoryLock;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** Logs on which no node runs, and none can start while this is open: it holds the lock that a node takes. One thread. */
final class RestingLogs implements AutoCloseable {

    /** What to do with the logs. */
    interface Inspection {
        /** Does it. */
        Totals of(LogInspector inspector) throws IOException;
    }

    private final Path directory;
    private final Optional<DataDirectoryLock> lock;

    private RestingLogs(Path directory, Optional<DataDirectoryLock> lock) {
        this.directory = directory;
        this.lock = lock;
    }

    /**
     * Opens the logs in {@code given}: a data directory, or that of one partition.
     *
     * @throws ParameterException when {@code given} is neither; {@code command} is who was asked
     * @throws IOException when a node uses it, or it cannot be read; the message says which
     */
    static RestingLogs open(Path given, CommandLine command) throws IOException {
        Path directory = given.toAbsolutePath().normalize();
        if (!Files.isDirectory(directory)) {
            throw new ParameterException(
                    command,
                    Files.exists(directory) ? given + " is not a directory" : "there is no directory " + given);
        }
        try {
            var inspector = new LogInspector(Disk.system(), directory, finding -> {}, (done, total, file) -> {});
            List<Path> partitions = inspector.partitionDirectories();
            if (partitions.isEmpty()) {
                throw new ParameterException(
                        command, "there are no logs in " + given + ": say a node's data directory or one partition's");
            }
            boolean isPartition = partitions.equals(List.of(directory));
            Path dataDirectory = isPartition ? directory.resolveSibling("") : directory;
            return new RestingLogs(directory, DataDirectoryLock.acquireToRead(dataDirectory));
        } catch (FileSystemException e) {
            throw unreadable(e);
        }
    }

    /** Has {@code inspection} look at the logs. */
    Totals inspect(Consumer<Finding> findings, Progress progress, Inspection inspection) throws IOException {
        try {
            return inspection.of(new LogInspector(Disk.system(), directory, findings, progress));
        } catch (FileSystemException e) {
            throw unreadable(e);
        }
    }

    private static IOException unreadable(FileSystemException e) {
        String why = e instanceof AccessDeniedException
                ? "permission denied"
                : e.getReason() == null ? e.getClass().getSimpleName() : e.getReason();
        return new IOException(e.getFile() + " cannot be read: " + why, e);
    }

    @Override
    public void close() throws IOException {
        if (lock.isPresent()) {
            lock.get().close();
        }
    }
}

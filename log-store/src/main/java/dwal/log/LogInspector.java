package dwal.log;

import dwal.environment.Disk;
import dwal.log.index.IndexException;
import dwal.log.index.LogIndex;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * Looks at logs from outside, while no server runs on them: checks every checksum, the records inside, that offsets follow
 * each other, and the index against the log; or tells what is in them. Changes nothing. One thread.
 */
public final class LogInspector {

    /** Told how far the work is. */
    public interface Progress {
        /** {@code done} of {@code total} bytes have been read; {@code file} is being read. */
        void at(long done, long total, Path file);
    }

    /** How bad a finding is. */
    public enum Severity {
        /** Worth knowing: offsets that compaction or a marker left out, an end that the next start will cut. */
        NOTE("note"),
        /** What is there may not be read by whoever looks: nothing is known of it. */
        UNREADABLE("unreadable"),
        /** Data that was written is not there, or not right. */
        DAMAGE("damage");

        private final String word;

        Severity(String word) {
            this.word = word;
        }
    }

    /**
     * Something found at one place: {@code offset} is that of the batch there, as far as known. Of a whole file position or
     * offset are -1.
     */
    public record Finding(Severity severity, Path file, long position, long offset, String what) {
        /** With how bad it is: a line of its own. */
        public String line() {
            return severity.word + ": " + this;
        }

        @Override
        public String toString() {
            return file
                    + (position < 0 ? "" : " at position " + position)
                    + (offset < 0 ? "" : " (offset " + offset + ")")
                    + ": "
                    + what;
        }
    }

    /** What was read. */
    public record Totals(
            int partitions, int segments, long batches, long records, long bytes, int damaged, int unreadable) {}

    private final Disk disk;
    private final Path directory;
    private final Consumer<Finding> findings;
    private final Progress progress;

    /** Looks at {@code directory}: a data directory, or the directory of one partition. */
    public LogInspector(Disk disk, Path directory, Consumer<Finding> findings, Progress progress) {
        this.disk = disk;
        this.directory = directory;
        this.findings = findings;
        this.progress = progress;
    }

    /** The partition directories that it looks at, sorted; empty if there are none. */
    public List<Path> partitionDirectories() throws IOException {
        if (!LogFiles.segments(disk, directory).isEmpty()) {
            return List.of(directory);
        }
        List<Path> found = new ArrayList<>();
        for (Path path : disk.list(directory)) {
            if (LogFiles.partitionOf(path.getFileName().toString()).isPresent()
                    && !LogFiles.segments(disk, path).isEmpty()) {
                found.add(path);
            }
        }
        Collections.sort(found);
        return found;
    }

    /** Checks everything. */
    public Totals verify() throws IOException {
        return run(null);
    }

    /** Tells {@code lines} what is in each batch, as {@code detail} says; finds damage on the way. */
    public Totals dump(LogDump.Detail detail, Consumer<String> lines) throws IOException {
        return run(new LogDump(detail, lines));
    }

    private Totals run(@Nullable LogDump dump) throws IOException {
        var inspection = new Inspection(disk, findings, progress, dump);
        List<Path> directories = partitionDirectories();
        for (Path one : directories) {
            for (long base : LogFiles.segments(disk, one)) {
                inspection.expect(one.resolve(Segment.fileName(base)));
            }
        }
        var starts = new StartOffsetFile(
                disk,
                dataDirectory(directories),
                (file, why) -> inspection.note(
                        file,
                        Inspection.NOWHERE,
                        Inspection.NOWHERE,
                        "the file is damaged (" + why
                                + "), and the next start writes it anew. It matters only when the index is"
                                + " lost too: then records that were deleted from the front of a segment come back"));
        try (LogIndex index = openIndex(inspection, directories)) {
            for (Path one : directories) {
                new PartitionInspection(inspection, one, starts, index).run();
            }
            if (index != null && !isPartition(directories)) {
                tellMissingLogs(inspection, starts, index, directories);
            }
        }
        return inspection.totals();
    }

    /** Of logs without any segment. */
    private void tellMissingLogs(Inspection inspection, StartOffsetFile starts, LogIndex index, List<Path> directories)
            throws IOException {
        Set<TopicPartition> nameless = new HashSet<>();
        Set<TopicIdPartition> there = new HashSet<>();
        for (Path one : directories) {
            Optional<TopicPartition> name =
                    LogFiles.partitionOf(one.getFileName().toString());
            Optional<Uuid> topicId = topicIdOf(one);
            name.ifPresent(known -> topicId.ifPresentOrElse(
                    id -> there.add(new TopicIdPartition(id, known)), () -> nameless.add(known)));
        }
        try {
            new MissingFiles(
                            directory,
                            starts,
                            (file, offset, what) -> inspection.damage(file, Inspection.NOWHERE, offset, what))
                    .lookForLogs(index, one -> there.contains(one) || nameless.contains(one.topicPartition()));
        } catch (IndexException e) {
            inspection.note(
                    directory,
                    Inspection.NOWHERE,
                    Inspection.NOWHERE,
                    "it is not known whether logs are missing, for the index cannot be read: " + e.getMessage());
        }
    }

    /** Empty where nobody knows whose the directory is, which its own inspection tells. */
    private Optional<Uuid> topicIdOf(Path partition) {
        try {
            return PartitionMetadata.read(disk, partition).map(PartitionMetadata::topicId);
        } catch (DamagedLogException | IOException e) {
            return Optional.empty();
        }
    }

    private boolean isPartition(List<Path> directories) {
        return directories.size() == 1 && directories.get(0).equals(directory);
    }

    private Path dataDirectory(List<Path> directories) {
        Path parent = isPartition(directories) ? directory.toAbsolutePath().getParent() : null;
        return parent == null ? directory : parent;
    }

    private @Nullable LogIndex openIndex(Inspection inspection, List<Path> directories) {
        Path path = dataDirectory(directories).resolve(IndexOpening.DIRECTORY);
        if (!disk.exists(path.resolve(LogIndex.ROOT_FILE))) {
            if (!isPartition(directories) && directories.stream().anyMatch(LogInspector::isIndexed)) {
                String noRoot = "there is no " + LogIndex.ROOT_FILE + " in the index that can be read";
                tellOfIndex(inspection, path, disk.exists(path) ? noRoot : "there is no index");
            }
            return null;
        }
        try {
            return LogIndex.openReadOnly(path);
        } catch (IndexException e) {
            tellOfIndex(inspection, path, String.valueOf(e.getMessage()));
            return null;
        }
    }

    private static boolean isIndexed(Path partition) {
        return LogFiles.partitionOf(partition.toAbsolutePath().getFileName().toString())
                .filter(one -> !LogFiles.isKeptByKRaft(one))
                .isPresent();
    }

    private static void tellOfIndex(Inspection inspection, Path path, String what) {
        inspection.note(
                path,
                Inspection.NOWHERE,
                Inspection.NOWHERE,
                what + ". The next start builds it anew from the logs; what only it knows cannot be checked");
    }
}

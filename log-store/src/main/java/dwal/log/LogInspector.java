package dwal.log;

import dwal.environment.Disk;
import dwal.environment.DiskFile;
import dwal.log.PartitionMetadata.Gaps;
import dwal.log.index.IndexException;
import dwal.log.index.LogIndex;
import dwal.protocol.batch.BatchView;
import dwal.protocol.batch.RecordRules;
import dwal.protocol.batch.RecordWalk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
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
        NOTE,
        /** Data that was written is not there, or not right. */
        DAMAGE
    }

    /** Something found at one place: {@code offset} is that of the batch there, as far as known. */
    public record Finding(Severity severity, Path file, long position, long offset, String what) {
        @Override
        public String toString() {
            return file + " at position " + position + " (offset " + offset + "): " + what;
        }
    }

    /** What was read. */
    public record Totals(int partitions, int segments, long batches, long records, long bytes, int damaged) {}

    private static final String INDEX = "index";
    private static final RecordRules ANY = new RecordRules(false, Long.MIN_VALUE, Long.MAX_VALUE, Integer.MAX_VALUE);

    private final Disk disk;
    private final Path directory;
    private final Consumer<Finding> findings;
    private final Progress progress;
    private final RecordWalk walk = new RecordWalk();

    private long bytesTotal;
    private long bytesDone;
    private int partitions;
    private int segments;
    private long batches;
    private long records;
    private int damaged;

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
        List<Path> directories = partitionDirectories();
        for (Path one : directories) {
            for (long base : LogFiles.segments(disk, one)) {
                bytesTotal += disk.size(one.resolve(Segment.fileName(base)));
            }
        }
        try (LogIndex index = dump == null ? openIndex(directories) : null) {
            for (Path one : directories) {
                inspect(one, index, dump);
            }
            if (index != null && !isPartition(directories)) {
                tellMissingLogs(index, directories);
            }
        }
        return new Totals(partitions, segments, batches, records, bytesDone, damaged);
    }

    /** Of logs without any segment. */
    private void tellMissingLogs(LogIndex index, List<Path> directories) throws IOException {
        Set<TopicIdPartition> there = new HashSet<>();
        for (Path one : directories) {
            Optional<Uuid> topicId = metadataOf(one).map(PartitionMetadata::topicId);
            LogFiles.partitionOf(one.getFileName().toString())
                    .ifPresent(name -> topicId.ifPresent(id -> there.add(new TopicIdPartition(id, name))));
        }
        try {
            missingIn(directory).lookForLogs(index, there);
        } catch (IndexException e) {
            tell(Severity.NOTE, directory, 0, 0, e.toString());
        }
    }

    private MissingFiles missingIn(Path dataDirectory) {
        return new MissingFiles(
                disk, dataDirectory, (file, offset, what) -> tell(Severity.DAMAGE, file, 0, offset, what));
    }

    private boolean isPartition(List<Path> directories) {
        return directories.size() == 1 && directories.get(0).equals(directory);
    }

    private @Nullable LogIndex openIndex(List<Path> directories) {
        Path parent = isPartition(directories) ? directory.toAbsolutePath().getParent() : directory;
        Path path = parent == null ? null : parent.resolve(INDEX);
        if (path == null || !disk.exists(path)) {
            return null;
        }
        try {
            return LogIndex.openReadOnly(path);
        } catch (IndexException e) {
            tell(Severity.NOTE, path, 0, 0, e.getMessage() + ". It will be built anew from the logs");
            return null;
        }
    }

    private void inspect(Path partition, @Nullable LogIndex index, @Nullable LogDump dump) throws IOException {
        partitions++;
        Optional<PartitionMetadata> metadata = metadataOf(partition);
        PartitionIndex entries = index == null ? null : indexOf(partition, metadata, index);
        Gaps gaps = metadata.map(PartitionMetadata::gaps).orElse(Gaps.ANYWHERE);
        SavedLog saved = checkpointOf(partition, entries);
        // Below this offset segments meet; behind it a crash may have left a gap, and the next start cuts there.
        long vouchedFor = gaps == Gaps.ANYWHERE || saved == null ? -1 : saved.recoveryOffset();
        List<Long> bases = LogFiles.segments(disk, partition);
        long expected = -1;
        for (int i = 0; i < bases.size(); i++) {
            long base = bases.get(i);
            Path path = partition.resolve(Segment.fileName(base));
            if (expected >= 0 && base != expected) {
                tell(
                        base < expected || base <= vouchedFor ? Severity.DAMAGE : Severity.NOTE,
                        path,
                        0,
                        base,
                        "the segment before ended with offset " + (expected - 1));
            }
            long next = i + 1 == bases.size() ? Long.MAX_VALUE : bases.get(i + 1);
            expected = inspectSegment(path, base, next, gaps == Gaps.NONE, segmentOf(saved, base), entries, dump);
        }
        tellMissing(partition, saved, bases);
    }

    private static @Nullable SavedSegment segmentOf(@Nullable SavedLog saved, long base) {
        return saved == null
                ? null
                : saved.segments().stream()
                        .filter(one -> one.baseOffset() == base)
                        .findFirst()
                        .orElse(null);
    }

    /** Tells of segments of the last checkpoint before the first and behind the last of {@code bases}; between them are gaps. */
    private void tellMissing(Path partition, @Nullable SavedLog saved, List<Long> bases) throws IOException {
        Optional<TopicPartition> name =
                LogFiles.partitionOf(partition.toAbsolutePath().getFileName().toString());
        Path data = partition.toAbsolutePath().getParent();
        if (saved != null && name.isPresent() && data != null) {
            missingIn(data).lookFor(name.get(), saved, bases);
        }
    }

    private Optional<PartitionMetadata> metadataOf(Path partition) throws IOException {
        try {
            return PartitionMetadata.read(disk, partition);
        } catch (DamagedLogException e) {
            tell(Severity.DAMAGE, partition, 0, 0, String.valueOf(e.getMessage()));
            return Optional.empty();
        }
    }

    private static @Nullable PartitionIndex indexOf(
            Path partition, Optional<PartitionMetadata> metadata, LogIndex index) {
        Optional<TopicPartition> name =
                LogFiles.partitionOf(partition.toAbsolutePath().getFileName().toString());
        return name.isEmpty() || metadata.isEmpty()
                ? null
                : new PartitionIndex(
                        () -> index, new TopicIdPartition(metadata.get().topicId(), name.get()));
    }

    /** What the last checkpoint says of a log; null if there is none that can be read. */
    private @Nullable SavedLog checkpointOf(Path partition, @Nullable PartitionIndex entries) {
        try {
            return entries == null ? null : entries.saved();
        } catch (IndexException e) {
            tell(Severity.NOTE, partition, 0, 0, e.toString());
            return null;
        }
    }

    private long inspectSegment(
            Path path,
            long base,
            long nextBase,
            boolean contiguous,
            @Nullable SavedSegment saved,
            @Nullable PartitionIndex entries,
            @Nullable LogDump dump)
            throws IOException {
        segments++;
        NavigableMap<Long, Integer> unseen = new TreeMap<>();
        if (entries != null) {
            readEntries(path, base, nextBase, entries, unseen);
        }
        try (DiskFile file = disk.open(path)) {
            var scan = new SegmentScan(file);
            long before = bytesDone;
            long[] expected = {base};
            SegmentScan.End end = scan.run(0, base, false, (batch, position) -> {
                if (batch.baseOffset() != expected[0]) {
                    tell(
                            contiguous ? Severity.DAMAGE : Severity.NOTE,
                            path,
                            position,
                            batch.baseOffset(),
                            "offset " + expected[0] + " is left out");
                }
                inspectBatch(path, batch, position, unseen);
                expected[0] = batch.nextOffset();
                bytesDone = before + position + batch.sizeInBytes();
                progress.at(bytesDone, bytesTotal, path);
                if (dump != null) {
                    dump.batch(path, batch, position);
                }
            });
            boolean isLast = nextBase == Long.MAX_VALUE;
            String problem = isLast && end.onlyZeros() ? null : end.problem();
            String tooShort = saved == null || end.position() >= saved.sizeBytes()
                    ? null
                    : saved.sizeBytes() + " bytes (up to offset " + saved.nextOffset()
                            + ") were synced at the last checkpoint";
            if (problem != null) {
                String damage = scan.whyNoCrash(end, isLast);
                damage = damage == null ? tooShort : damage;
                tell(
                        damage == null ? Severity.NOTE : Severity.DAMAGE,
                        path,
                        end.position(),
                        end.nextOffset(),
                        problem
                                + (damage == null
                                        ? "; a crash left this incomplete, the next start cuts it off"
                                        : "; " + damage));
            }
            if (problem == null) {
                if (tooShort != null) {
                    tell(Severity.DAMAGE, path, end.position(), end.nextOffset(), "the file ends here; " + tooShort);
                }
                unseen.forEach((offset, position) -> tell(
                        Severity.DAMAGE,
                        path,
                        position,
                        offset,
                        "the index says a batch of this offset is here; there is none"));
            }
            bytesDone = before + file.size();
            progress.at(bytesDone, bytesTotal, path);
            return end.nextOffset();
        }
    }

    private void readEntries(
            Path path, long base, long nextBase, PartitionIndex entries, NavigableMap<Long, Integer> unseen) {
        try {
            entries.eachEntry(base, nextBase, unseen::put);
        } catch (IndexException e) {
            tell(Severity.NOTE, path, 0, base, e.toString());
        }
    }

    private void inspectBatch(Path path, BatchView batch, int position, NavigableMap<Long, Integer> unseen) {
        batches++;
        records += batch.recordCount();
        Integer said = unseen.remove(batch.baseOffset());
        if (said != null && said != position) {
            tell(Severity.DAMAGE, path, position, batch.baseOffset(), "the index says this batch is at " + said);
        }
        if (!RecordWalk.knowsCodec(batch.codec())) {
            tell(Severity.DAMAGE, path, position, batch.baseOffset(), "no codec has number " + batch.codec());
            return;
        }
        if (batch.recordCount() == batch.lastOffsetDelta() + 1 && !batch.hasDeleteHorizon()) {
            RecordWalk.Refusal refusal = walk.walk(batch, ANY);
            if (refusal != null) {
                tell(Severity.DAMAGE, path, position, batch.baseOffset(), refusal.message());
            }
        }
    }

    private void tell(Severity severity, Path file, long position, long offset, String what) {
        if (severity == Severity.DAMAGE) {
            damaged++;
        }
        findings.accept(new Finding(severity, file, position, offset, what));
    }
}

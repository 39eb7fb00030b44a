package dwal.log;

import dwal.log.PartitionMetadata.Gaps;
import dwal.log.index.IndexException;
import dwal.log.index.LogIndex;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Looks at the log in one partition directory: whose it is, whether its segments are all there, and each of them. One thread. */
final class PartitionInspection {
    private final Inspection inspection;
    private final Path directory;
    private final Optional<TopicPartition> partition;
    private final boolean isKeptByKRaft;
    private final StartOffsetFile starts;
    private final @Nullable LogIndex index;
    /** First offsets of segments that are missing, as was told. */
    private final NavigableSet<Long> missing = new TreeSet<>();

    private Gaps gaps = Gaps.ANYWHERE;
    private @Nullable PartitionIndex entries;
    private @Nullable Checkpoint checkpoint;
    /** Whether there was a checkpoint that the next start cannot read. */
    private boolean checkpointLost;

    /**
     * Of the log in {@code directory}.
     *
     * @param starts of its data directory
     * @param index of its data directory; null if there is none that can be read
     */
    PartitionInspection(Inspection inspection, Path directory, StartOffsetFile starts, @Nullable LogIndex index) {
        this.inspection = inspection;
        this.directory = directory;
        this.partition =
                LogFiles.partitionOf(directory.toAbsolutePath().getFileName().toString());
        this.isKeptByKRaft = partition.filter(LogFiles::isKeptByKRaft).isPresent();
        this.starts = starts;
        this.index = index;
    }

    /** Looks at everything, and tells what it finds. */
    void run() throws IOException {
        inspection.beginPartition();
        List<Long> bases = LogFiles.segments(inspection.disk(), directory);
        Optional<PartitionMetadata> metadata = readMetadata();
        gaps = isKeptByKRaft ? Gaps.NONE : metadata.map(PartitionMetadata::gaps).orElse(Gaps.ANYWHERE);
        entries = index == null ? null : entries(metadata, index);
        readCheckpoint();
        long start = startOffset();
        tellMissing(bases, start);
        CheckpointCheck check =
                checkpoint == null ? null : new CheckpointCheck(inspection, checkpoint, Math.max(start, bases.get(0)));
        long expected = SegmentInspection.UNKNOWN;
        for (int i = 0; i < bases.size(); i++) {
            if (expected != SegmentInspection.UNKNOWN && bases.get(i) != expected) {
                tellGap(bases.get(i), expected);
            }
            long next = i + 1 == bases.size() ? Long.MAX_VALUE : bases.get(i + 1);
            expected = lookAt(bases.get(i), next, check);
        }
    }

    private long lookAt(long base, long nextBase, @Nullable CheckpointCheck check) {
        Path path = directory.resolve(Segment.fileName(base));
        SavedSegment saved = saved(base);
        IndexCheck indexCheck = IndexCheck.of(inspection, path, base, nextBase, entries, saved);
        var rules = new SegmentInspection.Rules(gaps == Gaps.NONE, checkpointLost);
        return new SegmentInspection(
                        inspection, path, base, nextBase == Long.MAX_VALUE, rules, saved, indexCheck, check)
                .run();
    }

    private @Nullable SavedSegment saved(long base) {
        return checkpoint == null
                ? null
                : checkpoint.log().segments().stream()
                        .filter(one -> one.baseOffset() == base)
                        .findFirst()
                        .orElse(null);
    }

    /** Of a segment at {@code base} that does not meet the one before, which ended before {@code expected}. */
    private void tellGap(long base, long expected) {
        if (expected < base && !missing.subSet(expected, base).isEmpty()) {
            return;
        }
        Path path = directory.resolve(Segment.fileName(base));
        String what = "the segment before ended with offset " + (expected - 1);
        if (base < expected || (gaps != Gaps.ANYWHERE && !mayBeLeftByCrash(base) && !isKnownGap(base, expected))) {
            inspection.damage(path, 0, base, what);
        } else {
            inspection.note(path, 0, base, what);
        }
    }

    /** Whether a gap before {@code base} lies behind the recovery point: then the next start cuts there. */
    private boolean mayBeLeftByCrash(long base) {
        return checkpoint == null
                ? !checkpointLost && !isKeptByKRaft
                : base > checkpoint.log().recoveryOffset();
    }

    /** Whether it was there at the last checkpoint: a follower of a log that Kafka compacted may leave one of billions. */
    private boolean isKnownGap(long base, long expected) {
        List<SavedSegment> known =
                checkpoint == null ? List.of() : checkpoint.log().segments();
        for (int i = 1; i < known.size(); i++) {
            if (known.get(i).baseOffset() == base) {
                return known.get(i - 1).nextOffset() == expected;
            }
        }
        return false;
    }

    private Optional<PartitionMetadata> readMetadata() {
        Path file = directory.resolve(PartitionMetadata.FILE);
        try {
            Optional<PartitionMetadata> found = PartitionMetadata.read(inspection.disk(), directory);
            if (found.isEmpty() && partition.isPresent() && !isKeptByKRaft) {
                inspection.damage(
                        file,
                        Inspection.NOWHERE,
                        Inspection.NOWHERE,
                        "the file is missing, so it is not known which topic the records beside it belong to. A start takes"
                                + " them for those of the topic that has this name then, and writes the file anew. Restore"
                                + " it before, if that may be another topic");
            }
            return found;
        } catch (DamagedLogException e) {
            inspection.damage(file, Inspection.NOWHERE, Inspection.NOWHERE, String.valueOf(e.getMessage()));
        } catch (IOException e) {
            inspection.cannotRead(file, Inspection.NOWHERE, Inspection.NOWHERE, e);
        }
        return Optional.empty();
    }

    /** What {@code open} has of the log; where its directory does not say whose it is, that of the only topic of its name. */
    private @Nullable PartitionIndex entries(Optional<PartitionMetadata> metadata, LogIndex open) {
        if (partition.isEmpty()) {
            return null;
        }
        if (metadata.isPresent()) {
            return new PartitionIndex(
                    () -> open, new TopicIdPartition(metadata.get().topicId(), partition.get()));
        }
        try {
            List<TopicIdPartition> ofThisName = PartitionIndex.allSaved(open).keySet().stream()
                    .filter(one -> one.topicPartition().equals(partition.get()))
                    .toList();
            return ofThisName.size() == 1 ? new PartitionIndex(() -> open, ofThisName.get(0)) : null;
        } catch (IndexException e) {
            return null; // told with the logs that are missing
        }
    }

    private void readCheckpoint() {
        checkpointLost = index == null && !isKeptByKRaft;
        if (entries == null) {
            return;
        }
        try {
            checkpointLost = entries.isLost();
            checkpoint = Checkpoint.read(entries);
        } catch (IndexException | RuntimeException e) {
            checkpointLost = true;
            inspection.note(
                    directory,
                    Inspection.NOWHERE,
                    Inspection.NOWHERE,
                    "what the index says of this log cannot be read: the next start reads it from its beginning, and the"
                            + " index is built anew after the next clean stop. " + e.getMessage());
        }
    }

    private long startOffset() throws IOException {
        long known = partition.isEmpty() ? 0 : starts.of(partition.get());
        return checkpoint == null ? known : Math.max(known, checkpoint.log().startOffset());
    }

    /** Tells of segments that should be there. */
    private void tellMissing(List<Long> bases, long start) throws IOException {
        Path data = directory.toAbsolutePath().getParent();
        if (checkpoint != null && partition.isPresent() && data != null) {
            new MissingFiles(data, starts, this::missing).lookFor(partition.get(), checkpoint.log(), bases);
        } else if (start > 0 && start < bases.get(0) && gaps != Gaps.ANYWHERE) {
            inspection.damage(
                    directory,
                    Inspection.NOWHERE,
                    start,
                    "the first segments are missing; the log started here, the first segment that is there starts at "
                            + bases.get(0));
        }
    }

    private void missing(Path file, long offset, String what) {
        missing.add(offset);
        inspection.damage(file, Inspection.NOWHERE, offset, what);
    }
}

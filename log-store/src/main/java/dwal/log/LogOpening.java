package dwal.log;

import dwal.environment.Disk;
import dwal.environment.DiskFile;
import dwal.log.PartitionMetadata.Gaps;
import dwal.log.index.IndexException;
import dwal.protocol.batch.BatchView;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens a log: takes over the last checkpoint, reads what was written since, cuts an incomplete batch off its end, and
 * refuses damage that no crash explains. One thread, before anybody else sees the log.
 *
 * <p>Where an offset must follow the one before: up to the last checkpoint all is as that says. Behind it segments meet,
 * for so they are written; a gap is what a crash has left of writes that were not synced, and what lies behind it was
 * written later still. When there was a checkpoint and it is lost, such a gap is damage: nobody knows what was synced.
 * A page of zeros, or a segment that ends in the middle of a batch before others, is taken likewise.
 * Within segments, and in directories that Kafka wrote between them too, offsets may be missing where
 * {@link PartitionMetadata.Gaps} says so. They never go back.
 */
final class LogOpening {
    private static final Logger log = LoggerFactory.getLogger(LogOpening.class);
    private static final long TELL_BYTES = 1 << 20;

    private final LogStore store;
    private final TopicPartition partition;
    private final Disk disk;
    private final Path directory;
    private final LogSettings settings;
    private final LogState state;
    private final PartitionIndex index;
    private final List<Segment> segments = new ArrayList<>();
    private final Gaps gaps;
    /** Whether there was a checkpoint that nobody can read any more. */
    private boolean checkpointLost;
    /** Whether segments need not meet. */
    private boolean gapsBetween;

    private long untoldBytes;
    private boolean cut;

    private LogOpening(
            LogStore store,
            TopicPartition partition,
            Path directory,
            LogSettings settings,
            LogState state,
            PartitionIndex index,
            Gaps gaps) {
        this.store = store;
        this.partition = partition;
        this.disk = store.disk();
        this.directory = directory;
        this.settings = settings;
        this.state = state;
        this.index = index;
        this.gaps = gaps;
    }

    /**
     * Fills {@code state} from what is in {@code directory}; leaves it empty if there is nothing. Gives the segments that
     * may hold data which is not synced.
     */
    static List<Segment> open(
            LogStore store,
            TopicIdPartition partition,
            Path directory,
            LogSettings settings,
            LogState state,
            PartitionIndex index)
            throws IOException, DamagedLogException {
        PartitionMetadata.createIfLost(store.disk(), directory, partition);
        Optional<PartitionMetadata> metadata =
                store.disk().exists(directory) ? PartitionMetadata.read(store.disk(), directory) : Optional.empty();
        Uuid found = metadata.map(PartitionMetadata::topicId).orElse(partition.topicId());
        if (!found.equals(partition.topicId())) {
            var old = new TopicIdPartition(found, partition.topicPartition());
            log.warn(
                    "{} holds records of another topic of the same name, id {}: they are set aside in {}",
                    directory,
                    found,
                    setAside(store, old));
            metadata = Optional.empty();
        }
        Gaps gaps = metadata.map(PartitionMetadata::gaps).orElse(Gaps.NONE);
        state.setMayHaveGaps(gaps != Gaps.NONE);
        return new LogOpening(store, partition.topicPartition(), directory, settings, state, index, gaps).open();
    }

    private static Path setAside(LogStore store, TopicIdPartition old) throws IOException {
        try {
            new PartitionIndex(store::index, old).deleteAll();
        } catch (IndexException e) {
            log.warn("What the index has of {} is not deleted: {}", old, e.getMessage());
        }
        store.removeDirectoryOf(old, LogDeletions.Files.SET_ASIDE);
        return store.strayDirectoryOf(old);
    }

    private List<Segment> open() throws IOException, DamagedLogException {
        List<Long> bases = disk.exists(directory) ? LogFiles.segments(disk, directory) : List.of();
        if (bases.isEmpty()) {
            checkNeverUsed();
            store.startOffsetFile().forget(partition);
            return List.of();
        }
        SavedLog saved = readCheckpoint();
        List<Segment> unsynced = saved == null ? openWithout(bases) : openFrom(saved, bases);
        state.setSegments(segments.toArray(new Segment[0]));
        Segment last = segments.get(segments.size() - 1);
        state.setTail(new Place(last, last.nextOffset(), last.sizeBytes()));
        state.setHighWatermark(Math.min(state.highWatermark(), last.nextOffset()));
        return unsynced;
    }

    /** There are no segments: nothing was ever appended, or all is lost, and no offset may be given a second time. */
    private void checkNeverUsed() throws DamagedLogException {
        String known = null;
        try {
            SavedLog saved = index.saved();
            if (saved != null && saved.recoveryOffset() > 0) {
                known = "offsets up to " + (saved.recoveryOffset() - 1)
                        + " were given when the last checkpoint was written";
            } else if (index.isLost()) {
                known = "there were some when the index was lost, and it is not known which offsets they held";
            }
        } catch (IndexException e) {
            log.warn("{} is taken to be new, for the index cannot tell: {}", directory, e.getMessage());
            store.indexIsDamaged();
        } catch (RuntimeException e) {
            known = "what the index says of them cannot be read: " + e.getMessage();
            store.indexIsDamaged();
        }
        if (known != null) {
            throw new DamagedLogException("the segments in " + directory + " are missing, all of them; " + known
                    + ". While another replica leads, the records are fetched anew from there. If there is none, restore the"
                    + " files from a backup, or delete the topic and create it again");
        }
    }

    /** Takes over what the last checkpoint says; null, and nothing is taken over, if there is none that can be read. */
    private @Nullable SavedLog readCheckpoint() {
        Checkpoint checkpoint;
        try {
            checkpointLost = index.isLost();
            checkpoint = Checkpoint.read(index);
        } catch (IndexException | RuntimeException e) {
            log.warn(
                    "{} is read from its beginning, for what the index says of it cannot be read: {}."
                            + " The index is built anew after the next clean stop",
                    directory,
                    e.getMessage());
            store.indexIsDamaged();
            checkpointLost = true;
            return null;
        }
        if (checkpoint == null) {
            return null;
        }
        SavedLog saved = checkpoint.log();
        state.setStartOffset(saved.startOffset());
        state.setHighWatermark(saved.highWatermark());
        state.setSyncedOffset(saved.recoveryOffset());
        state.setEpochs(checkpoint.epochs().from(saved.startOffset()));
        checkpoint.producers().forEach(state.producers()::restore);
        checkpoint.aborted().forEach(state.producers()::restore);
        return saved;
    }

    /** No checkpoint: everything is read. */
    private List<Segment> openWithout(List<Long> bases) throws IOException, DamagedLogException {
        checkBeginning(bases.get(0));
        state.setStartOffset(bases.get(0));
        gapsBetween = gaps == Gaps.ANYWHERE;
        for (int i = 0; i < bases.size() && !cut; i++) {
            Segment segment = newSegment(bases.get(i));
            scan(segment, 0, bases, i);
        }
        startAt(store.startOffsetFile().of(partition));
        store.rebuildProgress().read(untoldBytes);
        store.rebuildProgress().done();
        return List.copyOf(segments);
    }

    /**
     * The segment in which the log starts, as far as that is known, is there. Kafka's file may be a minute old: its first
     * segments may have been deleted since.
     */
    private void checkBeginning(long firstBase) throws IOException, DamagedLogException {
        long start = store.startOffsetFile().of(partition);
        if (start > 0 && start < firstBase && gaps != Gaps.ANYWHERE) {
            throw new DamagedLogException(
                    "the first segments in " + directory + " are missing; the log started at offset "
                            + start + ", the first segment that is there starts at " + firstBase
                            + ". Nothing was changed. Restore the files from a replica or a backup");
        }
    }

    /** Of the segments that were read, records before {@code offset} had been deleted. */
    private void startAt(long offset) {
        long start = Math.min(offset, segments.get(segments.size() - 1).nextOffset());
        if (start > state.startOffset()) {
            state.setStartOffset(start);
            state.setEpochs(state.epochs().from(start));
            state.producers().forgetBefore(start);
        }
    }

    private List<Segment> openFrom(SavedLog saved, List<Long> bases) throws IOException, DamagedLogException {
        // Damaged, the index may be of an earlier time.
        long start = Math.max(saved.startOffset(), store.startOffsetFile().of(partition));
        store.startOffsetFile().note(partition, start);
        Map<Long, SavedSegment> known = new HashMap<>();
        saved.segments().forEach(one -> known.put(one.baseOffset(), one));
        List<Segment> unsynced = new ArrayList<>();
        for (int i = 0; i < bases.size() && !cut; i++) {
            SavedSegment one = known.remove(bases.get(i));
            if (i + 1 < bases.size() && bases.get(i + 1) <= saved.startOffset()) {
                disk.delete(directory.resolve(Segment.fileName(bases.get(i))));
                continue;
            }
            Segment segment = newSegment(bases.get(i));
            long size = disk.size(segment.file().path());
            if (one != null) {
                segment.restore(one);
                checkNotShorter(segment, size);
            } else if (bases.get(i) < saved.recoveryOffset()) {
                throw new DamagedLogException(segment + " is not known to the last checkpoint, which ends at offset "
                        + saved.recoveryOffset() + ": a file that does not belong here?");
            }
            boolean meetsNext = i + 1 == bases.size()
                    || known.containsKey(bases.get(i + 1))
                    || segment.nextOffset() == bases.get(i + 1);
            if (size > segment.sizeBytes() || !meetsNext) {
                scan(segment, segment.sizeBytes(), bases, i);
                unsynced.add(segment);
            }
        }
        for (SavedSegment missing : known.values()) {
            if (missing.nextOffset() > start && missing.sizeBytes() > 0) {
                throw new DamagedLogException(directory.resolve(Segment.fileName(missing.baseOffset()))
                        + " is missing; it held offsets " + missing.baseOffset() + " to " + (missing.nextOffset() - 1));
            }
        }
        startAt(start);
        return unsynced;
    }

    private Segment newSegment(long baseOffset) throws IOException {
        var segment = new Segment(directory, baseOffset, store.openFiles(), index, store.aheadOfEnd());
        segment.begin(store.clock().wallMs(), settings, store.random());
        segment.noteAppendAt(disk.lastModifiedMs(segment.file().path()));
        segments.add(segment);
        return segment;
    }

    private static void checkNotShorter(Segment segment, long size) throws DamagedLogException {
        if (size < segment.sizeBytes()) {
            throw new DamagedLogException(segment + " has " + size + " bytes, but " + segment.sizeBytes()
                    + " bytes of it (up to offset " + segment.nextOffset() + ") were synced at the last checkpoint");
        }
    }

    /**
     * Reads the segment, the {@code i}th, from {@code position} on; at an incomplete end, cuts there, and drops what comes
     * behind.
     */
    private void scan(Segment segment, int position, List<Long> bases, int i) throws IOException, DamagedLogException {
        DiskFile file = segment.file().acquire();
        try {
            var scan = new SegmentScan(file);
            SegmentScan.End end =
                    scan.run(position, segment.nextOffset(), gaps == Gaps.NONE, (batch, at) -> note(segment, batch));
            boolean isLast = i + 1 == bases.size();
            if (isLast && end.onlyZeros()) {
                file.truncate(end.position());
                return;
            }
            String problem = end.problem();
            String damage = null;
            if (problem != null) {
                damage = scan.whyNoCrash(end, isLast, checkpointLost);
            } else if (!isLast) {
                problem = whyNotMet(end.nextOffset(), bases.get(i + 1));
                damage = problem == null ? null : damageBehind(end.nextOffset(), bases, i);
            }
            if (problem == null) {
                return;
            }
            String where =
                    segment + " at position " + end.position() + " (offset " + end.nextOffset() + "): " + problem;
            if (damage != null) {
                throw new DamagedLogException(
                        where + "; " + damage
                                + ". Nothing was changed. Restore the file from a replica or a backup, or cut it there by hand");
            }
            log.warn("Cut off what a crash left incomplete: {}", where);
            file.truncate(end.position());
            dropBehind(bases, i);
        } finally {
            segment.file().release();
        }
    }

    /** What is wrong when a segment ends with {@code nextOffset}, and the next begins with {@code nextBase}; or null. */
    private @Nullable String whyNotMet(long nextOffset, long nextBase) {
        if (nextOffset > nextBase) {
            return "the next segment begins with offset " + nextBase;
        }
        return nextOffset == nextBase || gapsBetween ? null : "the records up to offset " + nextBase + " are missing";
    }

    /** Why a segment, the {@code i}th, that does not meet the next cannot come from a crash; null if it can. */
    private @Nullable String damageBehind(long nextOffset, List<Long> bases, int i) throws IOException {
        if (nextOffset < bases.get(i + 1)) {
            return checkpointLost
                    ? "the index was lost, so it is not known whether they were ever synced: a segment may be missing"
                    : null;
        }
        for (long base : bases.subList(i + 1, bases.size())) {
            if (disk.size(directory.resolve(Segment.fileName(base))) > 0) {
                return "so an offset in one of the two is wrong, or one of the files does not belong here";
            }
        }
        return null;
    }

    /** What lies behind a cut was not synced either: it was written later. */
    private void dropBehind(List<Long> bases, int i) throws IOException {
        cut = true;
        for (long base : bases.subList(i + 1, bases.size())) {
            Path path = directory.resolve(Segment.fileName(base));
            log.warn("Dropped {}, which a crash left behind the cut", path);
            disk.delete(path);
        }
    }

    private void note(Segment segment, BatchView batch) {
        segment.noteBatch(
                batch.baseOffset(),
                batch.nextOffset(),
                batch.sizeInBytes(),
                batch.maxTimestamp(),
                settings.indexIntervalBytes());
        state.setEpochs(state.epochs().with(batch.leaderEpoch(), batch.baseOffset()));
        if (batch.hasProducerId()) {
            state.producers().note(batch);
        }
        untoldBytes += batch.sizeInBytes();
        if (untoldBytes >= TELL_BYTES) {
            store.rebuildProgress().read(untoldBytes);
            untoldBytes = 0;
        }
    }
}

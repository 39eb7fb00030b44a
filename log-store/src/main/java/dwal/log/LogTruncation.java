package dwal.log;

import dwal.environment.Disk;
import dwal.environment.DiskFile;
import dwal.log.index.IndexException;
import dwal.protocol.batch.BatchView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicIdPartition;

/**
 * Cuts the end off a follower's log, or all of it, and takes back what was noted of the records that go: index entries,
 * leader epochs, producers, aborted transactions, what is synced, the high watermark. On the partition's strand, and may
 * wait for the disk.
 *
 * <p>The order makes a crash at any point harmless: first the checkpoint speaks of less than there is, then files go from
 * the end backwards, then the last one is cut and synced before anything is written behind the cut.
 */
final class LogTruncation {
    /** Behind the segment that is cut, so much is read at most to find earlier batches of the producers concerned. */
    private static final long REPLAY_BYTES = 256L << 20;

    private final LogStore store;
    private final TopicIdPartition partition;
    private final Path directory;
    private final LogSettings settings;
    private final LogState state;
    private final PartitionIndex index;
    private final LogSync sync;
    private final Checkpoints checkpoints;

    LogTruncation(
            LogStore store,
            TopicIdPartition partition,
            Path directory,
            LogSettings settings,
            LogState state,
            PartitionIndex index,
            LogSync sync,
            Checkpoints checkpoints) {
        this.store = store;
        this.partition = partition;
        this.directory = directory;
        this.settings = settings;
        this.state = state;
        this.index = index;
        this.sync = sync;
        this.checkpoints = checkpoints;
    }

    /**
     * Removes all records at or behind {@code offset}, which is before the log's end, and the batch that holds it. If what
     * is there cannot be relied on to tell where that is, nothing is changed.
     */
    void truncateTo(long offset) throws IOException, IndexException, DamagedLogException {
        // No checkpoint and no sync meanwhile; in the order in which a checkpoint takes the two.
        synchronized (checkpoints) {
            synchronized (sync) {
                Segment[] before = state.segments();
                int last = LogState.floor(before, offset);
                Segment cut = copyBefore(before[last], offset);
                Segment[] kept = Arrays.copyOf(before, last + 1);
                kept[last] = cut;
                rollBack(kept, cut.nextOffset());
                Segment[] gone = Arrays.copyOfRange(before, last, before.length);
                publish(kept, gone);
                checkpoints.rewrite(cut.baseOffset(), cut.nextOffset());
                deleteFiles(Arrays.copyOfRange(gone, 1, gone.length));
                store.openFiles().letGo(gone[0].file());
                cutFile(cut);
            }
        }
    }

    /** Drops all there is; the log goes on, empty, at {@code offset}. */
    void startOver(long offset) throws IOException, IndexException {
        synchronized (checkpoints) {
            synchronized (sync) {
                Segment[] gone = state.segments();
                state.setStartOffset(offset);
                state.producers().cutAt(Long.MIN_VALUE);
                state.setEpochs(EpochHistory.EMPTY);
                state.setHighWatermark(offset);
                state.setSyncedOffset(offset);
                checkpoints.forget();
                store.startOffsetFile().forget(partition.topicPartition());
                PartitionMetadata.create(store.disk(), directory, partition);
                deleteFiles(gone);
                Segment first = newSegment(offset);
                first.cutBack();
                syncFile(first);
                publish(new Segment[] {first}, gone);
            }
        }
    }

    /** Drops a damaged log, whole; nothing of it is left, and it starts at offset 0. */
    void dropDamaged() throws IOException, IndexException {
        synchronized (checkpoints) {
            synchronized (sync) {
                checkpoints.forget();
                store.startOffsetFile().forget(partition.topicPartition());
                for (Segment one : state.segments()) {
                    one.retire();
                    store.openFiles().letGo(one.file());
                }
                // From the end backwards, each for good before the next: what a loss of power leaves then begins where
                // the log began.
                deleteAllFromTheEnd();
                state.clear();
                sync.truncated(0);
            }
        }
    }

    private void deleteAllFromTheEnd() throws IOException {
        if (!store.disk().exists(directory)) {
            return; // that was the damage
        }
        List<Long> bases = new ArrayList<>(LogFiles.segments(store.disk(), directory));
        bases.sort(Comparator.reverseOrder());
        for (long base : bases) {
            store.disk().delete(directory.resolve(Segment.fileName(base)));
            store.disk().syncDirectory(directory);
        }
    }

    /** The same file as {@code segment}, as it is without what lies at or behind {@code offset}. */
    private Segment copyBefore(Segment segment, long offset) throws IOException, DamagedLogException {
        Segment copy = newSegment(segment.baseOffset());
        if (segment.directorySynced()) {
            copy.setDirectorySynced();
        }
        copy.noteAppendAt(segment.lastAppendWallMs());
        int lastKept = -1;
        int firstGone = -1;
        try (var steps = new HeaderSteps(segment, LogReader.newScratch(), 0, segment.sizeBytes(), -1)) {
            while (firstGone < 0 && steps.next()) {
                BatchView batch = steps.batch();
                if (batch.lastOffset() >= offset) {
                    firstGone = steps.position();
                } else {
                    lastKept = steps.position();
                    copy.noteBatch(
                            batch.baseOffset(),
                            batch.nextOffset(),
                            batch.sizeInBytes(),
                            batch.maxTimestamp(),
                            settings.indexIntervalBytes());
                }
            }
        }
        checkBatch(segment, lastKept);
        checkBatch(segment, firstGone);
        return copy;
    }

    /** A bit that has flipped in a header would move the cut, and with it what counts as stored. */
    private static void checkBatch(Segment segment, int position) throws IOException, DamagedLogException {
        if (position < 0) {
            return;
        }
        DiskFile file = segment.file().acquire();
        try {
            if (new SegmentScan(file).goodBatchAt(position, 0) == null) {
                throw new DamagedLogException(
                        segment + " is damaged at position " + position + ", in the batch where it was to be cut");
            }
        } finally {
            segment.file().release();
        }
    }

    private Segment newSegment(long baseOffset) {
        var fresh = new Segment(directory, baseOffset, store.openFiles(), index, store.aheadOfEnd());
        fresh.begin(store.clock().wallMs(), settings, store.random());
        return fresh;
    }

    private void rollBack(Segment[] kept, long end) throws IOException {
        Producers producers = state.producers();
        Map<Long, ProducerEntry> affected = producers.cutAt(end);
        if (!affected.isEmpty()) {
            replay(kept, affected.keySet());
            affected.values().forEach(entry -> producers.restoreBefore(entry, end));
        }
        state.setEpochs(state.epochs().before(end));
        state.setHighWatermark(Math.min(state.highWatermark(), end));
        state.setSyncedOffset(Math.min(state.syncedOffset(), end));
        sync.truncated(end);
    }

    /** Notes again the last batches that are left of {@code producerIds}. */
    private void replay(Segment[] kept, Set<Long> producerIds) throws IOException {
        Map<Long, Integer> batches = new HashMap<>();
        int first = kept.length - 1;
        long bytes = 0;
        while (first > 0 && bytes < REPLAY_BYTES) {
            Set<Long> wanting = new HashSet<>(producerIds);
            count(kept[first], batches);
            wanting.removeIf(id -> batches.getOrDefault(id, 0) >= ProducerEntry.BATCHES_KEPT);
            if (wanting.isEmpty()) {
                break;
            }
            bytes += kept[--first].sizeBytes();
        }
        for (int i = first; i < kept.length; i++) {
            replay(kept[i], producerIds);
        }
    }

    private static void count(Segment segment, Map<Long, Integer> batches) throws IOException {
        try (var steps = new HeaderSteps(segment, LogReader.newScratch(), 0, segment.sizeBytes(), -1)) {
            while (steps.next()) {
                if (steps.batch().hasProducerId()) {
                    batches.merge(steps.batch().producerId(), 1, Integer::sum);
                }
            }
        }
    }

    private void replay(Segment segment, Set<Long> producerIds) throws IOException {
        var whole = new BatchView();
        try (var steps = new HeaderSteps(segment, LogReader.newScratch(), 0, segment.sizeBytes(), -1)) {
            while (steps.next()) {
                BatchView batch = steps.batch();
                if (!batch.hasProducerId() || !producerIds.contains(batch.producerId())) {
                    continue;
                }
                state.producers().note(batch.isControl() ? whole.over(read(segment, steps), 0) : batch);
            }
        }
    }

    private static ByteBuffer read(Segment segment, HeaderSteps steps) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(steps.batch().sizeInBytes());
        DiskFile file = segment.file().acquire();
        try {
            file.read(bytes, steps.position());
        } finally {
            segment.file().release();
        }
        return bytes.flip();
    }

    private void publish(Segment[] kept, Segment[] gone) {
        for (Segment one : gone) {
            one.retire();
        }
        Segment last = kept[kept.length - 1];
        state.setSegments(kept);
        state.setTail(new Place(last, last.nextOffset(), last.sizeBytes()));
    }

    /** Deletes from the end backwards, so that what a crash leaves is a log with less cut off, never one with a hole. */
    private void deleteFiles(Segment[] gone) throws IOException {
        Disk disk = store.disk();
        for (int i = gone.length - 1; i >= 0; i--) {
            gone[i].file().delete();
            disk.syncDirectory(directory);
        }
    }

    private void cutFile(Segment cut) throws IOException {
        cut.cutBack();
        syncFile(cut);
    }

    private void syncFile(Segment segment) throws IOException {
        DiskFile file = segment.file().acquire();
        try {
            file.sync();
        } finally {
            segment.file().release();
        }
        store.disk().syncDirectory(directory);
        segment.setDirectorySynced();
    }
}

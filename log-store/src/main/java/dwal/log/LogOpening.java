package dwal.log;

import dwal.environment.Disk;
import dwal.environment.DiskFile;
import dwal.protocol.batch.BatchView;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.Uuid;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens a log from its files: reads what is not covered by a checkpoint, cuts an incomplete batch off its end, and
 * refuses damage that no crash explains. One thread, before anybody else sees the log.
 */
final class LogOpening {
    private static final Logger log = LoggerFactory.getLogger(LogOpening.class);

    private final Disk disk;
    private final Path directory;
    private final LogStore store;
    private final LogSettings settings;
    private final LogState state;

    private LogOpening(LogStore store, Path directory, LogSettings settings, LogState state) {
        this.disk = store.disk();
        this.store = store;
        this.directory = directory;
        this.settings = settings;
        this.state = state;
    }

    /** Fills {@code state} from what is in {@code directory}; leaves it empty if there is nothing. */
    static void open(LogStore store, TopicIdPartition partition, Path directory, LogSettings settings, LogState state)
            throws IOException, DamagedLogException {
        if (!store.disk().exists(directory)) {
            return;
        }
        Optional<Uuid> found = LogFiles.topicIdOf(store.disk(), directory);
        if (found.isPresent() && !found.get().equals(partition.topicId())) {
            log.warn(
                    "{} holds records of a deleted topic of the same name (id {}); they are deleted",
                    directory,
                    found.get());
            LogFiles.deleteDirectory(store.disk(), directory);
            return;
        }
        new LogOpening(store, directory, settings, state).openSegments();
    }

    private void openSegments() throws IOException, DamagedLogException {
        List<Long> bases = LogFiles.segments(disk, directory);
        if (bases.isEmpty()) {
            return;
        }
        state.setStartOffset(bases.get(0));
        Segment[] segments = new Segment[bases.size()];
        for (int i = 0; i < segments.length; i++) {
            segments[i] = new Segment(directory, bases.get(i), store.openFiles());
            scan(segments[i], i == segments.length - 1);
        }
        state.setSegments(segments);
        Segment last = segments[segments.length - 1];
        state.setTail(new Place(last, last.nextOffset(), last.sizeBytes()));
    }

    private void scan(Segment segment, boolean isLast) throws IOException, DamagedLogException {
        DiskFile file = segment.file().acquire();
        try {
            SegmentScan.End end =
                    new SegmentScan(file).run(0, segment.baseOffset(), (batch, position) -> note(segment, batch));
            if (end.problem() == null) {
                return;
            }
            String where =
                    segment + " at position " + end.position() + " (offset " + end.nextOffset() + "): " + end.problem();
            if (!isLast) {
                throw new DamagedLogException("damage in " + where);
            }
            log.warn("Cutting off an incomplete batch: {}", where);
            segment.cutBack();
        } finally {
            segment.file().release();
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
    }
}

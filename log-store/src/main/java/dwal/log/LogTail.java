package dwal.log;

import dwal.protocol.batch.BatchView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import org.apache.kafka.common.TopicIdPartition;

/**
 * The end of a log, where batches that have their offsets are written: chooses or makes the segment that takes them, writes
 * them, takes note of each, and publishes the new end. Belongs to the partition's strand.
 */
final class LogTail {
    private final LogStore store;
    private final TopicIdPartition partition;
    private final Path directory;
    private final LogState state;
    private final PartitionIndex index;
    private final LogSync sync;
    private final BatchView batch = new BatchView();

    LogTail(
            LogStore store,
            TopicIdPartition partition,
            Path directory,
            LogState state,
            PartitionIndex index,
            LogSync sync) {
        this.store = store;
        this.partition = partition;
        this.directory = directory;
        this.state = state;
        this.index = index;
        this.sync = sync;
    }

    /** Whether there are no records: the log may still have a segment, empty. */
    boolean isEmpty() {
        Place tail = state.tail();
        return tail == null || (tail.segment().sizeBytes() == 0 && state.segments().length == 1);
    }

    /**
     * Writes batches of offsets {@code first} to {@code last} into one segment. If that fails nothing of them counts, but
     * bytes may be there: see {@link #undo}.
     */
    void write(ByteBuffer bytes, long first, long last, LogSettings now, long wallMs) throws IOException {
        Segment segment = segmentFor(bytes, first, last, now, wallMs);
        segment.write(bytes.duplicate());
        EpochHistory epochs = state.epochs();
        for (int at = bytes.position(); at < bytes.limit(); at = batch.end()) {
            batch.over(bytes, at);
            segment.noteBatch(
                    batch.baseOffset(),
                    batch.nextOffset(),
                    batch.sizeInBytes(),
                    batch.maxTimestamp(),
                    now.indexIntervalBytes());
            epochs = epochs.with(batch.leaderEpoch(), batch.baseOffset());
            if (batch.hasProducerId()) {
                state.producers().note(batch);
            }
        }
        segment.noteAppendAt(wallMs);
        if (epochs != state.epochs()) {
            state.setEpochs(epochs);
        }
        state.setTail(new Place(segment, segment.nextOffset(), segment.sizeBytes()));
    }

    /** Writes batches of any number of segments, as many at a time as a segment takes. If that fails, some may count. */
    void writeRuns(ByteBuffer good, LogSettings now) throws IOException {
        long wallMs = store.clock().wallMs();
        for (int at = good.position(); at < good.limit(); ) {
            Place tail = state.tail();
            int room = tail == null || tail.segment().sizeBytes() == 0
                    ? now.segmentBytes()
                    : now.segmentBytes() - tail.segment().sizeBytes();
            batch.over(good, at);
            long first = batch.baseOffset();
            long last = batch.lastOffset();
            int end = batch.end();
            while (end < good.limit()
                    && batch.over(good, end).end() - at <= room
                    && batch.lastOffset() - first <= Integer.MAX_VALUE) {
                end = batch.end();
                last = batch.lastOffset();
            }
            if (first < state.endOffset() && tail != null) {
                dropEmpty(tail.segment());
            }
            write(good.duplicate().position(at).limit(end), first, last, now, wallMs);
            at = end;
        }
    }

    /** The first batch begins before the empty log does, so its segment has another name. */
    private void dropEmpty(Segment empty) throws IOException {
        empty.retire();
        state.setSegments(new Segment[0]);
        state.setTail(null);
        empty.file().delete();
    }

    /** Cuts off what a failed write may have left. */
    void undo() throws IOException {
        Place tail = state.tail();
        if (tail != null) {
            tail.segment().cutBack();
        }
    }

    /** The segment for batches of offsets {@code first} to {@code lastOffset}: the last, or a new one if that is full or old. */
    private Segment segmentFor(ByteBuffer bytes, long first, long lastOffset, LogSettings now, long wallMs)
            throws IOException {
        Place tail = state.tail();
        if (tail == null) {
            PartitionMetadata.create(store.disk(), directory, partition);
            return addSegment(first, now);
        }
        Segment last = tail.segment();
        if (lastOffset - last.baseOffset() > Integer.MAX_VALUE) {
            return rollTo(last, Math.max(last.nextOffset(), lastOffset - Integer.MAX_VALUE), now);
        }
        batch.over(bytes, bytes.position());
        boolean full = last.sizeBytes() > now.segmentBytes() - bytes.remaining();
        boolean old = last.isOld(now, batch.maxTimestamp(), wallMs);
        return last.sizeBytes() > 0 && (full || old) ? roll(last, now) : last;
    }

    /** Begins a new segment behind {@code last}. */
    Segment roll(Segment last, LogSettings now) throws IOException {
        return rollTo(last, last.nextOffset(), now);
    }

    private Segment rollTo(Segment last, long baseOffset, LogSettings now) throws IOException {
        last.seal();
        sync.rolled(last);
        return addSegment(baseOffset, now);
    }

    private Segment addSegment(long baseOffset, LogSettings now) throws IOException {
        var fresh = new Segment(directory, baseOffset, store.openFiles(), index, store.aheadOfEnd());
        fresh.begin(store.clock().wallMs(), now, store.random());
        fresh.cutBack();
        Segment[] before = state.segments();
        Segment[] after = Arrays.copyOf(before, before.length + 1);
        after[before.length] = fresh;
        state.setSegments(after);
        state.setTail(new Place(fresh, baseOffset, 0));
        return fresh;
    }
}

package dwal.log;

import dwal.log.index.IndexException;
import dwal.log.index.LogIndex;
import dwal.log.index.LogIndex.Change;
import dwal.log.index.LogIndex.Family;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes checkpoints of one log to the node's index. On any thread that may block, one at a time; the log goes on
 * meanwhile.
 *
 * <p>The order makes it safe without stopping the log: first note the end, then copy what is known of producers, epochs and
 * segments (which covers at least all below that end, and may speak of batches behind it), then sync all that the copy speaks
 * of, then write. So all that a checkpoint speaks of is on the disk, and replaying the log from the end noted gives the same
 * state again. Were a batch lost of which a producer's state speaks, its retry would be taken for a duplicate.
 */
final class Checkpoints {

    /** Makes what has been written outlive a crash. */
    interface Sync {
        /**
         * Blocks until that is so of all below {@code end}, and of the batch at {@code lastOffset}, which may be written already but
         * not published: then it is in the segment of {@code end} or before.
         */
        void through(Place end, long lastOffset) throws IOException;
    }

    private final PartitionIndex index;
    private final LogState state;
    private final Sync sync;

    private long savedOffset = -1;
    private long savedStartOffset = -1;
    /** Base offset of the first segment when the last checkpoint was written. */
    private long savedFirst = -1;

    private long savedHighWatermark = -1;
    private @Nullable EpochHistory savedEpochs;
    /** The segment that was last when the last checkpoint was written, and how many of its warm entries are in whole blocks. */
    private @Nullable Segment savedSegment;

    private int savedEntries;
    /** What the log start is to become, before anybody sees it. */
    private long nextStartOffset;
    /** Whether there is to be none any more. */
    private boolean ended;
    /** Where the log was cut since the last checkpoint, or -1. */
    private long cutSegment = -1;

    private long cutOffset;

    Checkpoints(PartitionIndex index, LogState state, Sync sync) {
        this.index = index;
        this.state = state;
        this.sync = sync;
    }

    /** Notes that the index has everything below {@code offset} already: the log was opened from a checkpoint. */
    synchronized void startAt(long offset) {
        savedOffset = offset;
    }

    /** From now on checkpoints say that the log starts at {@code offset}, if it does not start behind it. */
    synchronized void raiseStart(long offset) {
        nextStartOffset = Math.max(nextStartOffset, offset);
    }

    /** What the next checkpoint says of where the log starts. */
    synchronized long startOffset() {
        return Math.max(state.startOffset(), nextStartOffset);
    }

    /** Writes a checkpoint if anything has changed; it outlives a crash after the index has been flushed. */
    synchronized void save() throws IOException, IndexException {
        if (ended) {
            return;
        }
        LogIndex open = index.index();
        Place end;
        Segment[] segments;
        do {
            // The strand may have rolled and dropped segments in between.
            end = state.tail();
            segments = state.segments();
        } while (end != null && !Arrays.asList(segments).contains(end.segment()));
        long startOffset = startOffset();
        if (open == null || end == null || isSaved(end, segments, startOffset)) {
            return;
        }
        long highWatermark = state.highWatermark();
        List<ProducerEntry> producers = new ArrayList<>();
        for (ProducerEntry one : state.producers().all()) {
            if (one.lastOffset() >= savedOffset) {
                producers.add(one);
            }
        }
        List<Producers.Aborted> aborted = List.copyOf(state.producers().abortedFrom(Math.max(savedOffset, 0)));
        EpochHistory epochs = state.epochs().before(end.offset());
        SavedLog saved = saved(startOffset, highWatermark, segments, end);
        syncAllOf(end, producers, aborted, saved);
        List<Segment> finished = new ArrayList<>();
        try (Change change = open.change()) {
            if (cutSegment >= 0) {
                deleteFrom(change, cutSegment, cutOffset);
            }
            putSegments(change, segments, end, finished);
            for (Long forgotten : state.producers().takeForgotten()) {
                change.delete(Family.PRODUCERS, index.key().with(forgotten));
            }
            for (ProducerEntry one : producers) {
                change.put(Family.PRODUCERS, index.key().with(one.producerId()), one.encode());
            }
            for (Producers.Aborted one : aborted) {
                change.put(Family.ABORTED, index.key().with(one.markerOffset()), one.encode());
            }
            if (!epochs.equals(savedEpochs)) {
                change.put(Family.EPOCHS, index.key().bytes(), epochs.encode());
            }
            long first = segments[0].baseOffset();
            if (first > Math.max(savedFirst, 0)) {
                change.deleteRange(
                        Family.OFFSETS, index.key().with(0), index.key().with(first));
                change.deleteRange(
                        Family.TIMES, index.key().with(0), index.key().with(first));
            }
            if (startOffset > Math.max(savedStartOffset, 0)) {
                change.deleteRange(
                        Family.ABORTED, index.key().with(0), index.key().with(startOffset));
            }
            change.put(Family.STATE, index.key().bytes(), saved.encode());
            change.commit();
        }
        finished.forEach(Segment::becomeCold);
        cutSegment = -1;
        savedOffset = end.offset();
        savedStartOffset = startOffset;
        savedFirst = segments[0].baseOffset();
        savedHighWatermark = highWatermark;
        savedEpochs = epochs;
    }

    /** Syncs all below {@code end}, and what lies behind it of which the others speak. */
    private void syncAllOf(Place end, List<ProducerEntry> producers, List<Producers.Aborted> aborted, SavedLog saved)
            throws IOException {
        long last = end.offset() - 1;
        for (ProducerEntry one : producers) {
            last = Math.max(last, one.lastOffset());
        }
        for (Producers.Aborted one : aborted) {
            last = Math.max(last, one.markerOffset());
        }
        for (SavedSegment one : saved.segments()) {
            last = Math.max(last, one.maxTimestampBatch());
        }
        Place written = last < end.offset() ? end : state.tail();
        sync.through(written == null ? end : written, last);
    }

    /**
     * Writes a checkpoint of a log that was just cut to {@code cutOffset} in the segment at {@code segmentBase}, and has it
     * outlive a crash: the one before speaks of records that are about to go.
     */
    synchronized void rewrite(long segmentBase, long cutOffset) throws IOException, IndexException {
        LogIndex open = index.index();
        if (open == null) {
            return;
        }
        savedOffset = -1;
        savedStartOffset = -1;
        savedFirst = -1;
        savedEpochs = null;
        savedSegment = null;
        savedEntries = 0;
        this.cutSegment = segmentBase;
        this.cutOffset = cutOffset;
        save();
        open.flush();
    }

    /** Removes all that the index has of the log, whose files are about to go; that outlives a crash. */
    synchronized void forget() throws IndexException {
        nextStartOffset = 0;
        savedOffset = -1;
        savedStartOffset = -1;
        savedFirst = -1;
        savedEpochs = null;
        savedSegment = null;
        savedEntries = 0;
        LogIndex open = index.index();
        if (open != null) {
            index.deleteAll();
            open.flush();
        }
    }

    /** Removes all that the index has of the log, after its next flush for good, and writes no checkpoint any more. */
    synchronized void end() throws IndexException {
        ended = true;
        index.deleteAll();
    }

    private void deleteFrom(Change change, long segmentBase, long offset) throws IndexException {
        change.deleteRange(
                Family.OFFSETS, index.key().with(segmentBase), index.key().end());
        change.deleteRange(
                Family.TIMES, index.key().with(segmentBase), index.key().end());
        change.deleteRange(Family.ABORTED, index.key().with(offset), index.key().end());
        change.deleteRange(Family.PRODUCERS, index.key().bytes(), index.key().end());
    }

    private boolean isSaved(Place end, Segment[] segments, long startOffset) {
        return end.offset() == savedOffset
                && end.segment() == savedSegment
                && segments[0].baseOffset() == savedFirst
                && startOffset == savedStartOffset
                && state.highWatermark() == savedHighWatermark;
    }

    /** Puts the index entries below {@code end} that the index does not have; notes which closed segments it then has whole. */
    private void putSegments(Change change, Segment[] all, Place end, List<Segment> finished) throws IndexException {
        int lastEntries = 0;
        for (Segment segment : all) {
            if (segment.baseOffset() > end.segment().baseOffset()) {
                break;
            }
            SparseIndex warm = segment.warm();
            if (warm.size() == 0) {
                continue;
            }
            boolean isLast = segment == end.segment();
            int from = segment == savedSegment ? savedEntries : 0;
            int to = isLast ? warm.floorOfPosition(end.position() - 1) + 1 : warm.size();
            long endOffset = isLast ? end.offset() : segment.nextOffset();
            int at = from;
            for (; at < to; at += PartitionIndex.BLOCK_ENTRIES) {
                int next = Math.min(at + PartitionIndex.BLOCK_ENTRIES, to);
                index.putBlock(change, segment.baseOffset(), warm, at, next, next < to ? warm.offset(next) : endOffset);
            }
            if (isLast) {
                // The last block may be a piece of one: it is written again next time, longer.
                lastEntries = Math.max(0, (to - 1) / PartitionIndex.BLOCK_ENTRIES * PartitionIndex.BLOCK_ENTRIES);
            } else {
                finished.add(segment);
            }
        }
        savedEntries = lastEntries;
        savedSegment = end.segment();
    }

    private SavedLog saved(long startOffset, long highWatermark, Segment[] all, Place end) {
        List<SavedSegment> segments = new ArrayList<>();
        for (Segment segment : all) {
            if (segment == end.segment()) {
                segments.add(segment.saved(end.offset(), end.position()));
                break;
            }
            segments.add(segment.saved(segment.nextOffset(), segment.sizeBytes()));
        }
        return new SavedLog(index.topic(), startOffset, highWatermark, segments);
    }
}

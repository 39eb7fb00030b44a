package dwal.log;

import dwal.environment.DiskFile;
import dwal.protocol.batch.BatchView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.zip.CRC32C;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.jspecify.annotations.Nullable;

/**
 * Finds records of one log by offset and by time. Any thread: it looks only at what {@link LogState} has published.
 */
final class LogReader {
    private static final int SCRATCH_BYTES = 8 * 1024;

    private final LogState state;
    private final ThreadLocal<ByteBuffer> scratch;

    /** Reads what {@code state} has published, with {@code scratch} as buffers, see {@link #newScratch}. */
    LogReader(LogState state, ThreadLocal<ByteBuffer> scratch) {
        this.state = state;
        this.scratch = scratch;
    }

    /** One per thread is enough for all logs. */
    static ByteBuffer newScratch() {
        return ByteBuffer.allocateDirect(SCRATCH_BYTES);
    }

    /** See {@link PartitionLog#read}. */
    ReadOutcome read(long offset, long limit, int maxBytes, boolean atLeastOne, boolean withAborted)
            throws IOException {
        Place tail = state.tail();
        long end = tail == null ? state.startOffset() : tail.offset();
        if (offset < state.startOffset() || offset > end) {
            return ReadOutcome.outOfRange();
        }
        long stop = Math.min(limit, end);
        if (tail == null || offset >= stop) {
            return ReadOutcome.EMPTY;
        }
        Place from = state.recall(offset);
        if (from == null || from.position() >= readableBytes(from.segment(), tail)) {
            from = search(offset, tail);
        }
        if (from == null || from.offset() > offset) {
            checkMayBeMissing(offset, limit);
        }
        if (from == null || from.offset() >= stop) {
            return ReadOutcome.EMPTY;
        }
        Place to = endOfRead(from, stop, tail, maxBytes, atLeastOne);
        int length = to.position() - from.position();
        if (length <= 0) {
            return ReadOutcome.EMPTY;
        }
        state.remember(to);
        SegmentFile file = from.segment().file();
        DiskFile opened = file.acquire();
        return new ReadOutcome(
                Errors.NONE,
                SegmentSlice.of(file, opened, from.position(), length),
                withAborted ? state.producers().abortedBetween(offset, to.offset()) : List.of());
    }

    /** Batches of one segment: where the first begins, and where the last ends. */
    record Extent(Place from, Place to) {}

    /** Where the batches lie that a reader at {@code offset} is given; null if there are none. */
    @Nullable
    Extent extent(long offset, int maxBytes) throws IOException {
        Place tail = state.tail();
        Place from = tail == null || offset < state.startOffset() ? null : search(offset, tail);
        return tail == null || from == null
                ? null
                : new Extent(from, endOfRead(from, tail.offset(), tail, maxBytes, true));
    }

    /** Refuses it that no batch holds {@code offset}, where none may be missing: a flipped bit in a header may hide one. */
    private void checkMayBeMissing(long offset, long limit) throws IOException {
        Segment[] segments = state.segments();
        if (offset >= state.startOffset() && offset < Math.min(limit, state.endOffset()) && !state.mayHaveGaps()) {
            int at = LogState.floor(segments, offset);
            if (at < 0) {
                throw new IOException("no segment holds it");
            }
            throw new HeaderSteps.NoBatchException(segments[at], "no batch holds offset " + offset);
        }
    }

    private static int readableBytes(Segment segment, Place tail) {
        return segment == tail.segment() ? tail.position() : segment.sizeBytes();
    }

    /** The first batch that ends at or behind {@code offset}; null if there is none before the tail. */
    private @Nullable Place search(long offset, Place tail) throws IOException {
        Segment[] segments = state.segments();
        for (int i = Math.max(0, LogState.floor(segments, offset)); i < segments.length; i++) {
            Segment segment = segments[i];
            Place found = stepToOffset(segment, readableBytes(segment, tail), offset);
            if (found != null) {
                return found;
            }
            if (segment == tail.segment()) {
                return null;
            }
        }
        return null;
    }

    private Place endOfRead(Place from, long stop, Place tail, int maxBytes, boolean atLeastOne) throws IOException {
        Place last = endAt(from.segment(), stop, tail);
        if (last.position() - from.position() <= maxBytes) {
            return last;
        }
        Place cut = stepToPosition(from, (int) Math.min(Integer.MAX_VALUE, (long) from.position() + maxBytes), last);
        if (cut.position() > from.position() || !atLeastOne) {
            return cut;
        }
        return firstBatchEnd(from, last);
    }

    /** Where the batches below {@code stop} end in {@code segment}. */
    private Place endAt(Segment segment, long stop, Place tail) throws IOException {
        if (segment == tail.segment() && stop == tail.offset()) {
            return tail;
        }
        if (segment != tail.segment() && segment.nextOffset() <= stop) {
            return new Place(segment, segment.nextOffset(), segment.sizeBytes());
        }
        Place known = state.recall(stop);
        if (known != null && known.segment() == segment) {
            return known;
        }
        Place found = stepToOffset(segment, readableBytes(segment, tail), stop);
        return found != null ? found : tail;
    }

    /** The first batch of the segment below {@code end} that ends at or behind {@code offset}; null if none does. */
    private @Nullable Place stepToOffset(Segment segment, int end, long offset) throws IOException {
        try {
            return stepToOffset(segment, segment.indexFor(offset), end, offset);
        } catch (HeaderSteps.WrongIndexException e) {
            return stepToOffset(segment, segment.rebuildCold(), end, offset);
        }
    }

    private @Nullable Place stepToOffset(Segment segment, SparseIndex index, int end, long offset) throws IOException {
        int entry = index.floorOfOffset(offset);
        int start = entry < 0 ? 0 : index.position(entry);
        long expected = entry < 0 ? -1 : index.offset(entry);
        try (HeaderSteps steps = new HeaderSteps(segment, scratch.get(), start, end, expected)) {
            while (steps.next()) {
                BatchView batch = steps.batch();
                if (batch.lastOffset() >= offset) {
                    return new Place(segment, batch.baseOffset(), steps.position());
                }
            }
            return null;
        }
    }

    /** The last batch boundary at or before {@code limit}, from {@code from} on. */
    private Place stepToPosition(Place from, int limit, Place last) throws IOException {
        SparseIndex index = from.segment().indexFor(from.offset());
        int entry = index.floorOfPosition(limit);
        if (entry < 0 || index.position(entry) <= from.position()) {
            return stepToPosition(from, limit, last, -1);
        }
        var start = new Place(from.segment(), index.offset(entry), index.position(entry));
        try {
            return stepToPosition(start, limit, last, start.offset());
        } catch (HeaderSteps.WrongIndexException e) {
            return stepToPosition(from, limit, last, -1);
        }
    }

    private Place stepToPosition(Place start, int limit, Place last, long expected) throws IOException {
        Place boundary = start;
        Segment segment = start.segment();
        try (HeaderSteps steps = new HeaderSteps(segment, scratch.get(), start.position(), last.position(), expected)) {
            while (steps.next() && steps.position() <= limit) {
                boundary = new Place(segment, steps.batch().baseOffset(), steps.position());
            }
        }
        return boundary;
    }

    private Place firstBatchEnd(Place from, Place last) throws IOException {
        try (HeaderSteps steps = new HeaderSteps(from.segment(), scratch.get(), from.position(), last.position(), -1)) {
            if (!steps.next()) {
                return from;
            }
            return new Place(
                    from.segment(),
                    steps.batch().nextOffset(),
                    from.position() + steps.batch().sizeInBytes());
        }
    }

    /** See {@link PartitionLog#offsetForTime}. */
    Optional<OffsetAndTime> offsetForTime(long timestampMs, long limit) throws IOException {
        Place tail = state.tail();
        if (tail == null) {
            return Optional.empty();
        }
        long start = state.startOffset();
        for (Segment segment : state.segments()) {
            if (segment.maxTimestampMs() >= timestampMs
                    && (segment == tail.segment() || segment.nextOffset() > start)) {
                var found = recordAtTime(segment, readableBytes(segment, tail), timestampMs, start);
                if (found != null) {
                    return found.offset() < limit ? Optional.of(found) : Optional.empty();
                }
            }
            if (segment == tail.segment()) {
                break;
            }
        }
        return Optional.empty();
    }

    /** See {@link PartitionLog#timestampAt}. */
    OptionalLong timestampAt(long offset) throws IOException {
        Place tail = state.tail();
        Place at = tail == null || offset < state.startOffset() ? null : search(offset, tail);
        if (tail == null || at == null) {
            return OptionalLong.empty();
        }
        int end = readableBytes(at.segment(), tail);
        try (HeaderSteps steps = new HeaderSteps(at.segment(), scratch.get(), at.position(), end, -1)) {
            if (!steps.next()) {
                return OptionalLong.empty();
            }
            BatchView batch = steps.batch();
            return OptionalLong.of(batch.isLogAppendTime() ? batch.maxTimestamp() : batch.baseTimestamp());
        }
    }

    /** See {@link PartitionLog#offsetOfMaxTimestamp}. */
    Optional<OffsetAndTime> offsetOfMaxTimestamp() throws IOException {
        Place tail = state.tail();
        Segment latest = null;
        for (Segment segment : state.segments()) {
            if (latest == null || segment.maxTimestampMs() > latest.maxTimestampMs()) {
                latest = segment;
            }
        }
        if (tail == null || latest == null || latest.maxTimestampMs() < 0) {
            return Optional.empty();
        }
        long timestamp = latest.maxTimestampMs();
        return Optional.ofNullable(recordAtTime(latest, readableBytes(latest, tail), timestamp, state.startOffset()));
    }

    private @Nullable OffsetAndTime recordAtTime(Segment segment, int end, long timestampMs, long startOffset)
            throws IOException {
        try {
            return recordAtTime(segment, segment.indexForTime(timestampMs), end, timestampMs, startOffset);
        } catch (HeaderSteps.WrongIndexException e) {
            return recordAtTime(segment, segment.rebuildCold(), end, timestampMs, startOffset);
        }
    }

    private @Nullable OffsetAndTime recordAtTime(
            Segment segment, SparseIndex index, int end, long timestampMs, long startOffset) throws IOException {
        int entry = index.floorOfTime(timestampMs);
        int position = entry < 0 ? 0 : index.position(entry);
        long expected = entry < 0 ? -1 : index.offset(entry);
        while (position < end) {
            int size;
            try (HeaderSteps steps = new HeaderSteps(segment, scratch.get(), position, end, expected)) {
                do {
                    if (!steps.next()) {
                        return null;
                    }
                } while (steps.batch().maxTimestamp() < timestampMs
                        || steps.batch().lastOffset() < startOffset);
                position = steps.position();
                size = steps.batch().sizeInBytes();
            }
            var found = recordInBatch(segment, position, size, timestampMs, startOffset);
            if (found != null) {
                return found;
            }
            position += size;
            expected = -1;
        }
        return null;
    }

    private static @Nullable OffsetAndTime recordInBatch(
            Segment segment, int position, int size, long timestampMs, long startOffset) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(size);
        DiskFile opened = segment.file().acquire();
        try {
            opened.read(bytes, position);
        } finally {
            segment.file().release();
        }
        BatchView batch = new BatchView().over(bytes, 0);
        if (bytes.hasRemaining()
                || batch.magic() != BatchView.MAGIC
                || batch.computeCrc(new CRC32C()) != batch.storedCrc()) {
            throw new HeaderSteps.NoBatchException(segment, "no whole batch at position " + position);
        }
        int epoch = batch.leaderEpoch();
        for (Record record : MemoryRecords.readableRecords(bytes.flip()).records()) {
            if (record.timestamp() >= timestampMs && record.offset() >= startOffset) {
                return new OffsetAndTime(record.offset(), record.timestamp(), epoch);
            }
        }
        return null;
    }
}

package dwal.log;

import dwal.log.PartitionIndex.BlockTime;
import dwal.log.index.IndexException;
import dwal.protocol.batch.BatchView;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Compares what the node's index says of one segment with its batches, which it is given in order: where batches lie, which
 * timestamps come before them, whether both families lead to all that the last checkpoint covers. One thread.
 *
 * <p>A timestamp may be greater than any in the file: a checkpoint notes those of appends that go on meanwhile, and a loss of
 * power may take these records. Look-ups then read more than they need to. If it is too small, they pass records over.
 */
final class IndexCheck {
    /** What is to be done where the next start notices nothing. */
    static final String REMEDY = ". Delete the directory " + IndexOpening.DIRECTORY + ": the next start builds it anew";

    private record Entry(int position, long timeBefore) {}

    private final Inspection inspection;
    private final Path segment;
    private final @Nullable SavedSegment saved;
    private final NavigableMap<Long, Entry> unseen = new TreeMap<>();
    /** First offset of each block to the one behind it. */
    private final NavigableMap<Long, Long> blocks = new TreeMap<>();

    private final NavigableMap<Long, BlockTime> withoutTime = new TreeMap<>();
    private final Set<BlockTime> withoutBlock = new HashSet<>();
    private boolean readable = true;
    private boolean hasHoles;
    private boolean uncoveredTold;
    private boolean savedEndPassed;
    private long greatestTimestampMs = -1;
    private long nextOffset;

    private IndexCheck(Inspection inspection, Path segment, long base, @Nullable SavedSegment saved) {
        this.inspection = inspection;
        this.segment = segment;
        this.nextOffset = base;
        this.saved = saved;
    }

    /** Of the segment from {@code base} to {@code nextBase}; {@code saved} is what the last checkpoint says of it. */
    static IndexCheck of(
            Inspection inspection,
            Path segment,
            long base,
            long nextBase,
            @Nullable PartitionIndex index,
            @Nullable SavedSegment saved) {
        var check = new IndexCheck(inspection, segment, base, saved);
        check.readable = index != null && check.load(index, base, nextBase);
        return check;
    }

    private boolean load(PartitionIndex index, long base, long nextBase) {
        try {
            index.eachBlock(base, nextBase, this::add);
            index.eachTime(base, time -> {
                if (!withoutTime.remove(time.first(), time)) {
                    withoutBlock.add(time);
                }
            });
            return true;
        } catch (IndexException e) {
            inspection.note(
                    segment,
                    Inspection.NOWHERE,
                    base,
                    "what the index says of it cannot be read, so it is read without index: " + e.getMessage());
            unseen.clear();
            return false;
        }
    }

    private void add(long first, SparseIndex block) {
        for (int i = 0; i < block.size(); i++) {
            unseen.put(block.offset(i), new Entry(block.position(i), block.timeBefore(i)));
        }
        blocks.put(first, block.endOffset());
        withoutTime.put(first, new BlockTime(block.timeBefore(0), first));
    }

    /** A good batch lies at {@code position}. */
    void batch(BatchView batch, int position) {
        if (saved != null && !savedEndPassed && position >= saved.sizeBytes()) {
            passSavedEnd(saved, position);
        }
        Entry entry = unseen.remove(batch.baseOffset());
        if (entry != null) {
            compare(entry, batch.baseOffset(), position);
        }
        if (readable && saved != null && batch.lastOffset() < saved.nextOffset()) {
            checkCovered(batch.baseOffset(), position);
        }
        greatestTimestampMs = Math.max(greatestTimestampMs, batch.maxTimestamp());
        nextOffset = batch.nextOffset();
    }

    private void compare(Entry entry, long offset, int position) {
        if (entry.position() != position) {
            inspection.damage(segment, position, offset, "the index says this batch is at " + entry.position());
        }
        if (entry.timeBefore() < greatestTimestampMs) {
            inspection.damage(
                    segment,
                    position,
                    offset,
                    "the index says that the greatest timestamp before this batch is " + entry.timeBefore()
                            + ", but it is " + greatestTimestampMs + ", so look-ups by time give wrong offsets"
                            + REMEDY);
        } else if (entry.timeBefore() > greatestTimestampMs && !hasHoles) {
            inspection.note(
                    segment,
                    position,
                    offset,
                    "the index says that the greatest timestamp before this batch is " + entry.timeBefore()
                            + ", but it is " + greatestTimestampMs
                            + "; look-ups by time only read more than they need to");
        }
    }

    private void checkCovered(long offset, int position) {
        var block = blocks.floorEntry(offset);
        boolean covered = block != null && offset < block.getValue();
        if (!covered && !uncoveredTold) {
            inspection.damage(
                    segment,
                    position,
                    offset,
                    "the index has no block for this batch, though the last checkpoint covers it, so look-ups read the"
                            + " segment instead" + REMEDY);
        }
        uncoveredTold = !covered;
    }

    private void passSavedEnd(SavedSegment checkpoint, int position) {
        savedEndPassed = true;
        if (!hasHoles && (position > checkpoint.sizeBytes() || nextOffset != checkpoint.nextOffset())) {
            inspection.damage(
                    segment,
                    position,
                    nextOffset,
                    "the last checkpoint says that offset " + checkpoint.nextOffset() + " begins at position "
                            + checkpoint.sizeBytes() + REMEDY);
        }
        if (checkpoint.maxTimestampMs() < greatestTimestampMs) {
            inspection.damage(
                    segment,
                    position,
                    nextOffset,
                    "the last checkpoint says that the greatest timestamp before here is " + checkpoint.maxTimestampMs()
                            + ", but it is " + greatestTimestampMs + ", so look-ups by time give wrong offsets"
                            + REMEDY);
        }
    }

    /** What lies from {@code position} to {@code end} cannot be read. */
    void skip(long position, long end) {
        hasHoles = true;
        unseen.values().removeIf(entry -> entry.position() >= position && entry.position() < end);
    }

    /** No batches follow; the last ended at {@code position}. */
    void end(int position) {
        if (saved != null && !savedEndPassed && position >= saved.sizeBytes()) {
            passSavedEnd(saved, position);
        }
        unseen.forEach((offset, entry) -> inspection.damage(
                segment, entry.position(), offset, "the index says a batch of this offset is here; there is none"));
        if (!withoutTime.isEmpty()) {
            tellOfTimes(
                    "the index has no entry by time for the block that begins here" + others(withoutTime.size())
                            + ", so look-ups by time read the segment instead",
                    withoutTime.firstKey());
        }
        if (!withoutBlock.isEmpty()) {
            tellOfTimes(
                    "the index has an entry by time for a block that begins here" + others(withoutBlock.size())
                            + ", and no such block, so look-ups by time may give wrong offsets",
                    withoutBlock.stream().mapToLong(BlockTime::first).min().orElseThrow());
        }
    }

    private static String others(int count) {
        return count == 1 ? "" : " (and for " + (count - 1) + " others)";
    }

    private void tellOfTimes(String what, long offset) {
        inspection.damage(segment, Inspection.NOWHERE, offset, what + REMEDY);
    }
}

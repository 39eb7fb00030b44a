package dwal.log;

import dwal.environment.DiskFile;
import dwal.protocol.batch.BatchView;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out whether a log is damaged, when a reader has met what is no batch: so may one whom a cut or retention overtakes. All
 * of the segment is checked on a thread that may block; what is wrong there is looked at again on the partition's strand, where
 * nothing is cut meanwhile, and counts only then. What readers do not look at, the checksums, is checked for who asks. One search
 * at a time.
 */
final class DamageSearch {
    private static final Logger log = LoggerFactory.getLogger(DamageSearch.class);

    /** What a reader is given at once, as a rule. */
    private static final int READ_BYTES = 1 << 20;

    private final PartitionLog owner;
    private final LogState state;
    private final LogHealth health;
    private final LogReader reader;
    private final Executor blocking;
    private final AtomicBoolean searching = new AtomicBoolean();

    /** @param health told of damage that readers meet, on the strand of {@code owner} */
    DamageSearch(PartitionLog owner, LogState state, LogHealth health, LogReader reader, Executor blocking) {
        this.owner = owner;
        this.state = state;
        this.health = health;
        this.reader = reader;
        this.blocking = blocking;
    }

    /** A stretch of a segment: where to begin, with a batch of which offset, and the last offset to look for. */
    private record Stretch(int position, long offset, long lastOffset) {}

    /**
     * What is wrong with a segment.
     *
     * @param again from the batch before it on, by which it is judged
     */
    private record Damage(Stretch again, String where) {}

    /** Begins to look at where a reader met {@code what}, unless a search is under way; any thread. */
    void begin(HeaderSteps.NoBatchException what) {
        if (searching.compareAndSet(false, true)) {
            blocking.execute(() -> search(what));
        }
    }

    /** Begins to look at what a reader at {@code offset} is given, unless a search is under way; any thread. */
    void begin(long offset, Consumer<String> found) {
        if (searching.compareAndSet(false, true)) {
            blocking.execute(() -> search(offset, found));
        }
    }

    private void search(HeaderSteps.NoBatchException what) {
        Segment segment = what.segment();
        Damage found = look(segment, new Stretch(0, segment.baseOffset(), Long.MAX_VALUE));
        confirm(segment, found, health::damagedAt, () -> {
            log.warn(
                    "Reading {} failed, though nothing is wrong with {}: {}",
                    owner.partition(),
                    segment,
                    what.getMessage());
        });
    }

    private void search(long offset, Consumer<String> found) {
        try {
            LogReader.Extent extent = reader.extent(offset, READ_BYTES);
            if (extent == null) {
                searching.set(false);
                return;
            }
            Place from = extent.from();
            var stretch =
                    new Stretch(from.position(), from.offset(), extent.to().offset() - 1);
            confirm(from.segment(), look(from.segment(), stretch), found, () -> {});
        } catch (HeaderSteps.NoBatchException e) {
            search(e);
        } catch (IOException e) {
            searching.set(false); // whoever reads there is told
        }
    }

    /** Looks again at {@code found}, on the strand: {@code yes} if it is damage, else {@code no}; neither if it is gone. */
    private void confirm(Segment segment, @Nullable Damage found, Consumer<String> yes, Runnable no) {
        owner.onStrand(() -> {
            searching.set(false);
            if (isCurrent(segment)) {
                Damage confirmed = found == null ? null : look(segment, found.again());
                if (confirmed != null) {
                    yes.accept(confirmed.where());
                } else {
                    no.run();
                }
            }
        });
    }

    /** Whether the log goes on with this very object: else it was cut or deleted, and who read of it was overtaken. */
    private boolean isCurrent(Segment segment) {
        return Arrays.asList(state.segments()).contains(segment);
    }

    /** The first thing that is wrong in {@code stretch}, before the end of what counts of {@code segment}. */
    private @Nullable Damage look(Segment segment, Stretch stretch) {
        int size = segment.sizeBytes();
        var last = new LastBatch(stretch);
        SegmentScan.End end;
        try {
            end = scan(segment, stretch, last);
        } catch (IOException e) {
            if (isCurrent(segment)) {
                log.error("Reading {} failed: {}", segment, e.toString());
            }
            return null;
        }
        if (end.position() >= size || (end.problem() == null && end.nextOffset() > stretch.lastOffset())) {
            return null;
        }
        String problem = end.problem() == null ? "the file ends there" : end.problem();
        return new Damage(
                new Stretch(last.position, last.offset, end.nextOffset()),
                segment + " at position " + end.position() + " (offset " + end.nextOffset() + "): " + problem);
    }

    private SegmentScan.End scan(Segment segment, Stretch stretch, SegmentScan.Visitor visitor) throws IOException {
        DiskFile file = segment.file().acquire();
        try {
            return new SegmentScan(file)
                    .run(stretch.position(), stretch.offset(), !state.mayHaveGaps(), stretch.lastOffset(), visitor);
        } finally {
            segment.file().release();
        }
    }

    /** The last good batch of a scan. */
    private static final class LastBatch implements SegmentScan.Visitor {
        private int position;
        private long offset;

        LastBatch(Stretch from) {
            this.position = from.position();
            this.offset = from.offset();
        }

        @Override
        public void batch(BatchView batch, int at) {
            position = at;
            offset = batch.baseOffset();
        }
    }
}

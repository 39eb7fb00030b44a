package dwal.log;

import dwal.environment.DiskFile;
import dwal.protocol.batch.BatchView;
import dwal.protocol.batch.RecordRules;
import dwal.protocol.batch.RecordWalk;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Looks at one segment: every checksum, the records inside, that offsets follow each other, and what index and checkpoint say of
 * it. Goes on behind damage, where a whole batch follows. One thread.
 */
final class SegmentInspection {
    /** In place of the offset behind a segment of which nobody knows where it ends. */
    static final long UNKNOWN = -1;

    /**
     * How a start judges the log.
     *
     * @param contiguous whether no offset may be missing in a segment
     * @param mayBeSynced see {@link SegmentScan#whyNoCrash(SegmentScan.End, boolean, boolean)}
     */
    record Rules(boolean contiguous, boolean mayBeSynced) {}

    private static final RecordRules ANY = new RecordRules(false, Long.MIN_VALUE, Long.MAX_VALUE, Integer.MAX_VALUE);

    private final Inspection inspection;
    private final Path path;
    private final long base;
    private final boolean isLast;
    private final Rules rules;
    private final @Nullable SavedSegment saved;
    private final IndexCheck index;
    private final @Nullable CheckpointCheck checkpoint;
    private final RecordWalk walk = new RecordWalk();

    private int position;
    private long expected;
    private boolean hasHoles;
    private boolean endIsMissing;
    /** Where the present run began: at the beginning, or behind the last damage. */
    private int goneOnAt;

    /**
     * Of the segment at {@code path}.
     *
     * @param isLast whether no segment follows
     * @param saved what the last checkpoint says of it
     */
    SegmentInspection(
            Inspection inspection,
            Path path,
            long base,
            boolean isLast,
            Rules rules,
            @Nullable SavedSegment saved,
            IndexCheck index,
            @Nullable CheckpointCheck checkpoint) {
        this.inspection = inspection;
        this.path = path;
        this.base = base;
        this.isLast = isLast;
        this.rules = rules;
        this.saved = saved;
        this.index = index;
        this.checkpoint = checkpoint;
        this.expected = base;
    }

    /** Gives the offset behind its last record, or {@link #UNKNOWN} if it could not be read that far. */
    long run() {
        inspection.beginSegment();
        try {
            inspection.disk().size(path); // opening a link that leads nowhere would make the file
            try (DiskFile file = inspection.disk().open(path)) {
                look(new SegmentScan(file));
            }
            return endIsMissing ? UNKNOWN : expected;
        } catch (IOException e) {
            inspection.cannotRead(path, position, expected, e);
            return UNKNOWN;
        } finally {
            inspection.endSegment(path);
        }
    }

    private void look(SegmentScan scan) throws IOException {
        boolean more = true;
        while (more) {
            SegmentScan.End end = scan.run(position, expected, false, this::batch);
            position = end.position();
            more = end.problem() != null && !(isLast && end.onlyZeros()) && passProblem(scan, end, end.problem());
        }
        String tooShort = tooShort();
        if (!hasHoles && tooShort != null) {
            endIsMissing = true;
            inspection.damage(path, position, expected, "the file ends here; " + tooShort);
        }
        index.end(position);
        if (checkpoint != null && rules.contiguous() && !hasHoles) {
            checkpoint.endSegment(path, base, expected);
        }
    }

    private void batch(BatchView batch, int at) {
        if (batch.baseOffset() != expected) {
            String what = "offset " + expected + " is left out";
            if (rules.contiguous()) {
                inspection.damage(path, at, batch.baseOffset(), what);
            } else {
                inspection.note(path, at, batch.baseOffset(), what);
            }
        }
        index.batch(batch, at);
        if (checkpoint != null) {
            checkpoint.batch(path, batch, at);
        }
        lookInside(batch, at);
        position = at + batch.sizeInBytes();
        expected = batch.nextOffset();
        inspection.read(path, batch, at);
    }

    private void lookInside(BatchView batch, int at) {
        if (!RecordWalk.knowsCodec(batch.codec())) {
            inspection.damage(path, at, batch.baseOffset(), "no codec has number " + batch.codec());
            return;
        }
        if (batch.recordCount() == batch.lastOffsetDelta() + 1 && !batch.hasDeleteHorizon()) {
            RecordWalk.Refusal refusal = walk.walk(batch, ANY);
            if (refusal != null) {
                inspection.damage(path, at, batch.baseOffset(), refusal.message());
            }
        }
    }

    /** Tells of what is no good batch, and goes to the next one behind it; false if there is none, or a start cuts it off. */
    private boolean passProblem(SegmentScan scan, SegmentScan.End end, String problem) throws IOException {
        hasHoles = true;
        String damage = scan.whyNoCrash(end, isLast, rules.mayBeSynced());
        damage = damage == null ? tooShort() : damage;
        SegmentScan.Next next = null;
        if (damage == null) {
            inspection.note(
                    path,
                    position,
                    expected,
                    problem + "; a crash left this incomplete, the next start cuts it off"
                            + (isLast ? "" : ", and deletes the segments behind it"));
        } else {
            inspection.damage(path, position, expected, problem + "; " + damage);
            // Where only its epoch is lower than the one before, that one may be what is wrong.
            next = scan.nextWholeBatch(position == goneOnAt ? position + 1 : position, expected);
        }
        index.skip(position, next == null ? Integer.MAX_VALUE : next.position());
        if (next == null) {
            endIsMissing = true;
            return false;
        }
        position = next.position();
        expected = next.offset();
        goneOnAt = position;
        return true;
    }

    /** How much of what the last checkpoint knows is missing behind the present position; null if all is there. */
    private @Nullable String tooShort() {
        return saved == null || position >= saved.sizeBytes()
                ? null
                : saved.sizeBytes() + " bytes (up to offset " + saved.nextOffset()
                        + ") were synced at the last checkpoint";
    }
}

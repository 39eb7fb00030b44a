package dwal.log;

import dwal.log.Producers.Aborted;
import dwal.protocol.batch.BatchView;
import java.nio.file.Path;
import java.util.Collection;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Compares the aborted transactions that a checkpoint knows of with the markers in a log, whose batches it is given in order, as
 * far as the checkpoint covers them: replays them as a start without index would. One thread.
 *
 * <p>What was open where the batches begin, or where some are left out because they are damaged, is taken from the checkpoint.
 */
final class AbortedCheck {
    private final Inspection inspection;
    private final long startOffset;
    private final long endOffset;
    /** By offset of the marker. */
    private final NavigableMap<Long, Aborted> unseen = new TreeMap<>();

    private Producers replayed = new Producers();
    /** From here on no batch was left out. */
    private long knownFrom;

    private long nextOffset = Inspection.NOWHERE;

    /** Of a log that starts at {@code startOffset}; aborted transactions that ended before may be forgotten. */
    AbortedCheck(Inspection inspection, Checkpoint checkpoint, long startOffset) {
        this.inspection = inspection;
        this.startOffset = startOffset;
        this.endOffset = checkpoint.log().recoveryOffset();
        for (Aborted one : checkpoint.aborted()) {
            if (one.markerOffset() < endOffset) {
                unseen.put(one.markerOffset(), one);
            }
        }
    }

    /** A good batch lies at {@code position} of {@code segment}. */
    void batch(Path segment, BatchView batch, int position) {
        if (batch.lastOffset() >= endOffset) {
            return;
        }
        if (batch.baseOffset() != nextOffset) {
            beginAt(batch.baseOffset());
        }
        nextOffset = batch.nextOffset();
        if (batch.hasProducerId() && (batch.isTransactional() || batch.isControl())) {
            try {
                replayed.note(batch);
            } catch (RuntimeException e) {
                inspection.damage(segment, position, batch.baseOffset(), "no marker can be read here: " + e);
                return;
            }
            if (batch.isControl()) {
                compare(segment, position, batch.baseOffset());
            }
        }
    }

    private void beginAt(long offset) {
        replayed = new Producers();
        knownFrom = offset;
        for (Aborted one : unseen.tailMap(offset).values()) {
            if (one.firstOffset() < offset) {
                ProducerEntry unknown = ProducerEntry.unknown(one.producerId());
                replayed.restore(unknown.withTransaction(one.firstOffset()));
            }
        }
    }

    private void compare(Path segment, int position, long marker) {
        Collection<Aborted> found = replayed.abortedFrom(marker);
        Aborted here = found.isEmpty() ? null : found.iterator().next();
        Aborted said = unseen.remove(marker);
        String what = null;
        if (said == null) {
            what = here == null || marker < startOffset
                    ? null
                    : "the index does not know that the " + describe(here)
                            + " is aborted here, so consumers may be given its records";
        } else if (here == null) {
            what = describeAborted(said) + ", and no transaction is aborted here";
        } else if (!agree(here, said)) {
            what = describeAborted(said) + ", and that all below offset " + said.lastStableOffset()
                    + " was stable then; but the " + describe(here) + " is aborted here, and all below offset "
                    + here.lastStableOffset() + " was stable";
        }
        if (what != null) {
            inspection.damage(segment, position, marker, what + IndexCheck.REMEDY);
        }
    }

    /** What was stable depends on transactions that may have begun before all that is known. */
    private boolean agree(Aborted here, Aborted said) {
        return here.producerId() == said.producerId()
                && here.firstOffset() == said.firstOffset()
                && (here.lastStableOffset() == said.lastStableOffset() || said.lastStableOffset() < knownFrom);
    }

    /** Of {@code segment} all batches were given from {@code base} on, and none is missing before {@code nextOffset}. */
    void endSegment(Path segment, long base, long nextOffset) {
        Collection<Aborted> missing = unseen.subMap(base, nextOffset).values();
        for (Aborted said : missing) {
            inspection.damage(
                    segment,
                    Inspection.NOWHERE,
                    said.markerOffset(),
                    "no such marker is here: " + describeAborted(said) + " at offset " + said.markerOffset()
                            + IndexCheck.REMEDY);
        }
        missing.clear();
    }

    private static String describeAborted(Aborted said) {
        return "the index says that a " + describe(said) + " is aborted";
    }

    private static String describe(Aborted one) {
        return "transaction of producer " + one.producerId() + " from offset " + one.firstOffset() + " on";
    }
}

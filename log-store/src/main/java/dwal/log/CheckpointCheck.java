package dwal.log;

import dwal.protocol.batch.BatchView;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Compares what a checkpoint says of leader epochs, of idempotent producers and of aborted transactions with the batches of a log,
 * which it is given in order, as far as the checkpoint covers them. A producer may be missing in it: those that are silent for
 * long are forgotten. One thread.
 */
final class CheckpointCheck {
    /** A batch that a producer is said to have written. */
    private record Expected(long producerId, short epoch, ProducerEntry.Batch batch) {}

    /** Which epochs a batch and the checkpoint have where they differ; -1 is none. */
    private record Epochs(int batch, int checkpoint) {}

    private final Inspection inspection;
    private final long startOffset;
    private final long endOffset;
    private final EpochHistory epochs;
    private final Map<Long, ProducerEntry> producers = new HashMap<>();
    /** By last offset. */
    private final Map<Long, Expected> expected = new HashMap<>();

    private final AbortedCheck aborted;
    private final Set<Long> outdated = new HashSet<>();
    private @Nullable Epochs told;

    /** Of a log that starts at {@code startOffset}. */
    CheckpointCheck(Inspection inspection, Checkpoint checkpoint, long startOffset) {
        this.inspection = inspection;
        this.startOffset = startOffset;
        this.endOffset = checkpoint.log().recoveryOffset();
        this.epochs = checkpoint.epochs();
        this.aborted = new AbortedCheck(inspection, checkpoint, startOffset);
        for (ProducerEntry entry : checkpoint.producers()) {
            producers.put(entry.producerId(), entry);
            for (ProducerEntry.Batch batch : entry.batches()) {
                expected.put(batch.lastOffset(), new Expected(entry.producerId(), entry.epoch(), batch));
            }
        }
    }

    /** A good batch lies at {@code position} of {@code segment}. */
    void batch(Path segment, BatchView batch, int position) {
        Expected said = expected.remove(batch.lastOffset());
        if (batch.lastOffset() >= endOffset) {
            return;
        }
        if (batch.lastOffset() >= startOffset) {
            compareEpochs(segment, batch, position);
        }
        if (said != null && !isAsExpected(batch, said)) {
            inspection.damage(segment, position, batch.baseOffset(), "no such batch is here: " + describe(said));
        }
        if (batch.hasProducerId()) {
            compareProducer(segment, batch, position);
        }
        aborted.batch(segment, batch, position);
    }

    private void compareEpochs(Path segment, BatchView batch, int position) {
        int first = epochs.of(Math.max(batch.baseOffset(), startOffset)).orElse(-1);
        int last = epochs.of(batch.lastOffset()).orElse(-1);
        int epoch = batch.leaderEpoch();
        var now = first == epoch && last == epoch ? null : new Epochs(epoch, first == epoch ? last : first);
        if (now != null && !now.equals(told)) {
            inspection.damage(
                    segment,
                    position,
                    batch.baseOffset(),
                    "leader epoch " + epoch + ", where the index says "
                            + (now.checkpoint() < 0 ? "none" : Integer.toString(now.checkpoint()))
                            + ": one of the two is wrong, and no checksum covers the one here. If other batches before and"
                            + " behind it are told, too, it is the index" + IndexCheck.REMEDY);
        }
        told = now;
    }

    private static boolean isAsExpected(BatchView batch, Expected said) {
        return batch.hasProducerId()
                && batch.producerId() == said.producerId()
                && batch.producerEpoch() == said.epoch()
                && batch.baseSequence() == said.batch().firstSequence()
                && batch.lastSequence() == said.batch().lastSequence()
                && batch.baseOffset() == said.batch().firstOffset();
    }

    private void compareProducer(Path segment, BatchView batch, int position) {
        ProducerEntry entry = producers.get(batch.producerId());
        if (entry != null && entry.lastOffset() < batch.lastOffset() && outdated.add(batch.producerId())) {
            inspection.damage(
                    segment,
                    position,
                    batch.baseOffset(),
                    "the index knows producer " + batch.producerId() + " only up to offset " + entry.lastOffset()
                            + ", so what it sends again may be taken for new" + IndexCheck.REMEDY);
        }
    }

    /** Of {@code segment} all batches were given from {@code base} on, and none is missing before {@code nextOffset}. */
    void endSegment(Path segment, long base, long nextOffset) {
        expected.values().removeIf(said -> {
            boolean missing = said.batch().firstOffset() >= base && said.batch().lastOffset() < nextOffset;
            if (missing) {
                inspection.damage(
                        segment,
                        Inspection.NOWHERE,
                        said.batch().firstOffset(),
                        "no such batch is here: " + describe(said));
            }
            return missing;
        });
        aborted.endSegment(segment, base, nextOffset);
    }

    private static String describe(Expected said) {
        return "the index says that producer " + said.producerId() + " (epoch " + said.epoch() + ") wrote sequences "
                + said.batch().firstSequence() + " to " + said.batch().lastSequence() + " up to offset "
                + said.batch().lastOffset() + IndexCheck.REMEDY;
    }
}

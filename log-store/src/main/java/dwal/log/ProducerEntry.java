package dwal.log;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.jspecify.annotations.Nullable;

/**
 * What a log knows about one idempotent producer. Immutable; any thread.
 *
 * @param batches its last batches of this epoch, oldest first, at most {@link #BATCHES_KEPT}
 * @param coordinatorEpoch of the last transaction marker, or -1
 * @param transactionStart offset where its open transaction starts, or -1
 * @param lastOffset of the last batch or marker that is in here: replaying the log skips what is not behind it
 */
record ProducerEntry(
        long producerId,
        short epoch,
        List<Batch> batches,
        int coordinatorEpoch,
        long lastTimestampMs,
        long transactionStart,
        long lastOffset) {

    /** Kafka's clients have at most five requests in flight. */
    static final int BATCHES_KEPT = 5;

    private static final int FIXED_BYTES = 8 + 2 + 4 + 8 + 8 + 8;
    private static final int BATCH_BYTES = 4 + 4 + 8 + 4 + 8;

    /** One batch that was appended. */
    record Batch(int firstSequence, int lastSequence, long lastOffset, int offsetDelta, long timestampMs) {
        long firstOffset() {
            return lastOffset - offsetDelta;
        }
    }

    /** A producer that has not written yet. */
    static ProducerEntry unknown(long producerId) {
        return new ProducerEntry(producerId, RecordBatch.NO_PRODUCER_EPOCH, List.of(), -1, -1, -1, -1);
    }

    boolean hasTransaction() {
        return transactionStart >= 0;
    }

    /** Sequence of its last record, or -1 when no batch is kept. */
    int lastSequence() {
        return batches.isEmpty() ? RecordBatch.NO_SEQUENCE : batches.get(batches.size() - 1).lastSequence;
    }

    /** The batch kept that has exactly these sequences, if it is of epoch {@code epoch}. */
    @Nullable
    Batch duplicateOf(short epoch, int firstSequence, int lastSequence) {
        if (epoch != this.epoch) {
            return null;
        }
        for (Batch batch : batches) {
            if (batch.firstSequence == firstSequence && batch.lastSequence == lastSequence) {
                return batch;
            }
        }
        return null;
    }

    /** Whether {@code sequence} of {@code epoch} comes before the batches kept. */
    boolean isBeforeAll(short epoch, int sequence) {
        return epoch == this.epoch && !batches.isEmpty() && isBefore(sequence, batches.get(0).firstSequence);
    }

    /** Whether a producer came to {@code sequence} before {@code other}; behind the greatest sequence comes 0 again. */
    static boolean isBefore(int sequence, int other) {
        int distance = (other - sequence) & Integer.MAX_VALUE;
        return distance > 0 && distance < 1 << 30;
    }

    /** After {@code batch} has been appended. */
    ProducerEntry withBatch(short epoch, Batch batch, boolean transactional) {
        List<Batch> after = new ArrayList<>(BATCHES_KEPT);
        if (epoch == this.epoch) {
            after.addAll(batches.size() < BATCHES_KEPT ? batches : batches.subList(1, BATCHES_KEPT));
        }
        after.add(batch);
        long start = transactionStart >= 0 ? transactionStart : transactional ? batch.firstOffset() : -1;
        return new ProducerEntry(
                producerId, epoch, after, coordinatorEpoch, batch.timestampMs, start, batch.lastOffset);
    }

    /** With a transaction that is open since {@code start}. */
    ProducerEntry withTransaction(long start) {
        return new ProducerEntry(producerId, epoch, batches, coordinatorEpoch, lastTimestampMs, start, lastOffset);
    }

    /** After a marker has ended its transaction. */
    ProducerEntry withMarker(short epoch, int coordinatorEpoch, long timestampMs, long offset) {
        return new ProducerEntry(
                producerId,
                epoch,
                epoch == this.epoch ? batches : List.of(),
                coordinatorEpoch,
                timestampMs,
                -1,
                offset);
    }

    ProducerState shown() {
        return new ProducerState(
                producerId, epoch, lastSequence(), lastTimestampMs, coordinatorEpoch, transactionStart);
    }

    /** As the node's index keeps it. */
    byte[] encode() {
        ByteBuffer bytes = ByteBuffer.allocate(FIXED_BYTES + BATCH_BYTES * batches.size());
        bytes.putLong(producerId).putShort(epoch).putInt(coordinatorEpoch).putLong(lastTimestampMs);
        bytes.putLong(transactionStart).putLong(lastOffset);
        for (Batch one : batches) {
            bytes.putInt(one.firstSequence).putInt(one.lastSequence).putLong(one.lastOffset);
            bytes.putInt(one.offsetDelta).putLong(one.timestampMs);
        }
        return bytes.array();
    }

    /** What {@link #encode} made. */
    static ProducerEntry decode(byte[] value) {
        ByteBuffer bytes = ByteBuffer.wrap(value);
        long producerId = bytes.getLong();
        short epoch = bytes.getShort();
        int coordinatorEpoch = bytes.getInt();
        long lastTimestampMs = bytes.getLong();
        long transactionStart = bytes.getLong();
        long lastOffset = bytes.getLong();
        List<Batch> batches = new ArrayList<>();
        while (bytes.remaining() >= BATCH_BYTES) {
            batches.add(new Batch(bytes.getInt(), bytes.getInt(), bytes.getLong(), bytes.getInt(), bytes.getLong()));
        }
        return new ProducerEntry(
                producerId, epoch, batches, coordinatorEpoch, lastTimestampMs, transactionStart, lastOffset);
    }
}

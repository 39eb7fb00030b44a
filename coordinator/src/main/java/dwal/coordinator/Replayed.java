package dwal.coordinator;

import dwal.coordinator.CoordinatorPartitions.Extent;
import java.nio.ByteBuffer;
import java.util.function.LongSupplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.requests.TransactionResult;
import org.apache.kafka.common.utils.BufferSupplier;
import org.apache.kafka.common.utils.CloseableIterator;
import org.apache.kafka.coordinator.common.runtime.CoordinatorPlayback;
import org.apache.kafka.coordinator.common.runtime.Deserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What has been replayed of one partition so far: gives its batches, in order, to a state machine. One thread at a time.
 *
 * <p>It keeps what the state machine relies on: offsets told as written only go up, and one is told as committed only when it
 * was told as written before. Below the high watermark everything is committed already; it is then told at intervals only, so
 * that the state machine can drop what it keeps for going back, without taking a snapshot for each batch.
 *
 * @param <U> the state machine's records
 */
final class Replayed<U> {
    private static final Logger LOG = LoggerFactory.getLogger(Replayed.class);
    private static final long OFFSETS_PER_COMMIT = 10_000;

    private final TopicPartition partition;
    private final CoordinatorPlayback<U> playback;
    private final Deserializer<U> deserializer;
    private final BufferSupplier decompression = BufferSupplier.create();
    private long written;
    private long committed;
    private long records;
    private long bytes;
    private long skipped;

    Replayed(TopicPartition partition, CoordinatorPlayback<U> playback, Deserializer<U> deserializer) {
        this.partition = partition;
        this.playback = playback;
        this.deserializer = deserializer;
    }

    long recordCount() {
        return records;
    }

    long byteCount() {
        return bytes;
    }

    /** Replays {@code batches}, which follow on those before; gives the offset after the last. */
    long add(MemoryRecords batches, LongSupplier highWatermark) {
        long next = -1;
        for (MutableRecordBatch batch : batches.batches()) {
            // The bytes come from a disk: better no group than one with a wrong state.
            batch.ensureValid();
            replay(batch);
            next = batch.nextOffset();
            tell(next, highWatermark.getAsLong());
        }
        bytes += batches.sizeInBytes();
        return next;
    }

    private void tell(long next, long highWatermark) {
        if (next >= highWatermark) {
            tellWritten(next);
            tellCommitted(highWatermark);
        } else if (next - committed >= OFFSETS_PER_COMMIT) {
            tellWritten(next);
            tellCommitted(next);
        }
    }

    /** Nothing follows: the next record to be written gets the log's end offset. */
    void finish(Extent extent) {
        tellWritten(extent.endOffset());
        tellCommitted(Math.min(extent.highWatermark(), written));
        decompression.close();
        if (skipped > 0) {
            LOG.warn(
                    "{} records of {} have a type that this release does not know; they were skipped. "
                            + "A newer release may have written them",
                    skipped,
                    partition);
        }
    }

    private void tellWritten(long offset) {
        if (offset > written) {
            playback.updateLastWrittenOffset(offset);
            written = offset;
        }
    }

    private void tellCommitted(long offset) {
        if (offset > committed) {
            playback.updateLastCommittedOffset(offset);
            committed = offset;
        }
    }

    private void replay(MutableRecordBatch batch) {
        try (CloseableIterator<Record> iterator = batch.streamingIterator(decompression)) {
            while (iterator.hasNext()) {
                Record record = iterator.next();
                records++;
                if (batch.isControlBatch()) {
                    replayMarker(batch, record);
                } else {
                    replayRecord(batch, record);
                }
            }
        }
    }

    private void replayMarker(MutableRecordBatch batch, Record record) {
        ControlRecordType type = ControlRecordType.parse(record.key());
        if (type == ControlRecordType.COMMIT || type == ControlRecordType.ABORT) {
            playback.replayEndTransactionMarker(
                    batch.producerId(),
                    batch.producerEpoch(),
                    type == ControlRecordType.COMMIT ? TransactionResult.COMMIT : TransactionResult.ABORT);
        }
    }

    private void replayRecord(MutableRecordBatch batch, Record record) {
        U decoded;
        try {
            ByteBuffer key = record.key();
            decoded = deserializer.deserialize(key, record.value());
        } catch (Deserializer.UnknownRecordTypeException e) {
            skipped++;
            return;
        } catch (RuntimeException e) {
            throw new IllegalStateException("Record " + record.offset() + " of " + partition + " cannot be read", e);
        }
        try {
            playback.replay(record.offset(), batch.producerId(), batch.producerEpoch(), decoded);
        } catch (RuntimeException e) {
            throw new IllegalStateException(
                    "Record " + record.offset() + " of " + partition + " does not fit those before it", e);
        }
    }
}

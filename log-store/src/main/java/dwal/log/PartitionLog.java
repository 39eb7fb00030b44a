package dwal.log;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;

/**
 * One partition's log on this node.
 *
 * <p>Costs nothing until {@link #open}. Methods that change it belong to the partition's strand; reads
 * may come from any thread and see what has been published by then.
 */
public interface PartitionLog {

    /** Told of what happens to the log outside a call: from the thread it happens on, never inside the caller's stack. */
    interface Listener {
        /** All records below {@code offset} are synced. */
        void synced(long offset);

        /** The log is offline from now on: a sync or write failed, or damage was found. */
        void failed(String reason);
    }

    /** Which partition. */
    TopicIdPartition partition();

    /**
     * Opens the files, recovering if need be: blocks, any thread, once, before anything below. {@code NONE}, or
     * {@code KAFKA_STORAGE_ERROR} when the log is damaged (what and where is in the node's log).
     */
    Errors open();

    // ---- on the partition's strand

    /** Sets who is told; once, before anything else. */
    void setListener(Listener listener);

    /**
     * Checks {@code records} and appends them with offsets from the log end on and {@code leaderEpoch} in their headers
     * (both patched in place in the buffer). The bytes are in the file when this returns, unless the outcome has an error;
     * they may not be synced yet.
     */
    AppendOutcome append(MemoryRecords records, AppendOrigin origin, int leaderEpoch);

    /** Notes the high watermark, to be kept with the next checkpoint; never lowers it. */
    void updateHighWatermark(long highWatermark);

    /** Raises the log start offset to {@code offset}, deletes segments that lie below; bounded by the caller. */
    AppendOutcome deleteRecordsBefore(long offset);

    /** Applies retention, rolls by age, forgets expired producers; cheap when there is nothing to do. */
    void maintain(long wallMs);

    /** Takes new settings. */
    void updateSettings(LogSettings settings);

    // ---- any thread

    /**
     * Reads whole batches from {@code offset} on, of offsets below {@code limit}, at most {@code maxBytes} bytes of them
     * (but one batch even if larger, when {@code atLeastOne}). At {@code limit} or the log end: empty, no error.
     *
     * @param withAborted whether to look up aborted transactions
     */
    ReadOutcome read(long offset, long limit, int maxBytes, boolean atLeastOne, boolean withAborted);

    /** First offset that readers may ask for. */
    long logStartOffset();

    /** Offset of the next record to be appended. */
    long logEndOffset();

    /** End of what counts as stored under the sync policy: the synced end, or the log end. */
    long storedOffset();

    /** As last told by {@link #updateHighWatermark}, or read from the checkpoint; at least the log start offset. */
    long highWatermark();

    /** Start of the earliest open transaction, bounded by the high watermark. */
    long lastStableOffset();

    /** Bytes of all segments. */
    long sizeBytes();

    /** An offset with the timestamp and leader epoch of its batch; timestamp -1 where it has no meaning. */
    record OffsetAndTime(long offset, long timestampMs, int leaderEpoch) {}

    /** The first record with a timestamp of at least {@code timestampMs}, below {@code limit}; empty if there is none. */
    Optional<OffsetAndTime> offsetForTime(long timestampMs, long limit);

    /** The first record with the greatest timestamp of the log; empty if the log is. */
    Optional<OffsetAndTime> offsetOfMaxTimestamp();

    /** Leader epoch of the last batch; empty if there is none. */
    OptionalInt latestEpoch();

    /** Epoch of the batch at {@code offset}, by the epoch history; empty if it is older than the history. */
    OptionalInt epochOf(long offset);

    /** The largest epoch at most {@code epoch} and the offset where it ends; epoch and offset -1 when unknown (KIP-101). */
    record EpochEnd(int epoch, long endOffset) {}

    /** See {@link EpochEnd}. */
    EpochEnd endOffsetFor(int epoch);

    /** An idempotent producer as DescribeProducers shows it; offsets -1 where there is no transaction. */
    record ProducerState(
            long producerId,
            short producerEpoch,
            int lastSequence,
            long lastTimestampMs,
            int coordinatorEpoch,
            long currentTransactionStartOffset) {}

    /** Producers that have written here lately. */
    List<ProducerState> producers();

    /** {@code NONE}, or {@code KAFKA_STORAGE_ERROR} when the log is offline. */
    Errors status();
}

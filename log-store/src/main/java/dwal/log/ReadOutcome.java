package dwal.log;

import dwal.protocol.RecordsSlice;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;

/**
 * What a read found.
 *
 * @param error {@code NONE}; {@code OFFSET_OUT_OF_RANGE}; {@code KAFKA_STORAGE_ERROR}
 * @param records whole batches, the first of which holds the offset asked for (or the next one that exists); may be empty
 * @param abortedTransactions of the offsets in {@code records}, for read_committed readers
 */
public record ReadOutcome(Errors error, RecordsSlice records, List<AbortedTransaction> abortedTransactions) {

    /** Nothing there, and nothing wrong. */
    public static final ReadOutcome EMPTY = new ReadOutcome(Errors.NONE, SegmentSlice.EMPTY, List.of());

    /** An aborted transaction: the producer and the first offset it wrote in this partition. */
    public record AbortedTransaction(long producerId, long firstOffset) {}

    /** Nothing was read, because of {@code error}. */
    public static ReadOutcome failed(Errors error) {
        return new ReadOutcome(error, SegmentSlice.EMPTY, List.of());
    }

    static ReadOutcome outOfRange() {
        return failed(Errors.OFFSET_OUT_OF_RANGE);
    }
}

package dwal.replication;

import dwal.log.ReadOutcome.AbortedTransaction;
import dwal.protocol.RecordsSlice;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * What a read of a partition found. Offsets are -1 when there is an error.
 *
 * @param records what was read; null with an error or a diverging epoch. Whoever gets it must release it
 * @param diverging where the reader's log parts from ours, when its last epoch does not fit (KIP-595), else null
 * @param preferredReadReplica the node to which a consumer is sent to read there (KIP-392), or {@link #HERE}
 */
public record FetchOutcome(
        Errors error,
        long highWatermark,
        long lastStableOffset,
        long logStartOffset,
        @Nullable RecordsSlice records,
        List<AbortedTransaction> abortedTransactions,
        @Nullable Diverging diverging,
        int preferredReadReplica) {

    /** No other node is preferred. */
    public static final int HERE = -1;

    /** The largest epoch at most the reader's, and where it ends here. */
    public record Diverging(int epoch, long endOffset) {}

    /** Nothing was read, for {@code error}. */
    public static FetchOutcome refused(Errors error) {
        return new FetchOutcome(error, -1, -1, -1, null, List.of(), null, HERE);
    }

    /** Bytes read. */
    public int sizeInBytes() {
        return records == null ? 0 : records.sizeInBytes();
    }

    /** Lets go of what was read, for those who do not send it. */
    public void release() {
        if (records != null) {
            records.release();
        }
    }
}

package dwal.gateway.log;

import java.util.List;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;

/**
 * Records that are appended together.
 *
 * @param acks 1 (written by the leader) or -1 (stored on all in-sync replicas)
 * @param producerId of an idempotent producer, whose batches the log takes once; -1 for none
 * @param baseSequence the number of the first record among those of the producer; -1 for none
 */
public record Batch(List<SimpleRecord> records, short acks, long producerId, int baseSequence) {
    /** Stored on all in-sync replicas. */
    public static final short ALL = -1;

    /** Of nobody in particular: sent twice, they are there twice. */
    public Batch(List<SimpleRecord> records, short acks) {
        this(records, acks, RecordBatch.NO_PRODUCER_ID, RecordBatch.NO_SEQUENCE);
    }

    /** Whether the log notices that it has them already. */
    public boolean isIdempotent() {
        return producerId != RecordBatch.NO_PRODUCER_ID;
    }
}

package dwal.server.simulation;

import java.util.List;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;

/**
 * What consumers get is committed, one offset after the other, each once and the same for all (promises O1, O2); no leader
 * denies what another has shown (O4).
 */
final class Reads {
    private final CommittedRecords committed;
    private long records;

    Reads(CommittedRecords committed) {
        this.committed = committed;
    }

    /** How many were read. */
    long records() {
        return records;
    }

    /** A consumer has got {@code record}, the next that it got after all before {@code position}. */
    void read(int partition, long position, Record record, RecordBatch batch) {
        records++;
        if (record.offset() != position) {
            throw Rule.broken("a consumer of partition " + partition + " is given offset " + record.offset()
                    + " where it reads on from " + position);
        }
        List<String> known = committed.of(partition);
        String here = CommittedRecords.describe(record, batch);
        if (position >= known.size() && committed.lags(partition)) {
            return;
        }
        if (position >= known.size() || !known.get((int) position).equals(here)) {
            throw Rule.broken("a consumer of partition " + partition + " is given " + here + " at offset " + position
                    + ", where " + (position < known.size() ? known.get((int) position) : "nothing")
                    + " is committed");
        }
    }

    /** A leader has answered a fetch from {@code position} on without an error. */
    void told(int node, int partition, long position, PartitionData said) {
        int known = committed.of(partition).size();
        if (said.highWatermark() > known && !committed.lags(partition)) {
            throw Rule.broken("node " + node + " tells consumers of partition " + partition + " a high watermark of "
                    + said.highWatermark() + ", where " + known + " records are committed");
        }
        if (said.divergingEpoch().endOffset() >= 0) {
            throw Rule.broken("node " + node + " says that its partition " + partition
                    + " parts from what a consumer has read up to " + position + ", at "
                    + said.divergingEpoch().endOffset());
        }
    }

    /** A leader has refused a fetch from {@code position} on. */
    void refused(int node, int partition, long position, Errors error) {
        if (error == Errors.OFFSET_OUT_OF_RANGE) {
            throw Rule.broken("node " + node + " says that partition " + partition + " has no offset " + position
                    + ", where a consumer has come to by reading");
        }
    }

    /** A leader has said where the partition ends for consumers. */
    void end(int node, int partition, long position, long end) {
        if (end < position || (end > committed.of(partition).size() && !committed.lags(partition))) {
            throw Rule.broken("node " + node + " says that partition " + partition + " ends at " + end
                    + "; a consumer has read it up to " + position + ", and "
                    + committed.of(partition).size() + " records are committed");
        }
    }
}

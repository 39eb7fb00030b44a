package dwal.server.simulation;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;

/**
 * What consumers get is committed, one offset after the other, each once and the same for all (promises O1, O2); no leader
 * denies what another has shown (O4).
 */
final class Reads implements Rule {
    private record Read(int partition, long offset, String what) {}

    private final CommittedRecords committed;
    /** What was read and is committed, though nobody knows yet what that is. */
    private final List<Read> later = new ArrayList<>();

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
        var read = new Read(partition, position, CommittedRecords.describe(record, batch));
        if (isKnown(read)) {
            compare(read);
        } else {
            later.add(read);
        }
    }

    private boolean isKnown(Read read) {
        return read.offset < committed.of(read.partition).size() || read.offset >= committed.end(read.partition);
    }

    private void compare(Read read) {
        List<String> known = committed.of(read.partition);
        String there = read.offset < known.size() ? known.get((int) read.offset) : "nothing";
        if (!there.equals(read.what)) {
            throw Rule.broken("a consumer of partition " + read.partition + " is given " + read.what + " at offset "
                    + read.offset + ", where " + there + " is committed");
        }
    }

    @Override
    public void check(SimulatedCluster cluster) {
        if (!later.isEmpty()) {
            List<Read> known = later.stream().filter(this::isKnown).toList();
            known.forEach(this::compare);
            later.removeAll(known);
        }
    }

    /** A leader has answered a fetch from {@code position} on without an error. */
    void told(int node, int partition, long position, PartitionData said) {
        if (said.highWatermark() > committed.end(partition)) {
            throw Rule.broken("node " + node + " tells consumers of partition " + partition + " a high watermark of "
                    + said.highWatermark() + ", where " + committed.end(partition) + " records are committed");
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
        if (end < position || end > committed.end(partition)) {
            throw Rule.broken("node " + node + " says that partition " + partition + " ends at " + end
                    + "; a consumer has read it up to " + position + ", and "
                    + committed.end(partition) + " records are committed");
        }
    }
}

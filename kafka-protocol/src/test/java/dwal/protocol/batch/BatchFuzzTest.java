package dwal.protocol.batch;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;

/**
 * Any bytes as a record batch: the walk over its records gives a value, and what it accepts can be read by Kafka's own
 * consumer. A normal build goes through the kept corpus; {@code JAZZER_FUZZ=1} looks for more.
 */
class BatchFuzzTest {
    private static final int LENGTH_AT = 8;
    private static final int MAGIC_AT = 16;
    private static final int CRC_AT = 17;
    private static final int LAST_OFFSET_DELTA_AT = 23;
    private static final RecordRules RULES = new RecordRules(false, Long.MIN_VALUE, Long.MAX_VALUE, 1 << 20);

    /** The input is a batch whose length, magic, last offset delta and checksum are put right, to get behind them. */
    @FuzzTest
    void batches(byte[] input) {
        if (input.length < BatchView.HEADER_BYTES) {
            return;
        }
        ByteBuffer bytes = ByteBuffer.wrap(input.clone());
        bytes.putInt(LENGTH_AT, input.length - BatchView.PREFIX_BYTES);
        bytes.put(MAGIC_AT, BatchView.MAGIC);
        BatchView view = new BatchView().over(bytes, 0);
        bytes.putInt(LAST_OFFSET_DELTA_AT, view.recordCount() - 1);
        bytes.putInt(CRC_AT, view.computeCrc(new CRC32C()));
        if (view.recordCount() <= 0 || view.isControl() || !RecordWalk.knowsCodec(view.codec())) {
            return;
        }
        if (new RecordWalk().walk(view, RULES) == null) {
            readAsKafkaDoes(bytes, view.recordCount());
        }
    }

    private static void readAsKafkaDoes(ByteBuffer bytes, int count) {
        var batch = (DefaultRecordBatch)
                MemoryRecords.readableRecords(bytes).batches().iterator().next();
        batch.ensureValid();
        int seen = 0;
        for (Record record : batch) {
            check(record.offset() == batch.baseOffset() + seen, "an offset is not where it should be");
            seen++;
        }
        check(seen == count, "not as many records as the header says");
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}

package dwal.gateway.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.FetchResponseData.AbortedTransaction;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecords.RecordFilter;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.utils.BufferSupplier;
import org.junit.jupiter.api.Test;

class RecordReaderTest {
    private static final short EPOCH = 0;

    private static MemoryRecords batch(long offset, String... values) {
        return MemoryRecords.withRecords(offset, Compression.NONE, records(values));
    }

    private static SimpleRecord[] records(String... values) {
        return java.util.Arrays.stream(values)
                .map(value -> new SimpleRecord(value.getBytes(UTF_8)))
                .toArray(SimpleRecord[]::new);
    }

    private static MemoryRecords transactional(long offset, long producer, String... values) {
        return MemoryRecords.withTransactionalRecords(
                offset, Compression.NONE, producer, EPOCH, 0, RecordBatch.NO_PARTITION_LEADER_EPOCH, records(values));
    }

    private static MemoryRecords marker(long offset, long producer, ControlRecordType type) {
        return MemoryRecords.withEndTransactionMarker(offset, 1, 0, producer, EPOCH, new EndTransactionMarker(type, 0));
    }

    private static ByteBuffer joined(MemoryRecords... parts) {
        ByteBuffer all = ByteBuffer.allocate(10_000);
        for (MemoryRecords part : parts) {
            all.put(part.buffer().duplicate());
        }
        return all.flip();
    }

    private static List<String> read(RecordReader reader) {
        List<String> values = new ArrayList<>();
        for (LogRecord record = reader.next(); record != null; record = reader.next()) {
            values.add(record.offset() + " " + UTF_8.decode(java.util.Objects.requireNonNull(record.value())));
        }
        return values;
    }

    @Test
    void recordsOfAbortedTransactionsAreNotGivenAndThoseOfOthersAre() {
        ByteBuffer bytes = joined(
                transactional(0, 7, "aborted"),
                transactional(1, 8, "open elsewhere"),
                batch(2, "plain"),
                marker(3, 7, ControlRecordType.ABORT),
                transactional(4, 7, "committed"),
                marker(5, 7, ControlRecordType.COMMIT));
        var aborted = new AbortedTransaction().setProducerId(7).setFirstOffset(0);
        var reader = new RecordReader(bytes, 0, List.of(aborted));

        assertThat(read(reader)).containsExactly("1 open elsewhere", "2 plain", "4 committed");
        assertThat(reader.nextOffset()).isEqualTo(6);
    }

    @Test
    void readingBeginsWithinABatch() {
        assertThat(read(new RecordReader(joined(batch(5, "a", "b", "c")), 6))).containsExactly("6 b", "7 c");
    }

    @Test
    void offsetsWhoseRecordsWereCompactedAwayArePassed() {
        MemoryRecords whole = batch(5, "kept", "gone", "gone too");
        var filter = new RecordFilter(0, 0) {
            @Override
            protected BatchRetentionResult checkBatchRetention(RecordBatch batch) {
                return new BatchRetentionResult(BatchRetention.DELETE_EMPTY, false);
            }

            @Override
            protected boolean shouldRetainRecord(RecordBatch batch, Record record) {
                return record.offset() == 5;
            }
        };
        ByteBuffer left = ByteBuffer.allocate(1_000);
        whole.filterTo(filter, left, BufferSupplier.NO_CACHING);
        var reader = new RecordReader(left.flip(), 5);

        assertThat(read(reader)).containsExactly("5 kept");
        // Else the same batch would be read again for ever.
        assertThat(reader.nextOffset()).isEqualTo(8);
    }
}

package dwal.gateway.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.FetchResponseData.AbortedTransaction;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecords.RecordFilter;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.utils.BufferSupplier;
import org.apache.kafka.common.utils.ByteBufferOutputStream;
import org.apache.kafka.common.utils.ByteUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RecordReaderTest {
    private static final short EPOCH = 0;
    private static final int MOST_BYTES = 1_000;

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
        ByteBuffer all = ByteBuffer.allocate(100_000);
        for (MemoryRecords part : parts) {
            all.put(part.buffer().duplicate());
        }
        return all.flip();
    }

    private static RecordReader reader(ByteBuffer bytes, long from, AbortedTransaction... aborted) {
        return new RecordReader(bytes, from, List.of(aborted), MOST_BYTES, () -> {});
    }

    private static RecordReader reader(ByteBuffer bytes, long from, int mostBytes) {
        return new RecordReader(bytes, from, List.of(), mostBytes, () -> {});
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
        var reader = reader(bytes, 0, aborted);

        assertThat(read(reader)).containsExactly("1 open elsewhere", "2 plain", "4 committed");
        assertThat(reader.nextOffset()).isEqualTo(6);
    }

    @Test
    void readingBeginsWithinABatch() {
        assertThat(read(reader(joined(batch(5, "a", "b", "c")), 6))).containsExactly("6 b", "7 c");
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
        var reader = reader(left.flip(), 5);

        assertThat(read(reader)).containsExactly("5 kept");
        // Else the same batch would be read again for ever.
        assertThat(reader.nextOffset()).isEqualTo(8);
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void aRecordThatIsTooLargeIsAProblemAndThoseAroundItAreGiven(CompressionType codec) {
        SimpleRecord[] three = records("a", "x".repeat(50_000), "c");
        MemoryRecords batch = MemoryRecords.withRecords(7, Compression.of(codec).build(), three);
        var reader = reader(joined(batch, batch(10, "d")), 7);

        assertThat(read(reader)).containsExactly("7 a");
        Answer<?> problem = java.util.Objects.requireNonNull(reader.problem());
        assertThat(problem.error()).isEqualTo(Errors.MESSAGE_TOO_LARGE);
        assertThat(problem.message()).contains("offset 8 has 500", "go on at offset 9");
        assertThat(reader.nextOffset()).isEqualTo(8);

        var behind = reader(joined(batch, batch(10, "d")), 9);
        assertThat(read(behind)).containsExactly("9 c", "10 d");
        assertThat(behind.problem()).isNull();
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void aReaderThatRestsGoesOnWhereItWas(CompressionType codec) {
        MemoryRecords batch = MemoryRecords.withRecords(0, Compression.of(codec).build(), records("a", "b", "c"));
        var closed = new AtomicInteger();
        var reader = new RecordReader(joined(batch, batch(3, "d")), 0, List.of(), MOST_BYTES, closed::incrementAndGet);
        List<Long> offsets = new ArrayList<>();
        for (LogRecord record = reader.next(); record != null; record = reader.next()) {
            offsets.add(record.offset());
            reader.rest();
        }
        reader.close();

        assertThat(offsets).containsExactly(0L, 1L, 2L, 3L);
        assertThat(closed).as("how often it was told that its bytes are free").hasValue(1);
    }

    @ParameterizedTest
    @EnumSource(value = CompressionType.class, names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    void whatABatchOnlyClaimsIsNotAllocated(CompressionType codec) throws IOException {
        var claim = ByteBuffer.allocate(100);
        ByteUtils.writeVarint(Integer.MAX_VALUE, claim);
        var inflated = new ByteBufferOutputStream(1_000);
        try (OutputStream out =
                Compression.of(codec).build().wrapForOutput(inflated, RecordBatch.CURRENT_MAGIC_VALUE)) {
            out.write(claim.array());
        }
        ByteBuffer bytes = batch(codec, inflated.buffer().flip());

        for (int most : new int[] {MOST_BYTES, Integer.MAX_VALUE}) {
            var reader = reader(bytes.duplicate(), 0, most);
            assertThat(reader.next()).isNull();
            assertThat(java.util.Objects.requireNonNull(reader.problem()).error())
                    .isEqualTo(Errors.CORRUPT_MESSAGE);
        }
    }

    @ParameterizedTest
    @EnumSource(value = CompressionType.class, names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    void aBatchThatDoesNotInflateIsAProblem(CompressionType codec) {
        // To snappy this is a chunk that claims 2 GB.
        byte[] nonsense = {-1, -1, -1, -1, 7, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5};
        var reader = reader(batch(codec, ByteBuffer.wrap(nonsense)), 0);

        assertThat(reader.next()).isNull();
        Answer<?> problem = java.util.Objects.requireNonNull(reader.problem());
        assertThat(problem.error()).isEqualTo(Errors.CORRUPT_MESSAGE);
        assertThat(problem.message()).contains("offsets 0 to 2");
    }

    /** A batch of three records, of which {@code body} is what its codec made. */
    private static ByteBuffer batch(CompressionType codec, ByteBuffer body) {
        int size = DefaultRecordBatch.RECORD_BATCH_OVERHEAD + body.remaining();
        ByteBuffer bytes = ByteBuffer.allocate(size);
        bytes.position(DefaultRecordBatch.RECORD_BATCH_OVERHEAD);
        bytes.put(body).rewind();
        DefaultRecordBatch.writeHeader(
                bytes,
                0,
                2,
                size,
                RecordBatch.CURRENT_MAGIC_VALUE,
                codec,
                TimestampType.CREATE_TIME,
                0,
                0,
                RecordBatch.NO_PRODUCER_ID,
                EPOCH,
                RecordBatch.NO_SEQUENCE,
                false,
                false,
                false,
                0,
                3);
        return bytes.rewind().limit(size);
    }
}

package dwal.protocol.batch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;

/** What ARCHITECTURE.md tells of the bytes of a batch is what lies there. */
class BatchLayoutTest {
    private static final Pattern ROW = Pattern.compile("(?m)^\\| (\\d+) \\| ([1248]) \\| ([a-z ]+) \\| .*\\|$");

    @Test
    void eachFieldLiesWhereThePageSaysAndNoByteIsLeftOut() throws IOException {
        MutableRecordBatch batch = batch();
        ByteBuffer bytes = ByteBuffer.allocate(batch.sizeInBytes());
        batch.writeTo(bytes);
        Map<String, Long> told = new LinkedHashMap<>();
        int next = 0;
        Matcher rows = ROW.matcher(page());
        while (rows.find()) {
            assertThat(Integer.parseInt(rows.group(1))).as(rows.group()).isEqualTo(next);
            int width = Integer.parseInt(rows.group(2));
            told.put(rows.group(3), number(bytes, next, width));
            next += width;
        }
        assertThat(next).isEqualTo(BatchView.HEADER_BYTES);
        assertThat(told).isEqualTo(fields(batch));
    }

    private static MutableRecordBatch batch() {
        var records = MemoryRecords.withIdempotentRecords(
                300L,
                Compression.gzip().build(),
                77L,
                (short) 5,
                1_000,
                9,
                new SimpleRecord(5_000L, new byte[7]),
                new SimpleRecord(6_000L, new byte[7]));
        return records.batches().iterator().next();
    }

    private static Map<String, Long> fields(MutableRecordBatch batch) {
        Map<String, Long> fields = new LinkedHashMap<>();
        fields.put("base offset", batch.baseOffset());
        fields.put("length", (long) batch.sizeInBytes() - BatchView.PREFIX_BYTES);
        fields.put("leader epoch", (long) batch.partitionLeaderEpoch());
        fields.put("magic", (long) batch.magic());
        fields.put("checksum", (long) (int) batch.checksum());
        fields.put("attributes", 1L);
        fields.put("last offset delta", batch.lastOffset() - batch.baseOffset());
        fields.put("base timestamp", 5_000L);
        fields.put("max timestamp", batch.maxTimestamp());
        fields.put("producer id", batch.producerId());
        fields.put("producer epoch", (long) batch.producerEpoch());
        fields.put("base sequence", (long) batch.baseSequence());
        fields.put("record count", 2L);
        return fields;
    }

    private static long number(ByteBuffer bytes, int at, int width) {
        return switch (width) {
            case 1 -> bytes.get(at);
            case 2 -> bytes.getShort(at);
            case 4 -> bytes.getInt(at);
            default -> bytes.getLong(at);
        };
    }

    /** The table, which ends before the next heading in bold. */
    private static String page() throws IOException {
        String all = Files.readString(Path.of("..", "ARCHITECTURE.md"), UTF_8);
        String from = all.substring(all.indexOf("**A record batch**"));
        return from.substring(0, from.indexOf("Behind these"));
    }
}

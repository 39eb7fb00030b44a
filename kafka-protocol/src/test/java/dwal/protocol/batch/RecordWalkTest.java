package dwal.protocol.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.utils.ByteBufferOutputStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What is said of records does not depend on the way in which they are stepped over: plain ones are taken in long steps
 * where nothing is unusual, compressed ones field by field.
 */
class RecordWalkTest {
    private static final long NOW = 1_700_000_000_000L;
    private static final int ATTRIBUTES_AT = 22;
    private static final int LENGTH_AT = 8;

    private final RecordWalk walk = new RecordWalk();
    private final BatchInflation inflation = new BatchInflation();

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void theSameIsSaidOfPlainRecordsAndOfCompressedOnes(long seed) throws IOException {
        var random = new Random(seed);
        int refused = 0;
        for (int i = 0; i < 4_000; i++) {
            byte[] plain = batch(random);
            if (random.nextInt(4) != 0) {
                damage(plain, random);
            }
            var rules = new RecordRules(random.nextInt(4) == 0, NOW - 50_000, NOW + 50_000, 1 << 20);
            // Other bytes behind the batch, or none, make no difference.
            byte[] more = Arrays.copyOf(plain, plain.length + random.nextInt(3));
            ByteBuffer direct = ByteBuffer.allocateDirect(more.length).put(more).flip();
            RecordWalk.Refusal said = walk.walk(new BatchView().over(direct, 0), rules);
            long max = walk.maxTimestampMs();

            RecordWalk.Refusal expected =
                    walk.walk(new BatchView().over(ByteBuffer.wrap(compressed(plain, CompressionType.GZIP)), 0), rules);
            String what = "batch " + i + " of seed " + seed + ": " + said + " and " + expected;
            assertThat(said == null).as(what).isEqualTo(expected == null);
            if (said != null && expected != null) {
                refused++;
                assertThat(said.error()).as(what).isEqualTo(expected.error());
                assertThat(said.faults()).as(what).isEqualTo(expected.faults());
            } else {
                assertThat(max).as(what).isEqualTo(walk.maxTimestampMs());
            }
        }
        assertThat(refused).isBetween(500, 3_500);
    }

    /** The streams of Kafka, which are taken for what lies on the heap, are the measure. */
    @ParameterizedTest(name = "{0}, seed {1}")
    @CsvSource({"LZ4,1", "LZ4,2", "ZSTD,3", "ZSTD,4"})
    void theSameIsSaidOfWhatIsInflatedInOneGoAndByAStream(CompressionType codec, long seed) throws IOException {
        var random = new Random(seed);
        int refused = 0;
        int atOnce = 0;
        for (int i = 0; i < 3_000; i++) {
            byte[] plain = batch(random);
            if (random.nextInt(4) == 0) {
                damage(plain, random);
            }
            byte[] batch = compressed(plain, codec);
            if (random.nextInt(3) == 0) {
                damage(batch, random);
            }
            var rules = new RecordRules(
                    random.nextInt(8) == 0, NOW - 50_000, NOW + 50_000, random.nextInt(8) == 0 ? 500 : 1 << 20);
            ByteBuffer direct =
                    ByteBuffer.allocateDirect(batch.length).put(batch).flip();
            BatchView view = new BatchView().over(direct, 0);
            atOnce += inflation.inflate(view, 1 << 20) != null ? 1 : 0;
            RecordWalk.Refusal said = walk.walk(view, rules);
            long max = walk.maxTimestampMs();

            RecordWalk.Refusal expected = walk.walk(new BatchView().over(ByteBuffer.wrap(batch), 0), rules);
            String what = "batch " + i + " of seed " + seed + ": " + said + " and " + expected;
            assertThat(said == null).as(what).isEqualTo(expected == null);
            if (said != null && expected != null) {
                refused++;
                assertThat(said.error()).as(what).isEqualTo(expected.error());
                assertThat(said.faults()).as(what).isEqualTo(expected.faults());
            } else {
                assertThat(max).as(what).isEqualTo(walk.maxTimestampMs());
            }
        }
        assertThat(refused).isBetween(300, 2_700);
        assertThat(atOnce).isGreaterThan(2_000);
    }

    @ParameterizedTest
    @EnumSource(names = {"LZ4", "ZSTD"})
    void aBatchOfManyBlocksIsInflatedInOneGoAndALargeOneIsNot(CompressionType codec) throws IOException {
        assertThat(inflatedAtOnce(codec, 40, 20_000)).isTrue();
        assertThat(inflatedAtOnce(codec, 60, 20_000)).isFalse();
    }

    private boolean inflatedAtOnce(CompressionType codec, int records, int valueBytes) throws IOException {
        var random = new Random(5);
        SimpleRecord[] all = new SimpleRecord[records];
        for (int i = 0; i < records; i++) {
            byte[] value = new byte[valueBytes];
            random.nextBytes(value);
            // Some blocks can be compressed and some cannot.
            Arrays.fill(value, 0, i % 16 < 8 ? valueBytes : 0, (byte) 7);
            all[i] = new SimpleRecord(NOW + i, value);
        }
        ByteBuffer bytes =
                MemoryRecords.withRecords(Compression.of(codec).build(), all).buffer();
        ByteBuffer direct =
                ByteBuffer.allocateDirect(bytes.remaining()).put(bytes).flip();
        BatchView batch = new BatchView().over(direct, 0);
        assertThat(walk.walk(batch, new RecordRules(false, 0, Long.MAX_VALUE, 1 << 24)))
                .isNull();
        assertThat(walk.maxTimestampMs()).isEqualTo(NOW + records - 1);
        return inflation.inflate(batch, 1 << 24) != null;
    }

    private static byte[] batch(Random random) {
        SimpleRecord[] records = new SimpleRecord[1 + random.nextInt(random.nextInt(10) == 0 ? 200 : 10)];
        for (int i = 0; i < records.length; i++) {
            long timestamp = NOW + random.nextInt(random.nextInt(20) == 0 ? 60_000 : 300) - 100;
            Header[] headers = new Header[random.nextInt(6) == 0 ? 1 + random.nextInt(3) : 0];
            Arrays.setAll(headers, h -> new RecordHeader("h" + h, bytes(random)));
            records[i] = new SimpleRecord(timestamp, bytes(random), bytes(random), headers);
        }
        ByteBuffer bytes = MemoryRecords.withRecords(Compression.NONE, records).buffer();
        byte[] all = new byte[bytes.remaining()];
        bytes.get(all);
        return all;
    }

    private static byte[] bytes(Random random) {
        return switch (random.nextInt(8)) {
            case 0 -> null;
            case 1 -> new byte[random.nextInt(500)];
            default -> new byte[random.nextInt(20)];
        };
    }

    /** Somewhere in the records, most often where the numbers are. */
    private static void damage(byte[] batch, Random random) {
        int records = batch.length - BatchView.HEADER_BYTES;
        for (int n = random.nextInt(3); n >= 0; n--) {
            int at = BatchView.HEADER_BYTES + random.nextInt(random.nextBoolean() ? Math.min(records, 12) : records);
            batch[at] = random.nextBoolean() ? (byte) random.nextInt(256) : (byte) (batch[at] ^ 1 << random.nextInt(8));
        }
    }

    private static byte[] compressed(byte[] plain, CompressionType codec) throws IOException {
        var out = new ByteBufferOutputStream(512);
        out.write(plain, 0, BatchView.HEADER_BYTES);
        try (OutputStream compressor = Compression.of(codec).build().wrapForOutput(out, BatchView.MAGIC)) {
            compressor.write(plain, BatchView.HEADER_BYTES, plain.length - BatchView.HEADER_BYTES);
        }
        byte[] all = new byte[out.position()];
        out.buffer().flip().get(all);
        all[ATTRIBUTES_AT] |= codec.id;
        ByteBuffer.wrap(all).putInt(LENGTH_AT, all.length - BatchView.PREFIX_BYTES);
        return all;
    }
}

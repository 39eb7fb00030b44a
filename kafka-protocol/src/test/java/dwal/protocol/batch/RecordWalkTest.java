package dwal.protocol.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What is said of records does not depend on the way in which they are stepped over: plain ones are taken in long steps
 * where nothing is unusual, compressed ones field by field.
 */
class RecordWalkTest {
    private static final long NOW = 1_700_000_000_000L;
    private static final int ATTRIBUTES_AT = 22;
    private static final int LENGTH_AT = 8;
    private static final int GZIP = 1;

    private final RecordWalk walk = new RecordWalk();

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

            RecordWalk.Refusal expected = walk.walk(new BatchView().over(ByteBuffer.wrap(compressed(plain)), 0), rules);
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

    private static byte[] compressed(byte[] plain) throws IOException {
        var out = new ByteArrayOutputStream();
        out.write(plain, 0, BatchView.HEADER_BYTES);
        try (OutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(plain, BatchView.HEADER_BYTES, plain.length - BatchView.HEADER_BYTES);
        }
        byte[] all = out.toByteArray();
        all[ATTRIBUTES_AT] |= GZIP;
        ByteBuffer.wrap(all).putInt(LENGTH_AT, all.length - BatchView.PREFIX_BYTES);
        return all;
    }
}

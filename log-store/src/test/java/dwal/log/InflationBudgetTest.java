package dwal.log;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.simulated.RecordedDisk;
import java.nio.file.Path;
import java.util.Random;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How much is looked at on a network loop. */
class InflationBudgetTest {
    private static final int BATCH_BYTES = 100 << 10;

    private final LogFixture fixture = new LogFixture(new RecordedDisk(), Path.of("/nowhere/recorded/data"));

    /** Codecs take their time: what gzip inflates in a millisecond is an eighth of what lz4 does. */
    @ParameterizedTest(name = "{0}: {1} batches of 100 KiB; seed 5")
    @CsvSource({"lz4, 81", "zstd, 40", "snappy, 27", "gzip, 10"})
    void aRequestInflatesToSoMuch(String codec, int batches) {
        byte[] value = new byte[BATCH_BYTES];
        var random = new Random(5);
        for (int i = 0; i < value.length; i++) {
            value[i] = (byte) random.nextInt(16);
        }
        var budget = InflationBudget.ofRequest();
        int taken = 0;
        while (taken < 1_000 && check(Compression.of(codec).build(), value, LogFixture.settings(), budget) != null) {
            taken++;
        }
        assertThat(taken).isEqualTo(batches);
    }

    /** What takes a codec a millisecond to inflate takes it many to compress. */
    @Test
    void nothingIsCompressedAnew() {
        LogSettings gzip =
                new SettingsBuilder().compression(CompressionType.GZIP).build();
        byte[] value = new byte[10];
        assertThat(check(Compression.NONE, value, gzip, InflationBudget.ofRequest()))
                .isNull();
        assertThat(check(Compression.gzip().build(), value, gzip, InflationBudget.ofRequest()))
                .isInstanceOf(Submission.Admitted.class);
        assertThat(check(Compression.NONE, value, gzip, InflationBudget.unlimited()))
                .isInstanceOf(Submission.Admitted.class);
    }

    private Submission check(Compression compression, byte[] value, LogSettings settings, InflationBudget budget) {
        MemoryRecords records = MemoryRecords.withRecords(compression, new SimpleRecord(1L, null, value));
        return fixture.store.check(Batches.direct(records), settings, budget);
    }
}

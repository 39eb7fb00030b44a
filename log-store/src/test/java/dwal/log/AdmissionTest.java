package dwal.log;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Disk;
import dwal.protocol.batch.BatchView;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Random;
import java.util.zip.CRC32C;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What of a client's records is taken, and what it gets told. */
class AdmissionTest {
    @TempDir
    Path data;

    private LogFixture fixture;
    private PartitionLog log;

    @BeforeEach
    void open() {
        fixture = new LogFixture(Disk.system(), data);
        log = fixture.log();
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void takesEveryCodecAndGivesTheRecordsBack(CompressionType codec) {
        Compression compression = Compression.of(codec).build();
        append(Batches.of("before"));
        assertThat(append(Batches.of(compression, 5_000, "a", "b", "c")).error())
                .isEqualTo(Errors.NONE);
        assertThat(PartitionLogTest.readAll(log)).containsExactly("0:before", "1:a", "2:b", "3:c");
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void writesAnewWhatIsNotInTheTopicsCodec(CompressionType codec) {
        log.updateSettings(new SettingsBuilder().compression(codec).build());
        append(Batches.of(Compression.gzip().build(), 5_000, "a", "b"));
        RecordBatch stored = Batches.read(log.read(0, 9, 1000, true, false).records())
                .batches()
                .iterator()
                .next();
        assertThat(stored.compressionType()).isEqualTo(codec);
        assertThat(PartitionLogTest.readAll(log)).containsExactly("0:a", "1:b");
    }

    @ParameterizedTest(name = "{0}, seed 3")
    @EnumSource(CompressionType.class)
    void noDamagedByteGetsIn(CompressionType codec) {
        var random = new Random(3);
        for (int i = 0; i < 300; i++) {
            ByteBuffer bytes = Batches.of(Compression.of(codec).build(), 5_000, "hello", "hello again", "x".repeat(99))
                    .buffer();
            int at = 17 + random.nextInt(bytes.limit() - 17);
            bytes.put(at, (byte) (bytes.get(at) ^ (1 << random.nextInt(8))));
            assertThat(append(MemoryRecords.readableRecords(bytes)).error()).isEqualTo(Errors.CORRUPT_MESSAGE);
        }
        assertThat(log.logEndOffset()).isZero();
    }

    @ParameterizedTest(name = "{0}, seed 4")
    @EnumSource(CompressionType.class)
    void whatIsTakenInSpiteOfARightChecksumCanBeReadBack(CompressionType codec) {
        var random = new Random(4);
        var view = new BatchView();
        int refused = 0;
        for (int i = 0; i < 500; i++) {
            ByteBuffer bytes = Batches.of(Compression.of(codec).build(), 5_000, "hello", "hello again", "x".repeat(99))
                    .buffer();
            int at = 21 + random.nextInt(bytes.limit() - 21);
            bytes.put(at, (byte) random.nextInt(256));
            view.over(bytes, 0);
            bytes.putInt(17, view.computeCrc(new CRC32C()));
            AppendOutcome outcome = append(MemoryRecords.readableRecords(bytes));
            refused += outcome.error() == Errors.NONE ? 0 : 1;
            assertThat(outcome.error()).as(outcome.message()).isNotEqualTo(Errors.UNKNOWN_SERVER_ERROR);
        }
        assertThat(refused).isPositive();
        assertThat(PartitionLogTest.readAll(log)).hasSize((int) log.logEndOffset());
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "snappy", "lz4", "zstd"})
    void aSmallBatchThatInflatesWithoutMeasureIsRefused(String codec) {
        Compression compression = Compression.of(codec).build();
        var record = new SimpleRecord(1L, null, new byte[150 << 20]);
        MemoryRecords bomb = MemoryRecords.withRecords(compression, record);
        log.updateSettings(new SettingsBuilder().maxMessageBytes(1 << 20).build());
        AppendOutcome outcome = append(Batches.direct(bomb));
        assertThat(outcome.error()).isEqualTo(Errors.MESSAGE_TOO_LARGE);
        if (bomb.sizeInBytes() <= 1 << 20) {
            assertThat(outcome.message())
                    .contains("inflates to more than " + (128 << 20) + " bytes", "smaller batches");
        }
    }

    /** The bound lies within a record, as it nearly always does: nothing else is said of the batch for that. */
    @ParameterizedTest
    @ValueSource(strings = {"gzip", "lz4", "zstd"})
    void aBatchOfManyRecordsThatInflatesToTooMuchIsCalledTooLarge(String codec) {
        log.updateSettings(new SettingsBuilder().maxMessageBytes(2 << 20).build());
        var record = new SimpleRecord(1L, null, new byte[10_000]);
        SimpleRecord[] records =
                Collections.nCopies((260 << 20) / 10_000, record).toArray(SimpleRecord[]::new);

        AppendOutcome outcome = append(
                Batches.direct(MemoryRecords.withRecords(Compression.of(codec).build(), records)));

        assertThat(outcome.error()).as(outcome.message()).isEqualTo(Errors.MESSAGE_TOO_LARGE);
        assertThat(outcome.message()).contains("inflates to more than " + (256 << 20) + " bytes");
    }

    @Test
    void withoutFullValidationCompressedRecordsAreTakenUnseen() {
        fixture.restart(new StoreSettings(0, 10, 1_000, RecordValidation.BATCH));
        log = fixture.log();
        MemoryRecords lz4 = Batches.of(Compression.lz4().build(), 5_000, "a", "b");
        ByteBuffer bytes = lz4.buffer();
        bytes.put(bytes.limit() - 6, (byte) (bytes.get(bytes.limit() - 6) ^ 1));
        assertThat(append(MemoryRecords.readableRecords(bytes)).error()).isEqualTo(Errors.CORRUPT_MESSAGE);
        bytes.putInt(17, new BatchView().over(bytes, 0).computeCrc(new CRC32C()));
        assertThat(append(MemoryRecords.readableRecords(bytes)).error()).isEqualTo(Errors.NONE);
        ByteBuffer plain = Batches.of("a", "b").buffer();
        plain.put(61, (byte) 0x7f);
        plain.putInt(17, new BatchView().over(plain, 0).computeCrc(new CRC32C()));
        assertThat(append(MemoryRecords.readableRecords(plain)).error()).isEqualTo(Errors.INVALID_RECORD);
    }

    @Test
    void stampsTheTimeOfTheAppendWhereTheTopicSaysSo() {
        log.updateSettings(new SettingsBuilder()
                .timestamps(TimestampType.LOG_APPEND_TIME, Long.MAX_VALUE)
                .build());
        AppendOutcome outcome = append(Batches.at(3, "a"));
        assertThat(outcome.logAppendTimeMs()).isEqualTo(fixture.wallMs);
        RecordBatch stored = Batches.read(log.read(0, 9, 1000, true, false).records())
                .batches()
                .iterator()
                .next();
        assertThat(stored.timestampType()).isEqualTo(TimestampType.LOG_APPEND_TIME);
        assertThat(stored.maxTimestamp()).isEqualTo(fixture.wallMs);
        assertThat(stored.isValid()).isTrue();
    }

    @Test
    void namesTheRecordsWhoseTimestampIsOutOfRange() {
        log.updateSettings(new SettingsBuilder()
                .timestamps(TimestampType.CREATE_TIME, 9_000)
                .build());
        AppendOutcome outcome = append(Batches.at(999, "a", "b"));
        assertThat(outcome.error()).isEqualTo(Errors.INVALID_TIMESTAMP);
        assertThat(outcome.recordErrors())
                .extracting(AppendOutcome.RecordError::index)
                .containsExactly(0);
        assertThat(outcome.message()).contains("1 record has a timestamp");
    }

    @Test
    void aCompactedTopicTakesOnlyRecordsWithAKey() {
        log.updateSettings(new SettingsBuilder().compacts().build());
        var keyless = MemoryRecords.withRecords(
                Compression.NONE, new SimpleRecord(1L, new byte[1], null), new SimpleRecord(1L, null, new byte[1]));
        AppendOutcome outcome = append(keyless);
        assertThat(outcome.error()).isEqualTo(Errors.INVALID_RECORD);
        assertThat(outcome.recordErrors())
                .extracting(AppendOutcome.RecordError::index)
                .containsExactly(1);
        assertThat(outcome.message()).contains("1 record has no key");
    }

    @Test
    void refusesWhatIsNotOneWholeBatch() {
        assertThat(append(MemoryRecords.EMPTY).error()).isEqualTo(Errors.INVALID_RECORD);
        ByteBuffer one = Batches.of("a").buffer();
        ByteBuffer two = ByteBuffer.allocate(2 * one.limit())
                .put(one.duplicate())
                .put(one.duplicate())
                .flip();
        assertThat(append(MemoryRecords.readableRecords(two)).error()).isEqualTo(Errors.INVALID_RECORD);
        assertThat(append(MemoryRecords.readableRecords(one.duplicate().limit(70)))
                        .error())
                .isEqualTo(Errors.INVALID_RECORD);
        log.updateSettings(new SettingsBuilder().maxMessageBytes(100).build());
        assertThat(append(Batches.of("x".repeat(100))).error()).isEqualTo(Errors.MESSAGE_TOO_LARGE);
    }

    private AppendOutcome append(MemoryRecords records) {
        return log.append(records, AppendOrigin.CLIENT, 0);
    }
}

package dwal.log;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Disk;
import java.nio.file.Path;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A batch whose answer was lost with its leader, sent again to the next leader after more than five later ones: the log has
 * it, though the producer's entry does not remember it.
 */
class LateRetryTest {
    private static final int BATCHES = 400;

    private final LogSettings small =
            new SettingsBuilder().segmentBytes(10_000).indexIntervalBytes(300).build();
    private LogFixture fixture;
    private PartitionLog log;

    @BeforeEach
    void open(@TempDir Path data) {
        fixture = new LogFixture(Disk.system(), data);
        log = fixture.log(small);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    /** Two records in each batch of producer 5, between those of another. */
    private void fill() {
        for (int i = 0; i < BATCHES; i++) {
            accept(batch(i));
            accept(Batches.idempotent(6, 0, i, "other " + i));
        }
        assertThat(log.logEndOffset()).isEqualTo(3 * BATCHES);
    }

    private static MemoryRecords batch(int i) {
        return Batches.idempotent(5, 0, 2 * i, "one " + i, "two " + i);
    }

    @Test
    void itGetsTheOffsetsOfTheFirst() {
        fill();
        for (int i = 0; i < BATCHES; i++) {
            AppendOutcome again = append(batch(i));
            assertThat(again.error()).as("batch %d: %s", i, again.message()).isEqualTo(Errors.NONE);
            assertThat(again.duplicate()).isTrue();
            assertThat(again.baseOffset()).isEqualTo(3L * i);
            assertThat(again.lastOffset()).isEqualTo(3L * i + 1);
        }
        assertThat(log.logEndOffset()).isEqualTo(3 * BATCHES);
    }

    @Test
    void itIsFoundAfterAStopAndAfterAKill() {
        fill();
        log = fixture.restart().log(LogFixture.partition(0), small);
        log.open();
        assertThat(append(batch(3)).baseOffset()).isEqualTo(9);
        fixture.crash();
        log = fixture.log(small);
        assertThat(append(batch(BATCHES - 20)).baseOffset()).isEqualTo(3 * (BATCHES - 20));
    }

    @Test
    void otherRecordsUnderItsSequencesAreRefused() {
        fill();
        refused(Batches.idempotent(5, 0, 20, "one 10", "something else"));
        refused(Batches.idempotent(5, 0, 20, "one 10"));
        refused(Batches.idempotent(5, 0, 21, "two 10", "one 11"));
        refused(Batches.idempotent(5, 0, 2 * BATCHES + 2, "a gap"));
    }

    @Test
    void whatIsDeletedIsNotFound() {
        fill();
        log.updateHighWatermark(3 * BATCHES);
        log.deleteRecordsBefore(31, deleted -> assertThat(deleted.error()).isEqualTo(Errors.NONE));
        fixture.runBlocking();
        assertThat(log.logStartOffset()).isEqualTo(31);
        refused(batch(5));
        refused(batch(10));
        assertThat(append(batch(11)).baseOffset()).isEqualTo(33);
    }

    @Test
    void anOlderEpochIsFencedAndANewerOneBegins() {
        fill();
        accept(Batches.idempotent(5, 1, 0, "x"));
        for (int i = 1; i < 10; i++) {
            accept(Batches.idempotent(5, 1, i, "x"));
        }
        assertThat(append(batch(3)).error()).isEqualTo(Errors.INVALID_PRODUCER_EPOCH);
        assertThat(append(Batches.idempotent(5, 1, 0, "x")).baseOffset()).isEqualTo(3 * BATCHES);
        refused(Batches.idempotent(5, 1, 0, "one 0", "two 0"));
    }

    @Test
    void sequencesThatBeganAnewAtTheirEndAreOneAfterTheOther() {
        accept(Batches.idempotent(5, 0, Integer.MAX_VALUE - 1, "a", "b"));
        for (int i = 0; i < 10; i++) {
            accept(Batches.idempotent(5, 0, i, "c" + i));
        }
        assertThat(append(Batches.idempotent(5, 0, Integer.MAX_VALUE - 1, "a", "b"))
                        .baseOffset())
                .isZero();
        assertThat(append(Batches.idempotent(5, 0, 2, "c2")).baseOffset()).isEqualTo(4);
    }

    /** Such a log has changed what it was sent: it cannot be told whether this is the same. */
    @Test
    void whereTheLogSetsTheTimeOnlyTheLastFiveAreKnown() {
        log = fixture.store.log(
                LogFixture.partition(1),
                new SettingsBuilder()
                        .timestamps(TimestampType.LOG_APPEND_TIME, Long.MAX_VALUE)
                        .build());
        log.open();
        for (int i = 0; i < 10; i++) {
            fixture.wallMs++;
            accept(Batches.idempotent(5, 0, i, "a"));
        }
        assertThat(append(Batches.idempotent(5, 0, 7, "a")).baseOffset()).isEqualTo(7);
        refused(Batches.idempotent(5, 0, 2, "a"));
    }

    /** What has long been written is not read again for a client that may never have sent it. */
    @Test
    void itIsNotLookedForBehindManyBytes() {
        accept(batch(0));
        String much = "x".repeat(900_000);
        LogSettings large = new SettingsBuilder().build();
        log.updateSettings(large);
        for (int i = 0; i * 900_000L < LateRetries.BYTES_LOOKED_AT + 2_000_000; i++) {
            accept(Batches.idempotent(6, 0, i, much));
        }
        for (int i = 1; i < 7; i++) {
            accept(batch(i));
        }
        refused(batch(0));
        assertThat(append(batch(1)).baseOffset()).isEqualTo(log.logEndOffset() - 12);
    }

    private AppendOutcome append(MemoryRecords records) {
        return log.append(records, AppendOrigin.CLIENT, 0);
    }

    private void accept(MemoryRecords records) {
        AppendOutcome outcome = append(records);
        assertThat(outcome.error()).as(outcome.message()).isEqualTo(Errors.NONE);
        assertThat(outcome.duplicate()).isFalse();
    }

    private void refused(MemoryRecords records) {
        assertThat(append(records).error()).isEqualTo(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER);
    }
}

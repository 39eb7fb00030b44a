package dwal.log;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Disk;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PartitionLogTest {
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

    @Test
    void aLogWithoutRecordsHasNoFiles() {
        assertThat(log.logEndOffset()).isZero();
        assertThat(log.read(0, 10, 1000, true, false).records().sizeInBytes()).isZero();
        assertThat(data.resolve("orders-0")).doesNotExist();
    }

    @Test
    void givesBackWhatWasAppended() {
        assertThat(append("a", "b")).isZero();
        assertThat(append("c")).isEqualTo(2);
        assertThat(read(0)).containsExactly("0:a", "1:b", "2:c");
        assertThat(read(1)).as("the batch that holds the offset").containsExactly("0:a", "1:b", "2:c");
        assertThat(read(2)).containsExactly("2:c");
        assertThat(read(3)).isEmpty();
        assertThat(log.read(4, 9, 100, true, false).error()).isEqualTo(Errors.OFFSET_OUT_OF_RANGE);
    }

    @Test
    void readsWholeBatchesWithinTheBytesAndTheLimit() {
        for (int i = 0; i < 500; i++) {
            append("value-" + i);
        }
        int size = (int) (log.sizeBytes() / 500);
        for (int from : List.of(0, 17, 250, 499)) {
            var three = Batches.texts(
                    log.read(from, 500, 3 * size + 10, true, false).records());
            assertThat(three).hasSizeBetween(1, 3).first().isEqualTo(from + ":value-" + from);
            var below =
                    Batches.texts(log.read(from, from + 1, 1 << 20, true, false).records());
            assertThat(below).containsExactly(from + ":value-" + from);
            assertThat(log.read(from, 500, 3, false, false).records().sizeInBytes())
                    .isZero();
            assertThat(Batches.texts(log.read(from, 500, 3, true, false).records()))
                    .hasSize(1);
        }
    }

    @Test
    void rollsAndReadsAcrossSegmentsAndRestarts() {
        var small =
                new SettingsBuilder().segmentBytes(1000).indexIntervalBytes(200).build();
        log.updateSettings(small);
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            append("value-" + i);
            expected.add(i + ":value-" + i);
        }
        assertThat(data.resolve("orders-0").toFile().list()).hasSizeGreaterThan(5);
        assertThat(readAll(log)).isEqualTo(expected);
        fixture.crash();
        assertThat(readAll(fixture.log(small))).isEqualTo(expected);
        fixture.restart();
        assertThat(readAll(fixture.log(small))).isEqualTo(expected);
    }

    @Test
    void findsOffsetsByTime() {
        for (int i = 0; i < 200; i++) {
            log.append(Batches.at(10_000L + 10L * i, "x", "y"), AppendOrigin.CLIENT, 3);
        }
        var found = log.offsetForTime(10_501, 1000).orElseThrow();
        assertThat(found).isEqualTo(new OffsetAndTime(101, 10_501, 3));
        assertThat(log.offsetForTime(99_000, 1000)).isEmpty();
        assertThat(log.offsetOfMaxTimestamp().orElseThrow().offset()).isEqualTo(399);
    }

    @Test
    void anIdempotentProducerGetsTheOldOffsetsForARetryAndNoGaps() {
        assertThat(append(Batches.idempotent(5, 0, 0, "a", "b")).baseOffset()).isZero();
        assertThat(append(Batches.idempotent(5, 0, 2, "c")).baseOffset()).isEqualTo(2);
        AppendOutcome again = append(Batches.idempotent(5, 0, 0, "a", "b"));
        assertThat(again.duplicate()).isTrue();
        assertThat(again.baseOffset()).isZero();
        assertThat(append(Batches.idempotent(5, 0, 4, "e")).error()).isEqualTo(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER);
        assertThat(append(Batches.idempotent(5, 1, 0, "f")).error()).isEqualTo(Errors.NONE);
        assertThat(append(Batches.idempotent(5, 0, 3, "d")).error()).isEqualTo(Errors.INVALID_PRODUCER_EPOCH);
    }

    private long append(String... values) {
        AppendOutcome outcome = append(Batches.of(values));
        assertThat(outcome.error()).as(outcome.message()).isEqualTo(Errors.NONE);
        return outcome.baseOffset();
    }

    private AppendOutcome append(MemoryRecords records) {
        return log.append(records, AppendOrigin.CLIENT, 0);
    }

    private List<String> read(long offset) {
        return Batches.texts(
                log.read(offset, Long.MAX_VALUE, 1 << 20, true, false).records());
    }

    static List<String> readAll(PartitionLog log) {
        return readAll(log, 300);
    }

    static List<String> readAll(PartitionLog log, int maxBytes) {
        List<String> all = new ArrayList<>();
        for (long next = log.logStartOffset(); next < log.logEndOffset(); ) {
            ReadOutcome outcome = log.read(next, Long.MAX_VALUE, maxBytes, true, false);
            List<String> some = Batches.texts(outcome.records());
            assertThat(some).as("records at " + next).isNotEmpty();
            all.addAll(some);
            next = Long.parseLong(some.get(some.size() - 1).split(":", 2)[0]) + 1;
        }
        return all;
    }
}

package dwal.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dwal.environment.Disk;
import dwal.environment.simulated.FaultyDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RetentionTest {
    private static final long HOUR = 3_600_000;
    private static final int EPOCH = 3;

    @TempDir
    private Path data;

    private LogFixture fixture;

    @BeforeEach
    void open() {
        fixture = new LogFixture(Disk.system(), data);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void deletesSegmentsWhoseNewestRecordIsTooOld() throws IOException {
        PartitionLog log = fixture.log(oneBatchPerSegment().retention(HOUR, -1).build());
        append(log, 1_000, "old");
        append(log, 1_000 + HOUR, "new");
        log.updateHighWatermark(2);

        log.maintain(1_000 + HOUR);
        assertThat(log.logStartOffset()).as("exactly retention.ms old").isZero();
        maintain(log, 2_000 + HOUR);

        assertThat(log.logStartOffset()).isEqualTo(1);
        assertThat(log.read(0, 2, 1_000, true, false).error()).isEqualTo(Errors.OFFSET_OUT_OF_RANGE);
        assertThat(Batches.texts(log.read(1, 2, 1_000, true, false).records())).containsExactly("1:new");
        assertThat(segmentFiles())
                .as("readers may finish for file.delete.delay.ms")
                .hasSize(2);
        fixture.advance(LogFixture.settings().fileDeleteDelayMs());
        fixture.runBlocking();
        assertThat(segmentFiles()).hasSize(1);
    }

    @Test
    void deletesTheOldestSegmentsUntilTheLogIsSmallEnough() {
        PartitionLog log = fixture.log(oneBatchPerSegment().build());
        append(log, 1_000, "a");
        append(log, 1_000, "b");
        append(log, 1_000, "c");
        long segment = log.sizeBytes() / 3;
        log.updateHighWatermark(3);

        log.updateSettings(oneBatchPerSegment().retention(-1, 2 * segment).build());
        maintain(log, 1_000);

        assertThat(log.logStartOffset()).isEqualTo(1);
        assertThat(log.sizeBytes()).isEqualTo(2 * segment);
    }

    @Test
    void takesTheLastSegmentTooWhenTheLogMayKeepNothing() {
        PartitionLog log = fixture.log(new SettingsBuilder().retention(-1, 0).build());
        append(log, 1_000, "a");
        append(log, 1_000, "b");
        log.updateHighWatermark(2);

        maintain(log, 1_000);

        assertThat(log.logStartOffset()).isEqualTo(2);
        assertThat(log.sizeBytes()).isZero();
    }

    @Test
    void recordsWithoutTimestampsAreAsOldAsTheirFileAlsoAfterARestart() throws IOException {
        LogSettings settings = new SettingsBuilder().retention(HOUR, -1).build();
        append(fixture.log(settings), RecordBatch.NO_TIMESTAMP, "a");
        long written = fixture.wallMs();
        fixture.restart();
        Files.setLastModifiedTime(segmentFiles().get(0), FileTime.fromMillis(written));
        fixture.advance(HOUR);
        PartitionLog log = fixture.log(settings);
        log.updateHighWatermark(1);

        maintain(log, written + HOUR);
        assertThat(log.logStartOffset()).isZero();
        maintain(log, written + HOUR + 1);
        assertThat(log.logStartOffset()).isEqualTo(1);
    }

    @Test
    void aRestartDoesNotAgeRecordsWithoutTimestampsThatWereWrittenSince() throws IOException {
        LogSettings settings = new SettingsBuilder().retention(HOUR, -1).build();
        append(fixture.log(settings), RecordBatch.NO_TIMESTAMP, "a");
        long written = fixture.wallMs();
        fixture.restart();
        Files.setLastModifiedTime(segmentFiles().get(0), FileTime.fromMillis(written));
        fixture.advance(HOUR);
        PartitionLog log = fixture.log(settings);
        append(log, RecordBatch.NO_TIMESTAMP, "b");
        log.updateHighWatermark(2);

        maintain(log, written + HOUR + 1);
        assertThat(log.logStartOffset()).isZero();
        maintain(log, written + 2 * HOUR + 1);
        assertThat(log.logStartOffset()).isEqualTo(2);
    }

    @Test
    void keepsWhatIsNotReplicatedYet() {
        PartitionLog log = fixture.log(oneBatchPerSegment().retention(HOUR, 0).build());
        append(log, 1_000, "a");
        append(log, 1_000, "b");
        log.updateHighWatermark(1);

        maintain(log, 10 * HOUR);

        assertThat(log.logStartOffset()).isEqualTo(1);
    }

    @Test
    void keepsARecordLessLogAtItsOffsetWhenAllIsTooOld() {
        PartitionLog log = fixture.log(oneBatchPerSegment().retention(HOUR, -1).build());
        append(log, 1_000, "a");
        append(log, 1_000, "b");
        log.updateHighWatermark(2);

        maintain(log, 10 * HOUR);

        assertThat(log.logStartOffset()).isEqualTo(2);
        assertThat(log.logEndOffset()).isEqualTo(2);
        fixture.restart();
        assertThat(fixture.log().logEndOffset())
                .as("offsets are not given twice")
                .isEqualTo(2);
    }

    @Test
    void remembersDeletedRecordsOverAStopAndAKill() {
        PartitionLog log = fixture.log(oneBatchPerSegment().build());
        append(log, 1_000, "a");
        append(log, 1_000, "b");
        append(log, 1_000, "c");
        log.updateHighWatermark(3);

        assertThat(deleteBefore(log, 2).logStartOffset()).isEqualTo(2);
        assertThat(deleteBefore(log, 1).logStartOffset()).as("never back").isEqualTo(2);
        assertThat(deleteBefore(log, 4).error()).isEqualTo(Errors.OFFSET_OUT_OF_RANGE);

        fixture.crash();
        assertThat(fixture.log(oneBatchPerSegment().build()).logStartOffset()).isEqualTo(2);
        fixture.restart();
        PartitionLog again = fixture.log(oneBatchPerSegment().build());
        assertThat(again.logStartOffset()).isEqualTo(2);
        assertThat(Batches.texts(again.read(2, 3, 1_000, true, false).records()))
                .containsExactly("2:c");
    }

    @Test
    void aKillAfterAnAnsweredDeleteRecordsBringsNothingBackAlsoFromTheMiddleOfASegment() {
        PartitionLog log = fixture.log();
        append(log, 1_000, "a");
        append(log, 1_000, "b");
        append(log, 1_000, "c");

        deleteBefore(log, 1);
        deleteBefore(log, 2);

        fixture.crash();
        PartitionLog again = fixture.log();
        assertThat(again.logStartOffset()).isEqualTo(2);
        assertThat(again.read(1, 3, 1_000, true, false).error()).isEqualTo(Errors.OFFSET_OUT_OF_RANGE);
        assertThat(again.epochOf(1))
                .as("the epoch history starts where the log does")
                .isEmpty();
        deleteBefore(again, 3);
        fixture.crash();
        assertThat(fixture.log().logStartOffset()).as("all deleted").isEqualTo(3);
        append(fixture.log(), 1_000, "d");
        assertThat(PartitionLogTest.readAll(fixture.log())).containsExactly("3:d");
    }

    @Test
    void aNewStartIsSeenOnlyOnceItOutlivesAKill() {
        PartitionLog log = fixture.log();
        append(log, 1_000, "a");
        append(log, 1_000, "b");
        List<AppendOutcome> outcomes = new ArrayList<>();

        log.deleteRecordsBefore(1, outcomes::add);

        assertThat(outcomes).as("the disk has not been asked yet").isEmpty();
        assertThat(log.logStartOffset()).isZero();
        fixture.crash();
        log = fixture.log();
        assertThat(log.logStartOffset()).as("so a kill can take nothing back").isZero();
        log.deleteRecordsBefore(1, outcomes::add);
        fixture.runBlocking();
        assertThat(outcomes).extracting(AppendOutcome::logStartOffset).containsExactly(1L);
        assertThat(log.logStartOffset()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(LogSettings.SyncPolicy.class)
    void aSyncPassesOverSegmentsWhoseFilesWereDeletedBeforeTheirTurn(LogSettings.SyncPolicy policy) {
        PartitionLog log = fixture.log(new SettingsBuilder().sync(policy).build());
        append(log, 1_000, "a");
        deleteBefore(log, 1);
        fixture.advance(LogFixture.settings().fileDeleteDelayMs());
        fixture.runBlocking();
        append(log, 1_000, "b");
        fixture.advance(HOUR);
        fixture.runBlocking();

        assertThat(log.status()).isEqualTo(Errors.NONE);
        assertThat(fixture.store.hasFailed()).isFalse();
    }

    @Test
    void deletedSegmentsOfADeletedTopicTakeNothingOfItsSuccessor() throws IOException {
        PartitionLog log = fixture.log(oneBatchPerSegment().build());
        append(log, 1_000, "a");
        append(log, 1_000, "b");
        deleteBefore(log, 1);
        fixture.store.delete(LogFixture.partition(0));
        fixture.runBlocking();
        var successor = fixture.store.log(new TopicIdPartition(new Uuid(9, 9), 0, "orders"), LogFixture.settings());
        successor.open();
        append(successor, 1_000, "new");

        fixture.store.delete(LogFixture.partition(0));
        fixture.runBlocking();
        fixture.advance(LogFixture.settings().fileDeleteDelayMs());
        fixture.runBlocking();

        assertThat(segmentFiles()).hasSize(1);
        assertThat(PartitionLogTest.readAll(successor)).containsExactly("0:new");
    }

    @Test
    void leavesNothingOfADeletedTopic() throws IOException {
        append(fixture.log(), 1_000, "a");
        assertThat(segmentFiles()).hasSize(1);

        fixture.store.delete(LogFixture.partition(0));
        fixture.runBlocking();
        fixture.advance(LogFixture.settings().fileDeleteDelayMs());
        fixture.runBlocking();

        assertThat(segmentFiles()).isEmpty();
        assertThat(fixture.store.onDisk()).isEmpty();
        PartitionLog reborn = fixture.log();
        assertThat(reborn.logEndOffset()).isZero();
    }

    @Test
    void leavesNothingOfADeletedTopicWhoseIdWasNotOnTheDiskWhenItWasOpened() throws IOException {
        append(fixture.log(), 1_000, "a");
        fixture.restart();
        Files.delete(data.resolve("orders-0").resolve("partition.metadata"));
        assertThat(PartitionLogTest.readAll(fixture.log())).containsExactly("0:a");
        fixture.crash();
        assertThat(fixture.store.onDisk())
                .as("whose records they are is told anew")
                .containsExactly(LogFixture.partition(0));

        fixture.store.delete(LogFixture.partition(0));
        fixture.runBlocking();

        assertThat(segmentFiles()).isEmpty();
        var successor = fixture.store.log(new TopicIdPartition(new Uuid(9, 9), 0, "orders"), LogFixture.settings());
        assertThat(successor.open()).isEqualTo(Errors.NONE);
        assertThat(successor.logEndOffset()).isZero();
    }

    @Test
    void leavesNothingOfADeletedTopicWhoseIdIsNotOnTheDiskAndWhichNobodyHasOpened() throws IOException {
        append(fixture.log(), 1_000, "a");
        fixture.restart();
        Files.delete(data.resolve("orders-0").resolve("partition.metadata"));

        fixture.store.delete(LogFixture.partition(0));
        fixture.runBlocking();

        assertThat(segmentFiles()).isEmpty();
    }

    @Test
    void aFullDiskKeepsNoLogFromBeingOpenedWhoseTopicsIdIsNotThere() throws IOException {
        append(fixture.log(), 1_000, "a");
        fixture.restart();
        Files.delete(data.resolve("orders-0").resolve("partition.metadata"));
        fixture.close();
        var full = new FaultyDisk(Disk.system());
        full.setFull(true);
        fixture = new LogFixture(full, data);

        assertThat(PartitionLogTest.readAll(fixture.log())).containsExactly("0:a");
    }

    @Test
    void aLogThatIsOpenedWhileItsTopicIsDeletedDoesNotWaitForItself() {
        PartitionLog log = fixture.store.log(LogFixture.partition(0), LogFixture.settings());
        fixture.store.delete(LogFixture.partition(0));

        assertTimeoutPreemptively(Duration.ofSeconds(10), log::open);

        fixture.runBlocking();
        assertThat(log.status()).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        assertThat(fixture.store.onDisk()).isEmpty();
    }

    private static SettingsBuilder oneBatchPerSegment() {
        return new SettingsBuilder().segmentBytes(100);
    }

    private static void append(PartitionLog log, long timestampMs, String value) {
        assertThat(log.append(Batches.at(timestampMs, value), AppendOrigin.CLIENT, EPOCH)
                        .error())
                .isEqualTo(Errors.NONE);
    }

    private void maintain(PartitionLog log, long wallMs) {
        log.maintain(wallMs);
        fixture.runBlocking();
    }

    private AppendOutcome deleteBefore(PartitionLog log, long offset) {
        List<AppendOutcome> outcomes = new ArrayList<>();
        log.deleteRecordsBefore(offset, outcomes::add);
        fixture.runBlocking();
        assertThat(outcomes).hasSize(1);
        return outcomes.get(0);
    }

    /** Looks into no other directory: files of the index come and go at any time. */
    private List<Path> segmentFiles() throws IOException {
        List<Path> found = new ArrayList<>();
        try (var logs = Files.newDirectoryStream(data, "orders*")) {
            for (Path log : logs) {
                try (var files = Files.newDirectoryStream(log, "*.log")) {
                    files.forEach(found::add);
                }
            }
        }
        return found;
    }
}

package dwal.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;

import dwal.environment.Disk;
import dwal.environment.simulated.FaultyDisk;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a log does when the disk fails, or is full. */
class FaultyDiskTest {
    @TempDir
    Path data;

    private final List<String> told = new ArrayList<>();
    private FaultyDisk disk;
    private LogFixture fixture;
    private PartitionLog log;

    @BeforeEach
    void open() {
        disk = new FaultyDisk(Disk.system());
        fixture = new LogFixture(disk, data);
        fixture.restart(new StoreSettings(1_000_000, 10, 86_400_000));
        log = fixture.log(
                new SettingsBuilder().sync(LogSettings.SyncPolicy.COMMIT).build());
        log.setListener(new LogListener() {
            @Override
            public void synced(long offset) {
                told.add("synced " + offset);
            }

            @Override
            public void failed(String reason) {
                told.add("failed");
            }
        });
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void oneSyncCoversAllAppendsBeforeIt() {
        append("a");
        append("b");
        append("c");
        assertThat(log.storedOffset()).isZero();
        fixture.runBlocking();
        assertThat(log.storedOffset()).isEqualTo(3);
        assertThat(told).containsExactly("synced 3");
    }

    @Test
    void theFirstAppendToALogThatHasBegunWaitsForNoSync() {
        log.begin();
        disk.setSyncsFail(true);
        assertThat(append("a").error()).isEqualTo(Errors.NONE);
    }

    @Test
    void aLogThatWasToBeginOnAFullDiskTakesRecordsOnceThereIsRoom() {
        disk.setFull(true);
        PartitionLog other = fixture.store.log(LogFixture.partition(1), LogFixture.settings());
        other.open();
        other.begin();
        assertThat(append(other, "a").error()).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        disk.setFull(false);
        assertThat(append(other, "a").error()).isEqualTo(Errors.NONE);
        fixture.crash();
        other = fixture.store.log(LogFixture.partition(1), LogFixture.settings());
        other.open();
        assertThat(PartitionLogTest.readAll(other)).containsExactly("0:a");
    }

    @Test
    void aLogThatIsToBeginAfterItsDeletionLeavesNothing() {
        PartitionLog other = fixture.store.log(LogFixture.partition(1), LogFixture.settings());
        other.open();
        fixture.store.delete(other.partition());
        fixture.runBlocking();
        other.begin();
        assertThat(other.status()).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        assertThat(data.resolve("orders-1")).doesNotExist();
    }

    /** A sync may be under way when the partition is moved to other nodes, or its topic is deleted. */
    @Test
    void aSyncOfALogThatIsBeingDeletedIsNoFailureOfTheDisk() {
        PartitionLog other = fixture.store.log(LogFixture.partition(1), LogFixture.settings());
        other.open();
        append("a");
        fixture.store.delete(LogFixture.partition(0));
        Collections.reverse(fixture.waiting);
        fixture.runBlocking();
        assertThat(data.resolve("orders-0")).doesNotExist();
        assertThat(fixture.store.hasFailed()).isFalse();
        assertThat(other.append(Batches.of("x"), AppendOrigin.CLIENT, 0).error())
                .isEqualTo(Errors.NONE);
    }

    /** As when a reassignment is cancelled: its deletion may still be waiting for a thread. */
    @Test
    void aPartitionThatComesBackWhileItIsBeingDeletedBeginsWhenThatIsDone() throws Exception {
        append("old");
        fixture.runBlocking();
        fixture.store.delete(LogFixture.partition(0));
        PartitionLog back = fixture.store.log(LogFixture.partition(0), LogFixture.settings());
        var opening = new Thread(back::open);
        opening.start();
        while (opening.getState() != Thread.State.WAITING && opening.isAlive()) {
            Thread.onSpinWait();
        }
        fixture.runBlocking();
        opening.join();
        assertThat(back.append(Batches.of("new"), AppendOrigin.CLIENT, 0).error())
                .isEqualTo(Errors.NONE);
        fixture.runBlocking();
        assertThat(PartitionLogTest.readAll(back)).containsExactly("0:new");
        assertThat(data.resolve("orders-0")).exists();
    }

    @Test
    void aFailedSyncIsNeverTriedAgainAndPutsAllLogsOffline() {
        PartitionLog other = fixture.store.log(LogFixture.partition(1), LogFixture.settings());
        other.open();
        append("a");
        fixture.runBlocking();
        disk.setSyncsFail(true);
        append("b");
        fixture.runBlocking();
        disk.setSyncsFail(false);
        assertThat(told).containsExactly("synced 1", "failed");
        AppendOutcome refused = append("c");
        assertThat(refused.error()).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        assertThat(refused.message()).contains("sync").contains("failed");
        assertThat(other.append(Batches.of("x"), AppendOrigin.CLIENT, 0).error())
                .isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        fixture.runBlocking();
        assertThat(log.storedOffset()).isEqualTo(1);
        assertThat(read()).as("reads go on").containsExactly("0:a", "1:b");
    }

    /** As when the process has no file descriptor left. */
    @Test
    void aFileThatCannotBeOpenedForASyncIsTriedAgain() {
        fixture.restart(new StoreSettings(0, 1, 86_400_000));
        PartitionLog one = open(0);
        PartitionLog other = open(1);
        assertThat(append(one, "a").error()).isEqualTo(Errors.NONE);
        assertThat(append(other, "x").error()).as("closes the other file").isEqualTo(Errors.NONE);
        disk.setNothingCanBeOpened(true);
        fixture.runBlocking();
        assertThat(one.storedOffset()).isZero();
        AppendOutcome refused = append(one, "b");
        assertThat(refused.error()).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        assertThat(refused.message()).contains("Too many open files");
        assertThat(fixture.store.hasFailed()).isFalse();

        disk.setNothingCanBeOpened(false);
        fixture.advance(1_000);
        fixture.runBlocking();
        assertThat(one.storedOffset()).isEqualTo(1);
        assertThat(append(one, "c").baseOffset()).isEqualTo(1);
        assertThat(PartitionLogTest.readAll(one)).containsExactly("0:a", "1:c");
    }

    @Test
    void aLogThatCannotBeOpenedForLackOfFilesTakesNoOtherOffline() {
        append("a");
        fixture.restart();
        disk.setNothingCanBeOpened(true);
        PartitionLog one = open(0);
        assertThat(one.status()).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        assertThat(one.isDamaged()).isFalse();
        assertThat(fixture.store.hasFailed()).isFalse();
        disk.setNothingCanBeOpened(false);
        assertThat(open(1).status()).isEqualTo(Errors.NONE);
    }

    /** A flush that finds no room would leave RocksDB without writes, and with it deletions. */
    @Test
    void theIndexIsNotFlushedOnAFullDiskBeforeThereIsRoom() throws Exception {
        append("a");
        fixture.runBlocking();
        disk.setUsableBytes(0);
        fixture.advance(60_000);
        fixture.runBlocking();
        assertThat(indexFiles()).isZero();
        disk.setUsableBytes(-1);
        fixture.advance(60_000);
        fixture.runBlocking();
        assertThat(indexFiles()).isPositive();
    }

    @Test
    void aStartOnAFullDiskHasTheSpareRoom() throws Exception {
        keepUsedSpareRoom();
        fixture.crash();
        assertThat(data.resolve("spare-room")).doesNotExist();
    }

    @Test
    void aCleanStopOnAFullDiskHasTheSpareRoom() throws Exception {
        append("a");
        fixture.runBlocking();
        keepUsedSpareRoom();
        fixture.store.close();
        assertThat(indexFiles()).isPositive();
        assertSpareRoomWasUsed();
    }

    @Test
    void recordsAreDeletedInTheSpareRoomOnAFullDisk() throws Exception {
        append("a");
        append("b");
        fixture.runBlocking();
        log.updateHighWatermark(2);
        keepUsedSpareRoom();
        log.deleteRecordsBefore(1, outcome -> told.add("starts at " + outcome.logStartOffset()));
        fixture.runBlocking();
        assertThat(told).contains("starts at 1");
        assertSpareRoomWasUsed();
    }

    @Test
    void aLogIsDeletedInTheSpareRoomOnAFullDisk() throws Exception {
        append("a");
        fixture.runBlocking();
        keepUsedSpareRoom();
        fixture.store.delete(LogFixture.partition(0));
        fixture.runBlocking();
        assertThat(data.resolve("orders-0")).doesNotExist();
        assertSpareRoomWasUsed();
    }

    @Test
    void aLogIsCutInTheSpareRoomOnAFullDisk() throws Exception {
        append("a");
        append("b");
        fixture.runBlocking();
        keepUsedSpareRoom();
        assertThat(log.truncateTo(1)).isEqualTo(Errors.NONE);
        assertSpareRoomWasUsed();
    }

    private void assertSpareRoomWasUsed() {
        assertThat(data.resolve("spare-room")).isEmptyFile();
    }

    /** The disk is full, and the spare room has a byte, so that it shows when it was given up and taken back. */
    private void keepUsedSpareRoom() throws Exception {
        fixture.store.keepSpareRoom();
        Files.write(data.resolve("spare-room"), new byte[1]);
        disk.setUsableBytes(0);
    }

    private long indexFiles() throws Exception {
        try (var files = Files.list(data.resolve("index"))) {
            return files.filter(file -> file.toString().endsWith(".sst")).count();
        }
    }

    @Test
    void aSegmentThatCouldNotBeOpenedAtItsEndIsCutBackWhenItCan() throws Exception {
        fixture.restart(new StoreSettings(0, 1, 86_400_000, RecordValidation.FULL, new AheadOfEnd(1, 100, 1 << 20)));
        LogSettings settings = new SettingsBuilder().segmentBytes(150).build();
        PartitionLog one = fixture.log(settings);
        append(one, "a");
        append(one, "b");
        Path segment = data.resolve("orders-0").resolve(Segment.fileName(0));
        assertThat(segment).as("two batches and zeros").hasSize(200);
        append(open(1), "closes the other file");
        disk.setNothingCanBeOpened(true);
        assertThat(append(one, "c").error()).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        disk.setNothingCanBeOpened(false);
        assertThat(append(one, "c").error()).isEqualTo(Errors.NONE);
        assertThat(Files.size(segment)).isLessThan(150);
    }

    private PartitionLog open(int partition) {
        PartitionLog opened = fixture.store.log(
                LogFixture.partition(partition),
                new SettingsBuilder().sync(LogSettings.SyncPolicy.COMMIT).build());
        opened.open();
        return opened;
    }

    private static AppendOutcome append(PartitionLog log, String value) {
        return log.append(Batches.of(value), AppendOrigin.CLIENT, 0);
    }

    @Test
    void aLogThatCannotBeCutPutsAllLogsOffline() {
        PartitionLog other = fixture.store.log(LogFixture.partition(1), LogFixture.settings());
        other.open();
        append("a");
        append("b");
        fixture.runBlocking();
        assertThat(fixture.store.hasFailed()).isFalse();
        disk.setSyncsFail(true);
        assertThat(log.truncateTo(1)).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        assertThat(fixture.store.hasFailed()).isTrue();
        assertThat(other.append(Batches.of("x"), AppendOrigin.CLIENT, 0).error())
                .isEqualTo(Errors.KAFKA_STORAGE_ERROR);
    }

    /** Logs are opened on several threads: each that fails puts all the others offline, also those still being opened. */
    @Test
    void aLogThatCannotBeOpenedWaitsForNoOtherThatIsBeingOpened() throws Exception {
        PartitionLog other = fixture.store.log(LogFixture.partition(1), LogFixture.settings());
        other.open();
        append("a");
        other.append(Batches.of("x"), AppendOrigin.CLIENT, 0);
        fixture.crash();
        for (int partition = 0; partition < 2; partition++) {
            Path segment = data.resolve("orders-" + partition).resolve(Segment.fileName(0));
            Files.write(segment, new byte[] {1}, StandardOpenOption.APPEND);
        }
        PartitionLog first = fixture.store.log(LogFixture.partition(0), LogFixture.settings());
        PartitionLog second = fixture.store.log(LogFixture.partition(1), LogFixture.settings());
        var opening = new Thread(second::open);
        disk.dieDuring(1, new Random(1), () -> {
            opening.start();
            assertThatNoException().isThrownBy(() -> opening.join(10_000));
            assertThat(opening.isAlive()).as("waits for the first").isFalse();
        });
        assertThat(first.open()).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        assertThat(second.status()).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        assertThat(fixture.store.hasFailed()).isTrue();
    }

    @Test
    void deletedRecordsStayWhenTheirDeletionCannotBeKept() {
        append("a");
        disk.setSyncsFail(true);
        List<AppendOutcome> outcomes = new ArrayList<>();
        log.deleteRecordsBefore(1, outcomes::add);
        fixture.runBlocking();
        assertThat(outcomes).extracting(AppendOutcome::error).containsExactly(Errors.KAFKA_STORAGE_ERROR);
        assertThat(read()).containsExactly("0:a");
    }

    @Test
    void aWriteThatFailsLeavesNothingAndTheLogGoesOnOnceThereIsRoom() {
        append("a");
        disk.setFull(true);
        assertThat(append("b").error()).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        assertThat(read()).containsExactly("0:a");
        disk.setFull(false);
        assertThat(append("c").baseOffset()).isEqualTo(1);
        assertThat(read()).containsExactly("0:a", "1:c");
        fixture.crash();
        assertThat(PartitionLogTest.readAll(fixture.log())).containsExactly("0:a", "1:c");
    }

    /** From a certain size on zeros are written ahead, and may be what there is no room for. */
    @Test
    void aWriteToALargeSegmentThatFailsLeavesNothingAndTheLogGoesOnOnceThereIsRoom() throws Exception {
        List<String> there = new ArrayList<>();
        while (log.sizeBytes() < 3 << 19) {
            String value = there.size() + "x".repeat(50_000);
            assertThat(append(value).error()).isEqualTo(Errors.NONE);
            there.add(there.size() + ":" + value);
        }
        fixture.runBlocking();
        Path segment = data.resolve("orders-0").resolve(Segment.fileName(0));
        assertThat(Files.size(segment)).isGreaterThan(log.sizeBytes());

        disk.setFull(true);
        assertThat(append("y".repeat(200_000)).error()).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        assertThat(Files.size(segment)).isEqualTo(log.sizeBytes());
        assertThat(PartitionLogTest.readAll(log)).isEqualTo(there);
        disk.setFull(false);
        assertThat(append("z").baseOffset()).isEqualTo(there.size());
        there.add(there.size() + ":z");
        fixture.crash();
        assertThat(PartitionLogTest.readAll(fixture.log())).isEqualTo(there);
    }

    @Test
    void belowTheReserveAppendsAreRefusedUntilThereIsRoomAgain() {
        append("a");
        disk.setUsableBytes(999_999);
        fixture.advance(1_000);
        AppendOutcome refused = append("b");
        assertThat(refused.error()).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        assertThat(refused.message()).contains("dwal.disk.reserve");
        assertThat(read()).containsExactly("0:a");
        assertThat(fixture.store.refusal()).contains("dwal.disk.reserve");
        disk.setUsableBytes(2_000_000);
        assertThat(fixture.store.refusal()).as("without anybody who appends").isNull();
        fixture.advance(1_000);
        assertThat(append("b").error()).isEqualTo(Errors.NONE);
    }

    private AppendOutcome append(String value) {
        return log.append(Batches.of(value), AppendOrigin.CLIENT, 0);
    }

    private List<String> read() {
        return Batches.texts(log.read(0, Long.MAX_VALUE, 1 << 20, true, false).records());
    }
}

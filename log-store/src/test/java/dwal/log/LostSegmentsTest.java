package dwal.log;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Disk;
import dwal.environment.DiskFile;
import dwal.environment.simulated.FaultyDisk;
import dwal.environment.simulated.RecordedDisk;
import dwal.log.index.LogIndex;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logs of which segments were deleted by hand or lost by the disk: all of them, or the first ones. */
class LostSegmentsTest {
    private static final LogSettings SETTINGS =
            new SettingsBuilder().segmentBytes(700).indexIntervalBytes(200).build();

    private static final int PAGE_BYTES = 4096;

    @TempDir
    Path data;

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
    void aLogWithoutItsDirectoryIsDamagedAndNotNew() throws IOException {
        append(60);
        fixture.restart();
        DamagedIndexTest.delete(directory());
        assertDamaged();
    }

    @Test
    void aLogWithoutAnySegmentInItsDirectoryIsDamagedAndNotNew() throws IOException {
        append(60);
        fixture.restart();
        deleteSegments(segments());
        assertDamaged();
    }

    @Test
    void aCheckpointBeforeAKillIsEnoughToKnowThatSegmentsAreLost() throws IOException {
        append(60);
        checkpoint();
        fixture.crash();
        DamagedIndexTest.delete(directory());
        assertDamaged();
    }

    @Test
    void aLogOfWhichAllRecordsWereDeletedIsDamagedWithoutItsEmptySegment() throws IOException {
        append(60);
        deleteRecordsBefore(60);
        fixture.restart();
        assertThat(fixture.log(SETTINGS).logEndOffset()).isEqualTo(60);
        fixture.restart();
        deleteSegments(segments());
        assertDamaged();
    }

    @Test
    void aLogThatIsLostIsDroppedAndBeginsAnewAlsoAfterAKill() throws IOException {
        append(60);
        fixture.restart();
        DamagedIndexTest.delete(directory());
        PartitionLog log = fixture.log(SETTINGS);
        assertThat(log.dropDamaged()).isEqualTo(Errors.NONE);
        assertThat(log.logEndOffset()).isZero();
        fixture.crash();
        assertNew();
        append(3);
        fixture.crash();
        assertThat(fixture.log(SETTINGS).logEndOffset()).isEqualTo(3);
    }

    @Test
    void aLogThatHadSegmentsWhenTheIndexWasLostIsDamagedWithoutThem() throws IOException {
        append(60);
        fixture.close();
        DamagedIndexTest.delete(data.resolve("index"));
        fixture.newStore(StoreSettings.defaults());
        fixture.crash();
        deleteSegments(segments());
        assertDamaged();
    }

    @Test
    void aLogThatHadSegmentsWhenTheRootFileOfTheIndexWasLostIsDamagedWithoutThem() throws IOException {
        append(60);
        fixture.close();
        Files.delete(data.resolve("index").resolve(LogIndex.ROOT_FILE));
        fixture.newStore(StoreSettings.defaults());
        fixture.crash();
        deleteSegments(segments());
        assertDamaged();
    }

    @Test
    void aLogThatWasDroppedBeforeTheIndexWasLostIsNew() throws IOException {
        append(60);
        fixture.restart();
        deleteSegments(segments());
        fixture.log(SETTINGS).dropDamaged();
        fixture.close();
        DamagedIndexTest.delete(data.resolve("index"));
        fixture.newStore(StoreSettings.defaults());
        assertNew();
    }

    @Test
    void aPartitionThatWasMovedAwayAndBackBeginsAnewAlsoAfterALossOfPower() {
        append(60);
        checkpoint();
        fixture.store.delete(LogFixture.partition(0));
        fixture.runBlocking();
        fixture.crash();
        assertNew();
    }

    @Test
    void aCheckpointThatIsUnderWayDoesNotComeAfterTheDeletion() {
        PartitionLog log = append(60);
        fixture.store.delete(LogFixture.partition(0));
        fixture.runBlocking();
        log.saveCheckpoint();
        fixture.restart();
        assertNew();
    }

    @Test
    void deletionsThatComeTogetherAreAllDone() {
        for (int i = 0; i < 5; i++) {
            PartitionLog log = fixture.store.log(LogFixture.partition(i), SETTINGS);
            log.open();
            log.append(Batches.at(1_000, "value"), AppendOrigin.CLIENT, 4);
        }
        checkpoint();
        assertThat(fixture.store.onDisk()).hasSize(5);
        for (int i = 0; i < 5; i++) {
            fixture.store.delete(LogFixture.partition(i));
        }
        fixture.runBlocking();
        assertThat(fixture.store.onDisk()).isEmpty();
        fixture.crash();
        assertNew();
    }

    /** Whatever is left of a log that was being deleted when the power went, it is not taken for damaged. */
    @Test
    void aDeletionThatEndsAnywhereLeavesNoDamage() {
        int died = 0;
        for (int seed = 0; seed < 200; seed++) {
            var random = new Random(seed);
            var disk = new RecordedDisk();
            var faulty = new FaultyDisk(disk);
            var index = new SimulatedIndex();
            var node = new LogFixture(faulty, Path.of("/data"));
            node.store = storeOf(node, index);
            PartitionLog log = node.log(SETTINGS);
            for (int i = 0; i < 60; i++) {
                log.append(Batches.at(1_000, "value"), AppendOrigin.CLIENT, 4);
            }
            node.advance(60_000);
            node.runBlocking();
            boolean[] dead = {false};
            faulty.dieDuring(1 + random.nextInt(14), random, () -> dead[0] = true);
            node.store.delete(LogFixture.partition(0));
            node.runBlocking();
            died += dead[0] ? 1 : 0;

            var after = new LogFixture(disk.powerLostNow(random), Path.of("/data"));
            after.store = storeOf(after, index.afterCrash(random));
            assertThat(after.log(SETTINGS).status()).as("seed " + seed).isEqualTo(Errors.NONE);
        }
        assertThat(died).isBetween(50, 199);
    }

    private static LogStore storeOf(LogFixture node, SimulatedIndex index) {
        return LogStore.withIndex(
                node.disk,
                node.data,
                node,
                node,
                node.waiting::add,
                new Random(1),
                StoreSettings.defaults(),
                index,
                60_000);
    }

    @Test
    void aMissingFirstSegmentIsDamage() throws IOException {
        append(60);
        fixture.restart();
        deleteSegments(segments().subList(0, 1));
        assertDamaged();
    }

    @Test
    void aMissingLastSegmentIsDamage() throws IOException {
        append(60);
        fixture.restart();
        List<Path> all = segments();
        deleteSegments(all.subList(all.size() - 1, all.size()));
        assertDamaged();
    }

    @Test
    void withoutTheIndexAMissingFirstSegmentIsDamageWhereRecordsHadBeenDeleted() throws IOException {
        append(60);
        deleteRecordsBefore(20);
        loseIndex();
        PartitionLog whole = fixture.log(SETTINGS);
        assertThat(whole.status()).as("what was deleted is not missed").isEqualTo(Errors.NONE);
        assertThat(whole.logStartOffset()).isEqualTo(20);
        loseIndex();
        deleteSegments(segments().subList(0, 1));
        assertDamaged();
    }

    @Test
    void withoutTheIndexAPageOfZerosBeforeWholeBatchesIsDamage() throws IOException {
        append(fixture.log(LogFixture.settings()), 200);
        fixture.restart();
        try (DiskFile file = Disk.system().open(segments().get(0))) {
            file.write(ByteBuffer.allocate(PAGE_BYTES), PAGE_BYTES);
        }
        loseIndex();
        assertDamaged();
    }

    @Test
    void withoutTheIndexASegmentThatIsCutShortBeforeOthersIsDamage() throws IOException {
        append(60);
        fixture.restart();
        Path first = segments().get(0);
        try (DiskFile file = Disk.system().open(first)) {
            file.truncate(file.size() - 1);
        }
        loseIndex();
        assertDamaged();
    }

    @Test
    void withoutTheIndexALogThatKafkaHasShortenedSinceItSaidSoIsWhole() throws IOException {
        append(60);
        deleteRecordsBefore(20);
        fixture.restart();
        Files.writeString(
                directory().resolve("partition.metadata"), "version: 0\ntopic_id: " + LogFixture.TOPIC + "\n");
        loseIndex();
        deleteSegments(segments().subList(0, 1));
        assertThat(fixture.log(SETTINGS).status()).isEqualTo(Errors.NONE);
    }

    private void loseIndex() throws IOException {
        fixture.close();
        DamagedIndexTest.delete(data.resolve("index"));
        fixture.newStore(StoreSettings.defaults());
    }

    private PartitionLog append(int records) {
        return append(fixture.log(SETTINGS), records);
    }

    private static PartitionLog append(PartitionLog log, int records) {
        for (int i = 0; i < records; i++) {
            log.append(Batches.at(1_000, "value"), AppendOrigin.CLIENT, 4);
        }
        return log;
    }

    private void deleteRecordsBefore(long offset) {
        PartitionLog log = fixture.log(SETTINGS);
        log.updateHighWatermark(log.logEndOffset());
        log.deleteRecordsBefore(offset, outcome -> assertThat(outcome.error()).isEqualTo(Errors.NONE));
        fixture.runBlocking();
        fixture.advance(SETTINGS.fileDeleteDelayMs());
        fixture.runBlocking();
        assertThat(log.logStartOffset()).isEqualTo(offset);
    }

    private void checkpoint() {
        fixture.advance(60_000);
        fixture.runBlocking();
    }

    private void assertNew() {
        PartitionLog log = fixture.log(SETTINGS);
        assertThat(log.status()).isEqualTo(Errors.NONE);
        assertThat(log.logEndOffset()).isZero();
    }

    private void assertDamaged() throws IOException {
        List<Path> before = segments();
        for (int start = 0; start < 2; start++) {
            PartitionLog log = fixture.log(SETTINGS);
            assertThat(log.status()).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
            assertThat(log.isDamaged()).isTrue();
            assertThat(log.append(Batches.at(1_000, "value"), AppendOrigin.CLIENT, 4)
                            .error())
                    .isEqualTo(Errors.KAFKA_STORAGE_ERROR);
            assertThat(segments()).as("nothing was deleted").isEqualTo(before);
            fixture.restart();
        }
    }

    private Path directory() {
        return data.resolve("orders-0");
    }

    private static void deleteSegments(List<Path> segments) throws IOException {
        for (Path one : segments) {
            Files.delete(one);
        }
    }

    private List<Path> segments() throws IOException {
        if (!Files.exists(directory())) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory())) {
            return files.filter(path -> path.toString().endsWith(".log"))
                    .sorted(Comparator.naturalOrder())
                    .toList();
        }
    }
}

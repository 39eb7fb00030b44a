package dwal.log;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Disk;
import dwal.protocol.batch.BatchView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logs in which offsets are missing: because a leader or Kafka compacted them away, because of a crash, or by damage. */
class MissingOffsetsTest {
    @TempDir
    Path data;

    private LogFixture fixture;
    private final LogSettings deletes =
            new SettingsBuilder().segmentBytes(700).indexIntervalBytes(200).build();
    private final LogSettings compacts = new SettingsBuilder()
            .segmentBytes(700)
            .indexIntervalBytes(200)
            .compacts()
            .build();
    private final List<String> expected = new ArrayList<>();

    @BeforeEach
    void open() {
        fixture = new LogFixture(Disk.system(), data);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void gapsOfACompactedTopicAreNoDamageOnceItsPolicyIsDelete() throws IOException {
        follow(fixture.log(compacts), 0, 60);
        fixture.crash();
        assertWhole(fixture.log(deletes), "after a kill before any checkpoint");
        fixture.advance(60_000);
        fixture.runBlocking();
        follow(fixture.log(deletes), 60, 90);
        fixture.crash();
        assertWhole(fixture.log(deletes), "after a kill behind a checkpoint");
        fixture.restart();
        assertWhole(fixture.log(deletes), "after a clean stop");
        fixture.restart();
        fixture.close();
        DamagedIndexTest.delete(data.resolve("index"));
        fixture.newStore(StoreSettings.defaults());
        assertWhole(fixture.log(deletes), "without the index");
    }

    @Test
    void aFollowerTakesGapsWhateverThePolicyIsAsKafkasDo() {
        PartitionLog log = fixture.log(deletes);
        follow(log, 0, 30);
        assertWhole(log, "written");
    }

    @Test
    void aGapMayBeLargerThanASegmentCanBe() throws IOException {
        PartitionLog log = fixture.log(deletes);
        ByteBuffer all = ByteBuffer.allocate(1_000);
        for (long offset : new long[] {5, 6, 5_000_000_000L, 5_000_000_001L, 9_000_000_000L}) {
            all.put(batch(offset));
            expected.add(offset + ":value");
        }
        assertThat(log.appendAsFollower(all.flip(), 4).error()).isEqualTo(Errors.NONE);
        assertWhole(log, "written");
        fixture.advance(60_000);
        fixture.runBlocking();
        fixture.crash();
        assertWhole(fixture.log(deletes), "after a kill behind a checkpoint");
        assertThat(InspectedLogs.damageIn(fixture.data)).isEmpty();
    }

    @Test
    void everyOffsetOfAGapLeadsToTheNextRecord() {
        follow(fixture.log(deletes), 0, 60);
        fixture.restart();
        PartitionLog log = fixture.log(deletes);
        for (int offset = 0; offset < log.logEndOffset(); offset++) {
            int from = offset;
            String next = expected.stream()
                    .filter(text -> Integer.parseInt(text.split(":", 2)[0]) >= from)
                    .findFirst()
                    .orElseThrow();
            assertThat(Batches.texts(log.read(offset, 1_000, 1, true, false).records()))
                    .as("from " + offset)
                    .containsExactly(next);
        }
    }

    @Test
    void aFollowerThatStartsOverStillHasItsTopicsId() {
        PartitionLog log = fixture.log(deletes);
        follow(log, 0, 30);
        log.startOver(500);
        expected.clear();
        follow(log, 500, 530);
        fixture.crash();
        assertWhole(fixture.log(deletes), "started over");
        assertThat(fixture.store.onDisk()).containsExactly(LogFixture.partition(0));
    }

    @Test
    void aDirectoryThatKafkaHasCompactedIsTakenOver() throws IOException {
        writeAsKafkaDoes();
        assertWhole(fixture.log(deletes), "at first");
        fixture.crash();
        assertWhole(fixture.log(deletes), "after a kill before any checkpoint");
        fixture.restart();
        follow(fixture.log(deletes), 1_000, 1_010);
        fixture.crash();
        assertWhole(fixture.log(deletes), "after a clean stop, and a kill");
        fixture.restart();
        assertWhole(fixture.log(deletes), "after another clean stop");
    }

    @Test
    void aSegmentMissingInTheMiddleIsDamageWithTheIndexAndWithout() throws IOException {
        writeContiguous();
        Files.delete(segments().get(segments().size() / 2));
        assertDamaged("with the index");
        fixture.close();
        DamagedIndexTest.delete(data.resolve("index"));
        fixture.newStore(StoreSettings.defaults());
        assertDamaged("without the index");
        fixture.restart();
        assertDamaged("on the start after that");
    }

    @Test
    void aSegmentCutShortInTheMiddleIsDamageWithoutTheIndex() throws IOException {
        writeContiguous();
        Path short_ = segments().get(1);
        fixture.close();
        DamagedIndexTest.delete(data.resolve("index"));
        try (var file = Disk.system().open(short_)) {
            file.truncate(sizeOfFirstBatch(short_));
        }
        fixture.newStore(StoreSettings.defaults());
        assertDamaged("without the index");
    }

    @Test
    void aBaseOffsetThatReachesIntoTheNextSegmentIsDamageAlsoWhereOffsetsMayBeMissing() throws IOException {
        follow(fixture.log(compacts), 0, 60);
        fixture.crash();
        Path middle = segments().get(1);
        int size = sizeOfFirstBatch(middle);
        int last = (int) (Files.size(middle) / size - 1) * size;
        // A bit of the last batch's base offset: nothing that follows in this file could tell.
        FlippedBitTest.flip(Disk.system(), middle, 8L * (last + 5));
        assertDamaged("the last batch of " + middle);
    }

    /** Batches of one record each, of which a leader has compacted some away. */
    private void follow(PartitionLog log, int from, int to) {
        for (int offset = from; offset < to; offset++) {
            if (offset % 7 != 3 && offset % 5 != 1) {
                AppendOutcome outcome = log.appendAsFollower(batch(offset), 4);
                assertThat(outcome.error()).as(outcome.message()).isEqualTo(Errors.NONE);
                expected.add(offset + ":value");
            }
        }
    }

    private static ByteBuffer batch(long offset) {
        ByteBuffer bytes = Batches.at(1_000, "value").buffer();
        new BatchView().over(bytes, bytes.position()).place(offset, 4);
        return bytes;
    }

    private void writeAsKafkaDoes() throws IOException {
        Path directory = Files.createDirectories(data.resolve("orders-0"));
        Files.writeString(directory.resolve("partition.metadata"), "version: 0\ntopic_id: " + LogFixture.TOPIC + "\n");
        for (int base = 0; base < 1_000; base += 250) {
            try (var file = Disk.system().open(directory.resolve(Segment.fileName(base)))) {
                int at = 0;
                for (int offset = base + 10; offset < base + 200; offset += 37) {
                    ByteBuffer bytes = batch(offset);
                    int size = bytes.remaining();
                    file.write(bytes, at);
                    at += size;
                    expected.add(offset + ":value");
                }
            }
        }
    }

    private void writeContiguous() throws IOException {
        PartitionLog log = fixture.log(compacts);
        for (int i = 0; i < 60; i++) {
            log.append(Batches.at(1_000, "value"), AppendOrigin.CLIENT, 4);
            expected.add(i + ":value");
        }
        fixture.restart();
        fixture.log(compacts);
        assertThat(segments()).hasSizeGreaterThan(4);
    }

    private void assertWhole(PartitionLog log, String what) {
        assertThat(log.status()).as(what).isEqualTo(Errors.NONE);
        assertThat(PartitionLogTest.readAll(log)).as(what).isEqualTo(expected);
    }

    private void assertDamaged(String what) throws IOException {
        List<Path> before = segments();
        fixture.crash();
        PartitionLog log = fixture.log(compacts);
        assertThat(log.status()).as(what).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        assertThat(log.isDamaged()).as(what).isTrue();
        assertThat(segments()).as(what + ", nothing was deleted").isEqualTo(before);
    }

    private static int sizeOfFirstBatch(Path segment) throws IOException {
        return 12 + ByteBuffer.wrap(Files.readAllBytes(segment)).getInt(8);
    }

    private List<Path> segments() throws IOException {
        try (Stream<Path> files = Files.list(data.resolve("orders-0"))) {
            return files.filter(path -> path.toString().endsWith(".log"))
                    .sorted(Comparator.naturalOrder())
                    .toList();
        }
    }
}

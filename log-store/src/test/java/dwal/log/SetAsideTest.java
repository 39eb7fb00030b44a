package dwal.log;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Disk;
import dwal.environment.simulated.RecordedDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logs that the node does not have any more, and does not delete either. */
class SetAsideTest {
    private static final TopicIdPartition OURS = LogFixture.partition(0);

    @TempDir
    Path data;

    private static void fill(LogFixture fixture) {
        PartitionLog log = fixture.log(new SettingsBuilder().segmentBytes(700).build());
        for (int i = 0; i < 30; i++) {
            append(log, "value " + i);
        }
    }

    private static void append(PartitionLog log, String value) {
        assertThat(log.append(Batches.of(value), AppendOrigin.CLIENT, 0).error())
                .isEqualTo(Errors.NONE);
    }

    @Test
    void keepTheirRecordsUnderAnotherNameAndComeBackByTheirOwn() throws IOException {
        var fixture = new LogFixture(Disk.system(), data);
        fill(fixture);
        fixture.restart();

        Path aside = fixture.store.setAside(OURS);
        fixture.runBlocking();

        assertThat(aside).isEqualTo(data.resolve("orders-0." + LogFixture.TOPIC + "-stray"));
        assertThat(fixture.store.onDisk()).isEmpty();
        assertThat(data.resolve("orders-0")).doesNotExist();
        assertThat(segments(aside)).isGreaterThan(2);
        PartitionLog successor =
                fixture.store.log(new TopicIdPartition(new Uuid(9, 9), 0, "orders"), LogFixture.settings());
        successor.open();
        append(successor, "new");
        assertThat(PartitionLogTest.readAll(successor)).containsExactly("0:new");

        fixture.store.close();
        Files.move(data.resolve("orders-0"), data.resolve("orders-0.later-stray"));
        Files.move(aside, data.resolve("orders-0"));
        fixture.newStore(StoreSettings.defaults());
        assertThat(PartitionLogTest.readAll(fixture.log())).hasSize(30).contains("29:value 29");
        fixture.close();
    }

    @Test
    void loseNothingThatWasSyncedByALossOfPowerAtAnyTimeSeed1() throws IOException {
        var disk = new RecordedDisk();
        Path nowhere = Path.of("/nowhere/recorded/data");
        var fixture = new LogFixture(disk, nowhere);
        PartitionLog log = fixture.log(new SettingsBuilder()
                .segmentBytes(700)
                .sync(LogSettings.SyncPolicy.COMMIT)
                .build());
        for (int i = 0; i < 30; i++) {
            append(log, "value " + i);
            fixture.runBlocking();
        }
        assertThat(log.storedOffset()).isEqualTo(30);
        Path original = nowhere.resolve("orders-0");
        int files = segmentsIn(disk, original);
        int before = disk.operations();
        Path aside = fixture.store.setAside(OURS);
        fixture.runBlocking();
        var random = new Random(1);
        for (int count = before; count <= disk.operations(); count++) {
            for (int i = 0; i < 20; i++) {
                RecordedDisk left = disk.powerLostAfter(count, random);
                assertThat(segmentsIn(left, original) + segmentsIn(left, aside))
                        .as("power lost after %d", count)
                        .isEqualTo(files);
            }
        }
    }

    private static int segmentsIn(RecordedDisk disk, Path directory) throws IOException {
        return LogFiles.segments(disk, directory).size();
    }

    @Test
    void loseNothingByAKillAtAnyTimeAndAreSetAsideAnew() throws IOException {
        var disk = new RecordedDisk();
        Path nowhere = Path.of("/nowhere/recorded/data");
        var fixture = new LogFixture(disk, nowhere);
        fill(fixture);
        int before = disk.operations();
        Path aside = fixture.store.setAside(OURS);
        fixture.runBlocking();
        int files = disk.list(aside).size();
        assertThat(files).isGreaterThan(3);
        for (int count = before; count <= disk.operations(); count++) {
            RecordedDisk left = disk.killedAfter(count);
            var next = new LogFixture(left, nowhere);
            if (!next.store.onDisk().isEmpty()) {
                next.store.setAside(OURS);
                next.runBlocking();
            }
            assertThat(left.list(aside)).as("killed after " + count).hasSize(files);
            assertThat(next.store.onDisk()).isEmpty();
        }
    }

    @Test
    void haveANameThatFitsHoweverLongThatOfTheTopicIs() {
        var partition = new TopicIdPartition(LogFixture.TOPIC, 1234, "t".repeat(249));
        Path aside = LogFiles.strayDirectoryOf(data, partition);
        assertThat(aside.getFileName().toString())
                .hasSize(255)
                .startsWith("ttt")
                .endsWith("t-1234." + LogFixture.TOPIC + "-stray");
    }

    private static long segments(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".log")).count();
        }
    }
}

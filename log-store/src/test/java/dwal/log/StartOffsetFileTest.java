package dwal.log;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Disk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Records that were deleted stay so when the index is lost, and other logs are not touched by it. */
class StartOffsetFileTest {
    private static final TopicPartition ORDERS = LogFixture.partition(0).topicPartition();

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
    void deletedRecordsDoNotComeBackWhenTheIndexIsLost() throws IOException {
        fill(20, 0);
        fixture.log().deleteRecordsBefore(7, outcome -> {});
        fixture.runBlocking();
        assertThat(file()).startsWith("0\n2\norders 0 7\n=crc32c 0 ");
        loseIndex();
        assertThat(fixture.log().logStartOffset()).isEqualTo(7);
        assertThat(PartitionLogTest.readAll(fixture.log()))
                .startsWith("7:value 7")
                .hasSize(13);
        fixture.restart();
        assertThat(fixture.log().logStartOffset()).isEqualTo(7);
    }

    @Test
    void whereKafkaSaysThatALogStartsItStarts() throws IOException {
        fill(20, 0);
        fixture.restart();
        Files.writeString(data.resolve("log-start-offset-checkpoint"), "0\n2\nother 5 99\norders 0 11\n");
        loseIndex();
        assertThat(fixture.log().logStartOffset()).isEqualTo(11);
    }

    @Test
    void aLogThatEndsBeforeIsEmptyThereAndGoesOn() throws IOException {
        fill(5, 0);
        Files.writeString(data.resolve("log-start-offset-checkpoint"), "0\n1\norders 0 11\n");
        loseIndex();
        assertThat(fixture.log().logStartOffset()).isEqualTo(5);
        assertThat(fixture.log().append(Batches.of("x"), AppendOrigin.CLIENT, 0).baseOffset())
                .isEqualTo(5);
    }

    @Test
    void anotherTopicOfTheNameStartsAtItsOwnBeginning() throws IOException {
        fill(20, 0);
        fixture.log().deleteRecordsBefore(7, outcome -> {});
        fixture.runBlocking();
        fixture.store.delete(LogFixture.partition(0));
        fixture.runBlocking();
        assertThat(file()).startsWith("0\n1\n=crc32c 0 ");
        PartitionLog other = fixture.store.log(new TopicIdPartition(new Uuid(9, 9), ORDERS), LogFixture.settings());
        other.open();
        for (int i = 0; i < 20; i++) {
            other.append(Batches.of("other " + i), AppendOrigin.CLIENT, 0);
        }
        loseIndex();
        other = fixture.store.log(new TopicIdPartition(new Uuid(9, 9), ORDERS), LogFixture.settings());
        assertThat(other.open()).isEqualTo(Errors.NONE);
        assertThat(other.logStartOffset()).isZero();
    }

    @Test
    void aTopicWhoseFirstDirectoryIsMadeForgetsWhatAnEarlierOneHasLeft() throws IOException {
        Files.writeString(data.resolve("log-start-offset-checkpoint"), "0\n1\norders 0 3\n");
        fixture.restart();
        fill(20, 0);
        loseIndex();
        assertThat(fixture.log().logStartOffset()).isZero();
    }

    @Test
    void aLogThatStartsOverIsForgotten() throws IOException {
        fill(20, 0);
        fixture.log().deleteRecordsBefore(7, outcome -> {});
        fixture.runBlocking();
        fixture.log().startOver(3);
        assertThat(file()).doesNotContain("orders");
        loseIndex();
        assertThat(fixture.log().logStartOffset()).isEqualTo(3);
    }

    @Test
    void afterAnyFlippedBitItSaysTheSameOrNothing() throws IOException {
        var file = new StartOffsetFile(Disk.system(), data);
        var other = new TopicPartition("payments", 12);
        file.keep(Map.of(ORDERS, 512L, other, 70_000_000_000L));
        Path path = data.resolve("log-start-offset-checkpoint");
        for (long bit = 0; bit < 8 * Files.size(path); bit++) {
            FlippedBitTest.flip(Disk.system(), path, bit);
            var flipped = new StartOffsetFile(Disk.system(), data);
            assertThat(flipped.of(ORDERS)).as("bit " + bit).isIn(0L, 512L);
            assertThat(flipped.of(other)).as("bit " + bit).isIn(0L, 70_000_000_000L);
            FlippedBitTest.flip(Disk.system(), path, bit);
        }
        assertThat(new StartOffsetFile(Disk.system(), data).of(other)).isEqualTo(70_000_000_000L);
    }

    @Test
    void whatWasLostWithTheFileIsWrittenAgainFromTheCheckpoints() throws IOException {
        fill(20, 0);
        fill(20, 1);
        fixture.log().deleteRecordsBefore(7, outcome -> {});
        fixture.runBlocking();
        Files.writeString(data.resolve("log-start-offset-checkpoint"), "nonsense");
        fixture.restart();
        fixture.log();
        PartitionLog second = fixture.store.log(LogFixture.partition(1), LogFixture.settings());
        second.open();
        second.deleteRecordsBefore(9, outcome -> {});
        fixture.runBlocking();
        assertThat(file()).startsWith("0\n3\norders 0 7\norders 1 9\n");
    }

    private void fill(int records, int partition) {
        PartitionLog log = fixture.store.log(LogFixture.partition(partition), LogFixture.settings());
        log.open();
        for (int i = 0; i < records; i++) {
            assertThat(log.append(Batches.of("value " + i), AppendOrigin.CLIENT, 0)
                            .error())
                    .isEqualTo(Errors.NONE);
        }
    }

    private String file() throws IOException {
        return Files.readString(data.resolve("log-start-offset-checkpoint"));
    }

    private void loseIndex() throws IOException {
        fixture.close();
        DamagedIndexTest.delete(data.resolve("index"));
        fixture.newStore(StoreSettings.defaults());
    }
}

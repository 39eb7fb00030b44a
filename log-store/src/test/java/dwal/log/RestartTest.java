package dwal.log;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a log is after a stop, clean or not, and after its files or its index were damaged. */
class RestartTest {
    @TempDir
    Path data;

    private LogFixture fixture;
    private final LogSettings small =
            new SettingsBuilder().segmentBytes(20_000).indexIntervalBytes(200).build();
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
    void afterACleanStopNothingIsRead() throws IOException {
        fill(1000);
        fixture.restart();
        flipAByteIn(segments().get(0), 2000);
        PartitionLog log = fixture.log(small);
        assertThat(log.status()).as("the damage was not seen, for nobody read").isEqualTo(Errors.NONE);
        assertThat(log.logEndOffset()).isEqualTo(1000);
        assertThat(Batches.texts(log.read(995, 1000, 1 << 20, true, false).records()))
                .containsExactlyElementsOf(expected.subList(995, 1000));
        append(log, "more");
        assertThat(log.logEndOffset()).isEqualTo(1001);
    }

    @Test
    void readsThroughTheIndexWhatWasThereBeforeTheRestart() {
        fill(3000);
        fixture.restart();
        PartitionLog log = fixture.log(small);
        for (int offset : List.of(0, 1, 777, 1500, 2998, 2999)) {
            assertThat(Batches.texts(log.read(offset, 3000, 2000, true, false).records()))
                    .first()
                    .isEqualTo(expected.get(offset));
        }
        assertThat(log.offsetForTime(1_000 + 10 * 1234, 3000).orElseThrow().offset())
                .isEqualTo(1234);
        assertThat(log.offsetOfMaxTimestamp().orElseThrow().offset()).isEqualTo(2999);
        assertThat(PartitionLogTest.readAll(log)).isEqualTo(expected);
    }

    @Test
    void afterAKillItReadsOnFromTheLastCheckpoint() throws IOException {
        fill(500);
        fixture.advance(60_000);
        fixture.runBlocking();
        fill(300);
        fixture.crash();
        flipAByteIn(segments().get(0), 2000);
        PartitionLog log = fixture.log(small);
        assertThat(log.status()).isEqualTo(Errors.NONE);
        assertThat(log.logEndOffset()).isEqualTo(800);
        assertThat(Batches.texts(log.read(600, 800, 1 << 20, true, false).records()))
                .startsWith(expected.get(600));
    }

    @Test
    void withoutItsIndexAllIsReadFromTheLogs() throws IOException {
        fill(1000);
        fixture.restart();
        fixture.close();
        try (Stream<Path> files = Files.list(data.resolve("index"))) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(data.resolve("index"));
        fixture.newStore(StoreSettings.defaults());
        assertThat(PartitionLogTest.readAll(fixture.log(small))).isEqualTo(expected);
    }

    @Test
    void aDamagedIndexIsBuiltAnew() throws IOException {
        fill(1000);
        fixture.restart();
        fixture.close();
        try (Stream<Path> files = Files.list(data.resolve("index"))) {
            for (Path file : files.filter(f ->
                            f.toString().contains("MANIFEST") || f.toString().endsWith(".sst"))
                    .toList()) {
                Files.write(file, new byte[] {1, 2, 3});
            }
        }
        fixture.newStore(StoreSettings.defaults());
        assertThat(PartitionLogTest.readAll(fixture.log(small))).isEqualTo(expected);
    }

    @Test
    void anIncompleteBatchAtTheEndIsCutOff() throws IOException {
        fill(100);
        fixture.crash();
        Path last = segments().get(segments().size() - 1);
        long size = Files.size(last);
        try (FileChannel channel = FileChannel.open(last, StandardOpenOption.WRITE)) {
            channel.truncate(size - 5);
        }
        PartitionLog log = fixture.log(small);
        assertThat(log.logEndOffset()).isEqualTo(99);
        expected.remove(99);
        assertThat(PartitionLogTest.readAll(log)).isEqualTo(expected);
        append(log, "again");
        assertThat(PartitionLogTest.readAll(log)).hasSize(100).endsWith("99:again");
    }

    @Test
    void damageBeforeTheEndIsNotCutOffButPutsTheLogOffline() throws IOException {
        fill(100);
        fixture.crash();
        Path last = segments().get(segments().size() - 1);
        long size = Files.size(last);
        flipAByteIn(last, size / 2);
        PartitionLog log = fixture.log(small);
        assertThat(log.status()).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        AppendOutcome outcome = log.append(Batches.of("x"), AppendOrigin.CLIENT, 0);
        assertThat(outcome.error()).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        assertThat(outcome.message()).contains(last.getFileName().toString()).contains("position");
        assertThat(Files.size(last)).isEqualTo(size);
    }

    @Test
    void aRecreatedTopicDoesNotGetTheRecordsOfTheDeletedOne() {
        fill(10);
        fixture.restart();
        var other = new TopicIdPartition(new Uuid(9, 9), 0, "orders");
        PartitionLog log = fixture.store.log(other, small);
        assertThat(log.open()).isEqualTo(Errors.NONE);
        assertThat(log.logEndOffset()).isZero();
        append(log, "first");
        assertThat(PartitionLogTest.readAll(log)).containsExactly("0:first");
    }

    @Test
    void idempotentProducersAreKnownAfterACleanStopAndAfterAKill() {
        PartitionLog log = fixture.log(small);
        accept(log, Batches.idempotent(5, 0, 0, "a", "b"));
        log = fixture.restart().log(LogFixture.partition(0), small);
        log.open();
        assertThat(log.append(Batches.idempotent(5, 0, 0, "a", "b"), AppendOrigin.CLIENT, 0)
                        .duplicate())
                .isTrue();
        accept(log, Batches.idempotent(5, 0, 2, "c"));
        fixture.crash();
        log = fixture.log(small);
        assertThat(log.append(Batches.idempotent(5, 0, 2, "c"), AppendOrigin.CLIENT, 0)
                        .baseOffset())
                .isEqualTo(2);
        assertThat(log.append(Batches.idempotent(5, 0, 9, "x"), AppendOrigin.CLIENT, 0)
                        .error())
                .isEqualTo(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER);
        assertThat(log.producers()).hasSize(1);
    }

    private void fill(int records) {
        PartitionLog log = fixture.log(small);
        for (int i = 0; i < records; i++) {
            int number = expected.size();
            accept(log, Batches.at(1_000 + 10L * number, "value-" + number));
            expected.add(number + ":value-" + number);
        }
    }

    private static void append(PartitionLog log, String value) {
        accept(log, Batches.at(1_000, value));
    }

    private static void accept(PartitionLog log, MemoryRecords records) {
        AppendOutcome outcome = log.append(records, AppendOrigin.CLIENT, 0);
        assertThat(outcome.error()).as(outcome.message()).isEqualTo(Errors.NONE);
    }

    private List<Path> segments() throws IOException {
        try (Stream<Path> files = Files.list(data.resolve("orders-0"))) {
            return files.filter(f -> f.toString().endsWith(".log")).sorted().toList();
        }
    }

    private static void flipAByteIn(Path file, long position) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, position);
            one.put(0, (byte) (one.get(0) ^ 0x40));
            channel.write(one.rewind(), position);
        }
    }
}

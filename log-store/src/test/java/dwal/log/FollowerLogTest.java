package dwal.log;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Disk;
import dwal.environment.simulated.RecordedDisk;
import dwal.protocol.batch.BatchView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A log that takes what a leader sends, and is cut where it parts from the leader's. */
class FollowerLogTest {
    private static final int EPOCH = 7;

    /** A batch as the leader has it. */
    private record Sent(long offset, int epoch, long producerId, int sequence, List<String> values) {
        long next() {
            return offset + values.size();
        }

        ByteBuffer bytes() {
            var records = Batches.idempotent(producerId, 0, sequence, values.toArray(new String[0]));
            ByteBuffer bytes = records.buffer();
            new BatchView().over(bytes, bytes.position()).place(offset, epoch);
            return bytes;
        }

        List<String> texts() {
            List<String> texts = new ArrayList<>();
            for (int i = 0; i < values.size(); i++) {
                texts.add((offset + i) + ":" + values.get(i));
            }
            return texts;
        }
    }

    @TempDir
    Path data;

    private LogFixture fixture;
    private final LogSettings small =
            new SettingsBuilder().segmentBytes(2_000).indexIntervalBytes(200).build();

    @BeforeEach
    void open() {
        fixture = new LogFixture(Disk.system(), data);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void isWhatTheLeaderSentWhateverIsCutAndHoweverItIsRestarted(long seed) {
        var random = new Random(seed);
        List<Sent> model = new ArrayList<>();
        PartitionLog log = fixture.log(small);
        int epoch = 0;
        for (int step = 0; step < 120; step++) {
            int what = random.nextInt(20);
            if (what < 14) {
                appendSome(random, log, model, epoch);
            } else if (what < 17 && !model.isEmpty()) {
                int keep = model.size() - random.nextInt(Math.min(model.size(), 30)) - 1;
                assertThat(log.truncateTo(model.get(keep).offset())).isEqualTo(Errors.NONE);
                model.subList(keep, model.size()).clear();
                epoch++;
            } else if (what == 17) {
                fixture.advance(60_000);
                fixture.runBlocking();
            } else if (what == 18) {
                fixture.crash();
                log = fixture.log(small);
            } else {
                fixture.restart();
                log = fixture.log(small);
            }
            check(log, model, "step " + step + " of seed " + seed);
        }
    }

    private static void appendSome(Random random, PartitionLog log, List<Sent> model, int epoch) {
        int count = 1 + random.nextInt(8);
        ByteBuffer all = ByteBuffer.allocateDirect(20_000);
        List<Sent> fresh = new ArrayList<>();
        long next = end(model);
        for (int i = 0; i < count; i++) {
            long producer = random.nextInt(3);
            List<String> values = new ArrayList<>();
            for (int v = random.nextInt(3); v >= 0; v--) {
                values.add("v" + "x".repeat(random.nextInt(200)));
            }
            Sent last = lastOf(producer, model, fresh);
            int sequence = last == null ? 0 : last.sequence() + last.values().size();
            var sent = new Sent(next, epoch, producer, sequence, values);
            next = sent.next();
            fresh.add(sent);
            all.put(sent.bytes());
        }
        all.flip();
        if (random.nextInt(4) == 0) {
            all.limit(all.limit() - 1 - random.nextInt(30));
            fresh.remove(fresh.size() - 1);
        }
        assertThat(log.appendAsFollower(all, epoch).error()).isEqualTo(Errors.NONE);
        model.addAll(fresh);
    }

    private static Sent lastOf(long producer, List<Sent> model, List<Sent> fresh) {
        Sent last = null;
        for (Sent one : Stream.concat(model.stream(), fresh.stream()).toList()) {
            last = one.producerId() == producer ? one : last;
        }
        return last;
    }

    private static long end(List<Sent> model) {
        return model.isEmpty() ? 0 : model.get(model.size() - 1).next();
    }

    private static void check(PartitionLog log, List<Sent> model, String what) {
        assertThat(log.status()).as(what).isEqualTo(Errors.NONE);
        assertThat(log.logEndOffset()).as(what).isEqualTo(end(model));
        List<String> expected =
                model.stream().flatMap(one -> one.texts().stream()).toList();
        assertThat(PartitionLogTest.readAll(log)).as(what).isEqualTo(expected);
        if (!model.isEmpty()) {
            assertThat(log.latestEpoch())
                    .as(what)
                    .hasValue(model.get(model.size() - 1).epoch());
        }
        for (Sent one : model) {
            assertThat(log.epochOf(one.offset())).as(what).hasValue(one.epoch());
        }
        for (ProducerState producer : log.producers()) {
            Sent last = lastOf(producer.producerId(), model, List.of());
            assertThat(last).as(what).isNotNull();
            assertThat(producer.lastSequence())
                    .as(what)
                    .isEqualTo(last.sequence() + last.values().size() - 1);
        }
        assertThat(log.producers().size()).as(what).isEqualTo((int)
                model.stream().map(Sent::producerId).distinct().count());
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void isNeverDamagedByACrashWhileItIsCut(long seed) {
        var random = new Random(seed);
        var disk = new RecordedDisk();
        Path nowhere = Path.of("/nowhere/recorded/data");
        var recorded = new LogFixture(disk, nowhere);
        PartitionLog log = recorded.log(small);
        List<Sent> model = new ArrayList<>();
        for (int round = 0; round < 6; round++) {
            for (int i = 0; i < 4; i++) {
                appendSome(random, log, model, round);
            }
            recorded.runBlocking();
            int keep = model.size() / 2;
            log.truncateTo(model.get(keep).offset());
            model.subList(keep, model.size()).clear();
        }
        for (int i = 0; i < 100; i++) {
            int count = random.nextInt(disk.operations() + 1);
            String what = "after " + count + " operations, try " + i + " of seed " + seed;
            var left = new LogFixture(disk.powerLostAfter(count, random), nowhere);
            PartitionLog opened = left.log(small);
            assertThat(opened.status()).as(what).isEqualTo(Errors.NONE);
            // Whatever is there is intact and its epochs go up.
            PartitionLogTest.readAll(opened);
            assertThat(opened.truncateTo(opened.logEndOffset() / 2)).as(what).isEqualTo(Errors.NONE);
        }
    }

    @Test
    void refusesWhatTheLeaderCannotHaveMeant() {
        PartitionLog log = fixture.log(small);
        assertThat(log.appendAsFollower(sent(0, EPOCH, "a", "b"), EPOCH).error())
                .isEqualTo(Errors.NONE);

        ByteBuffer damaged = sent(2, EPOCH, "c");
        damaged.put(damaged.limit() - 1, (byte) 99);
        assertThat(log.appendAsFollower(damaged, EPOCH).error()).isEqualTo(Errors.CORRUPT_MESSAGE);
        assertThat(log.appendAsFollower(sent(1, EPOCH, "c"), EPOCH).error())
                .as("an offset that is there")
                .isEqualTo(Errors.CORRUPT_MESSAGE);
        assertThat(log.appendAsFollower(sent(2, EPOCH - 1, "c"), EPOCH).error())
                .as("an epoch that goes back")
                .isEqualTo(Errors.CORRUPT_MESSAGE);
        assertThat(log.logEndOffset()).isEqualTo(2);
        assertThat(PartitionLogTest.readAll(log)).containsExactly("0:a", "1:b");
    }

    @Test
    void leavesBatchesOfALaterEpochForLater() {
        PartitionLog log = fixture.log(small);
        ByteBuffer both = ByteBuffer.allocate(1_000);
        both.put(sent(0, EPOCH, "a")).put(sent(1, EPOCH + 1, "b")).flip();

        assertThat(log.appendAsFollower(both, EPOCH).error()).isEqualTo(Errors.NONE);
        assertThat(log.logEndOffset()).isEqualTo(1);
    }

    @Test
    void startsOverWhereTheLeadersLogStartsAndStaysThere() {
        PartitionLog log = fixture.log(small);
        log.appendAsFollower(sent(0, EPOCH, "a", "b"), EPOCH);
        log.updateHighWatermark(2);

        assertThat(log.startOver(100)).isEqualTo(Errors.NONE);
        assertThat(log.logStartOffset()).isEqualTo(100);
        assertThat(log.logEndOffset()).isEqualTo(100);
        assertThat(log.highWatermark()).isEqualTo(100);
        fixture.crash();
        log = fixture.log(small);
        assertThat(log.logEndOffset()).as("an offset is never given again").isEqualTo(100);

        assertThat(log.appendAsFollower(sent(98, EPOCH, "x", "y", "z", "u"), EPOCH)
                        .error())
                .as("the batch that holds the start")
                .isEqualTo(Errors.NONE);
        assertThat(log.logStartOffset()).isEqualTo(100);
        assertThat(log.logEndOffset()).isEqualTo(102);
        assertThat(log.read(100, 102, 1_000, true, false).records().sizeInBytes())
                .isPositive();
        fixture.restart();
        assertThat(fixture.log(small).logEndOffset()).isEqualTo(102);
    }

    @Test
    void dropsADamagedLogWhenItIsToldTo() throws IOException {
        PartitionLog log = fixture.log(small);
        for (int i = 0; i < 50; i++) {
            log.appendAsFollower(sent(i, EPOCH, "value" + i), EPOCH);
        }
        fixture.crash();
        flipAByte(100);
        log = fixture.log(small);
        assertThat(log.status()).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        assertThat(log.isDamaged()).isTrue();

        assertThat(log.dropDamaged()).isEqualTo(Errors.NONE);
        assertThat(log.logEndOffset()).isZero();
        assertThat(log.appendAsFollower(sent(0, EPOCH, "again"), EPOCH).error()).isEqualTo(Errors.NONE);
        assertThat(PartitionLogTest.readAll(log)).containsExactly("0:again");
        fixture.restart();
        assertThat(fixture.log(small).logEndOffset()).isEqualTo(1);
    }

    @Test
    void ofALogThatIsDamagedBehindItsCheckpointNothingIsTakenOver() throws IOException {
        PartitionLog log = fixture.log(small);
        for (int i = 0; i < 50; i++) {
            log.appendAsFollower(sent(i, EPOCH, "value" + i), EPOCH);
            if (i == 5) {
                log.updateHighWatermark(5);
                fixture.advance(600_000);
                fixture.runBlocking();
            }
        }
        fixture.crash();
        flipAByte(1_500);
        log = fixture.log(small);
        assertThat(log.isDamaged()).isTrue();

        assertThat(log.logEndOffset()).isZero();
        assertThat(log.highWatermark()).isZero();
    }

    private void flipAByte(long position) throws IOException {
        try (Stream<Path> files = Files.walk(data)) {
            Path first = files.filter(path -> path.toString().endsWith("00.log"))
                    .findFirst()
                    .orElseThrow();
            try (FileChannel channel = FileChannel.open(first, StandardOpenOption.WRITE)) {
                channel.write(ByteBuffer.wrap(new byte[] {99}), position);
            }
        }
    }

    private static ByteBuffer sent(long offset, int epoch, String... values) {
        return new Sent(offset, epoch, 5, (int) offset, List.of(values)).bytes();
    }
}

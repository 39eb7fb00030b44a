package dwal.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dwal.environment.simulated.RecordedDisk;
import dwal.protocol.batch.BatchView;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/** A bit that has flipped in a log in use, which a reader meets: it counts as damage when a second look has confirmed it. */
class DamageSearchTest {
    private static final Path DATA = Path.of("/nowhere/recorded/data");
    private static final int ALL = 200;
    /** So far from the end that where it lies is no longer remembered. */
    private static final int DAMAGED = 20;

    private static final int LAST_OFFSET_DELTA_AT = 23;

    private final RecordedDisk disk = new RecordedDisk();
    private final LogFixture fixture = new LogFixture(disk, DATA);
    private final Path segment = DATA.resolve("orders-0").resolve(Segment.fileName(0));
    private final PartitionLog log = filled();
    private final int batch = (int) (log.sizeBytes() / ALL);

    private PartitionLog filled() {
        PartitionLog filled = fixture.log(new SettingsBuilder().build());
        append(filled, ALL);
        return filled;
    }

    private static void append(PartitionLog log, int batches) {
        for (int i = 0; i < batches; i++) {
            log.append(Batches.at(1_000 + log.logEndOffset(), "value"), AppendOrigin.CLIENT, 4);
        }
    }

    @Test
    void whatAReaderMeetsPutsTheLogOfflineAndIsNamed() throws IOException {
        damage();
        assertThat(read()).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        assertThat(log.isDamaged()).as("not before a second look").isFalse();

        fixture.runBlocking();

        assertThat(log.isDamaged()).isTrue();
        assertThat(log.append(Batches.of("x"), AppendOrigin.CLIENT, 4).message())
                .contains(segment + " at position " + DAMAGED * batch + " (offset " + DAMAGED + "): checksum");
        assertThat(log.sizeBytes()).as("nothing is deleted").isEqualTo((long) batch * ALL);
        assertThat(log.dropDamaged()).isEqualTo(Errors.NONE);
        append(log, 1);
        assertThat(PartitionLogTest.readAll(log)).containsExactly("0:value");
    }

    /** Else a log would be left that begins in the middle, and nothing would say so. */
    @Test
    void aDropThatALossOfPowerInterruptsLeavesALogThatBeginsWhereItBegan() throws IOException {
        var used = new RecordedDisk();
        var world = new LogFixture(used, DATA);
        PartitionLog one = world.log(new SettingsBuilder().segmentBytes(1_000).build());
        append(one, ALL);
        world.runBlocking();
        List<Long> whole = LogFiles.segments(used, segment.getParent());
        assertThat(whole).hasSizeGreaterThan(3).startsWith(0L);
        int before = used.operations();
        one.damagedAt("somewhere");
        assertThat(one.dropDamaged()).isEqualTo(Errors.NONE);

        for (int count = before; count <= used.operations(); count++) {
            for (int seed = 0; seed < 5; seed++) {
                RecordedDisk left = used.powerLostAfter(count, new Random(seed));
                List<Long> kept = LogFiles.segments(left, segment.getParent());
                assertThat(kept).isEqualTo(whole.subList(0, kept.size()));
            }
        }
    }

    @Test
    void whatASearchByTimeMeetsDoesSoToo() throws IOException {
        FlippedBitTest.flip(disk, segment, 8L * (DAMAGED * batch + 60 + 5));
        assertThatThrownBy(() -> log.offsetForTime(1_000 + DAMAGED, ALL)).isInstanceOf(UncheckedIOException.class);
        fixture.runBlocking();
        assertThat(log.isDamaged()).isTrue();
    }

    @Test
    void eachBitOfAHeaderThatMakesAReadFailIsConfirmed() throws IOException {
        int failed = 0;
        for (int bit = 0; bit < 8 * BatchView.HEADER_BYTES; bit++) {
            var used = new RecordedDisk();
            var world = new LogFixture(used, DATA);
            PartitionLog one = world.log(new SettingsBuilder().build());
            append(one, 2 * DAMAGED + 20);
            FlippedBitTest.flip(used, segment, 8L * DAMAGED * batch + bit);
            if (one.read(DAMAGED, Long.MAX_VALUE, 300, true, false).error() != Errors.NONE) {
                failed++;
                world.runBlocking();
                assertThat(one.isDamaged()).as("bit " + bit).isTrue();
            }
        }
        assertThat(failed).isPositive();
    }

    @Test
    void aFileThatEndsEarlyIsDamage() throws IOException {
        try (var file = disk.open(segment)) {
            file.truncate((long) DAMAGED * batch);
        }
        assertThat(read()).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        fixture.runBlocking();
        assertThat(log.append(Batches.of("x"), AppendOrigin.CLIENT, 4).message())
                .contains("(offset " + DAMAGED + "): the file ends there");
    }

    @Test
    void whatIsThereWhenOneLooksAgainIsNoDamageAndTheNextIsLookedForAgain() throws IOException {
        damage();
        assertThat(read()).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        damage(); // back
        fixture.runBlocking();
        assertThat(log.status()).isEqualTo(Errors.NONE);
        assertThat(read()).isEqualTo(Errors.NONE);

        damage();
        assertThat(read()).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        fixture.runBlocking();
        assertThat(log.isDamaged()).isTrue();
    }

    @Test
    void aReaderThatACutOvertakesMeetsNoDamage() throws IOException {
        damage();
        assertThat(read()).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        assertThat(log.truncateTo(DAMAGED / 2)).isEqualTo(Errors.NONE);
        append(log, 3);

        fixture.runBlocking();

        assertThat(log.status()).isEqualTo(Errors.NONE);
        assertThat(PartitionLogTest.readAll(log)).hasSize(DAMAGED / 2 + 3);
    }

    @Test
    void aReaderThatRetentionOvertakesMeetsNoDamage() throws IOException {
        damage();
        assertThat(read()).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        log.startOver(ALL);
        append(log, 3);

        fixture.runBlocking();

        assertThat(log.status()).isEqualTo(Errors.NONE);
        assertThat(log.read(ALL, Long.MAX_VALUE, 1_000, true, false).error()).isEqualTo(Errors.NONE);
    }

    @Test
    void aReaderThatTheStopOvertakesMeetsNoDamage() throws IOException {
        damage();
        assertThat(read()).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        damage(); // back
        fixture.store.close();
        fixture.runBlocking();
        assertThat(log.isDamaged()).isFalse();
    }

    @Test
    void aLogThatIsWrittenToMeanwhileIsSoundBehindIt() throws IOException {
        damage();
        assertThat(read()).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        damage(); // back
        try (var file = disk.open(segment)) { // a write that is under way
            file.write(Batches.at(1, "half").buffer().slice(0, 30), log.sizeBytes());
        }
        fixture.runBlocking();
        assertThat(log.status()).isEqualTo(Errors.NONE);
    }

    @Test
    void aDamagedBodyWhichReadersDoNotNoticeIsFoundForWhoeverAsks() throws IOException {
        damageBody();
        assertThat(read()).isEqualTo(Errors.NONE);
        List<String> found = new ArrayList<>();

        log.lookForDamage(DAMAGED, found::add);
        assertThat(found).as("not on this thread").isEmpty();
        fixture.runBlocking();

        assertThat(found)
                .singleElement()
                .asString()
                .contains(segment + " at position " + DAMAGED * batch + " (offset " + DAMAGED + "): checksum");
        assertThat(log.status())
                .as("what follows from it is the caller's to say")
                .isEqualTo(Errors.NONE);
        log.damagedAt(found.get(0));
        assertThat(log.isDamaged()).isTrue();
    }

    @Test
    void nothingIsToldOfASoundLogNorOfWhatAReaderIsNotGivenNorOfACutLog() throws IOException {
        List<String> found = new ArrayList<>();
        log.lookForDamage(DAMAGED, found::add);
        fixture.runBlocking();
        log.lookForDamage(log.logEndOffset(), found::add);
        fixture.runBlocking();
        damageBody();
        log.lookForDamage(DAMAGED + 1, found::add);
        fixture.runBlocking();
        log.lookForDamage(DAMAGED, found::add);
        log.truncateTo(DAMAGED / 2);
        append(log, 3);
        fixture.runBlocking();
        assertThat(found).isEmpty();
    }

    private void damageBody() throws IOException {
        FlippedBitTest.flip(disk, segment, 8L * (DAMAGED * batch + batch - 2));
    }

    private void damage() throws IOException {
        FlippedBitTest.flip(disk, segment, 8L * (DAMAGED * batch + LAST_OFFSET_DELTA_AT) + 7); // the sign
    }

    private Errors read() {
        ReadOutcome outcome = log.read(DAMAGED, Long.MAX_VALUE, 300, true, false);
        outcome.records().release();
        return outcome.error();
    }
}

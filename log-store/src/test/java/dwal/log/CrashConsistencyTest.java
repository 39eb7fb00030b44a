package dwal.log;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.simulated.RecordedDisk;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A log is written on a disk that records what is done to it; then each state that a kill may leave, and many that a loss
 * of power may leave, is opened. What was acknowledged must be there, nothing else may be, and opening twice gives the same.
 */
class CrashConsistencyTest {
    /** Where no index can be made: it is RocksDB's own, and is tested on a real disk. */
    private static final Path DATA = Path.of("/nowhere/recorded/data");

    private final RecordedDisk disk = new RecordedDisk();
    private final List<String> written = new ArrayList<>();
    /** Operations of the disk by the time that so many records were in the log, or were synced. */
    private final List<int[]> appendedAt = new ArrayList<>();

    private final List<int[]> syncedAt = new ArrayList<>();

    private final LogSettings settings = new SettingsBuilder()
            .sync(LogSettings.SyncPolicy.COMMIT)
            .segmentBytes(6_000)
            .indexIntervalBytes(300)
            .build();

    @BeforeEach
    void write() {
        var fixture = new LogFixture(disk, DATA);
        PartitionLog log = fixture.log(settings);
        log.setListener(new LogListener() {
            @Override
            public void synced(long offset) {
                syncedAt.add(new int[] {disk.operations(), (int) offset});
            }

            @Override
            public void failed(String reason) {
                throw new AssertionError(reason);
            }
        });
        var random = new Random(1);
        for (int i = 0; i < 60; i++) {
            String value = i + "-" + "x".repeat(random.nextInt(900));
            AppendOutcome outcome = log.append(Batches.at(1_000 + i, value), AppendOrigin.CLIENT, i / 10);
            assertThat(outcome.error()).isEqualTo(Errors.NONE);
            written.add(i + ":" + value);
            appendedAt.add(new int[] {disk.operations(), written.size()});
            if (random.nextInt(4) == 0) {
                fixture.runBlocking();
            }
        }
    }

    @Test
    void aKillAfterAnyOperationLeavesWhatWasAppended() {
        for (int count = 0; count <= disk.operations(); count++) {
            check(disk.killedAfter(count), least(appendedAt, count), "killed after " + count);
        }
    }

    @Test
    void aKillDuringAnyWriteLeavesWhatWasAppendedBefore() {
        var random = new Random(2);
        for (int count = 0; count < disk.operations(); count++) {
            check(disk.killedDuring(count, random), least(appendedAt, count), "killed during " + count);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void aLossOfPowerLeavesWhatWasSynced(long seed) {
        var random = new Random(seed);
        for (int i = 0; i < 150; i++) {
            int count = random.nextInt(disk.operations() + 1);
            check(
                    disk.powerLostAfter(count, random),
                    least(syncedAt, count),
                    "power lost after " + count + ", try " + i + " of seed " + seed);
        }
    }

    @Test
    void whatAKillLeftAndTheNextRunHasSyncedOutlivesALossOfPowerSeed1() {
        var machine = new RecordedDisk();
        PartitionLog killed = new LogFixture(machine, DATA).log(settings);
        killed.append(Batches.of("a"), AppendOrigin.CLIENT, 0);

        var fixture = new LogFixture(machine, DATA);
        PartitionLog log = fixture.log(settings);
        assertThat(log.storedOffset()).isZero();
        fixture.runBlocking();
        assertThat(log.storedOffset()).isEqualTo(1);

        var random = new Random(1);
        for (int i = 0; i < 20; i++) {
            PartitionLog left = new LogFixture(machine.powerLostNow(random), DATA).log(settings);
            assertThat(left.logEndOffset()).isEqualTo(1);
        }
    }

    /** A segment that was closed and not synced when it was cut off has a name behind those that are written then. */
    @Test
    void whatIsSyncedAfterACutOutlivesALossOfPowerSeed1() {
        var machine = new RecordedDisk();
        var fixture = new LogFixture(machine, DATA);
        PartitionLog log = fixture.log(settings);
        append(log, 20, 500);
        fixture.runBlocking();
        append(log, 20, 500);
        assertThat(log.truncateTo(5)).isEqualTo(Errors.NONE);
        append(log, 10, 1_500);
        fixture.runBlocking();
        assertThat(log.storedOffset()).isEqualTo(15);

        var random = new Random(1);
        for (int i = 0; i < 50; i++) {
            PartitionLog left = new LogFixture(machine.powerLostNow(random), DATA).log(settings);
            assertThat(left.logEndOffset()).isEqualTo(15);
        }
    }

    private static void append(PartitionLog log, int count, int bytes) {
        for (int i = 0; i < count; i++) {
            AppendOutcome outcome = log.append(Batches.of("x".repeat(bytes)), AppendOrigin.CLIENT, 0);
            assertThat(outcome.error()).isEqualTo(Errors.NONE);
        }
    }

    private static int least(List<int[]> marks, int operations) {
        int least = 0;
        for (int[] mark : marks) {
            if (mark[0] <= operations) {
                least = mark[1];
            }
        }
        return least;
    }

    private void check(RecordedDisk left, int atLeast, String what) {
        var fixture = new LogFixture(left, DATA);
        PartitionLog log = fixture.log(settings);
        assertThat(log.status()).as(what).isEqualTo(Errors.NONE);
        int count = (int) log.logEndOffset();
        assertThat(count).as(what).isBetween(atLeast, written.size());
        assertThat(PartitionLogTest.readAll(log)).as(what).isEqualTo(written.subList(0, count));
        PartitionLog again = new LogFixture(left, DATA).log(settings);
        assertThat(again.logEndOffset()).as(what + ", opened again").isEqualTo(count);
        AppendOutcome outcome = again.append(Batches.of("on"), AppendOrigin.CLIENT, 9);
        assertThat(outcome.baseOffset()).as(what).isEqualTo(count);
        PartitionLog third = new LogFixture(left, DATA).log(settings);
        assertThat(third.logEndOffset()).as(what + ", and written to").isEqualTo(count + 1);
    }
}

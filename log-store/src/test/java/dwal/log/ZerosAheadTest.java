package dwal.log;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Disk;
import dwal.environment.simulated.RecordedDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/**
 * Zeros that a node writes behind the end of a large segment, so that what comes is cheaper to write: nobody may take them
 * for data.
 */
class ZerosAheadTest {
    /** Where no index can be made. */
    private static final Path DATA = Path.of("/nowhere/recorded/data");

    private static final Path SEGMENT = DATA.resolve("orders-0").resolve(Segment.fileName(0));
    private static final int BATCHES = 16;

    private final RecordedDisk disk = new RecordedDisk();
    private final LogSettings settings = LogFixture.settings();
    private final LogFixture fixture = new LogFixture(disk, DATA);
    private final PartitionLog log = fixture.log(settings);
    private final List<String> written = new ArrayList<>();
    /** Operations of the disk by the time that each batch was in the log. */
    private final List<Integer> operationsAt = new ArrayList<>();
    /** Operations of the disk by the time that so many batches were synced. */
    private final List<int[]> syncedAt = new ArrayList<>();

    private void fill() {
        var random = new Random(1);
        for (int i = 0; i < BATCHES; i++) {
            append(log, i + "x".repeat(90_000 + random.nextInt(20_000)));
            operationsAt.add(disk.operations());
        }
    }

    /** The same with each append synced, at times several by one sync. */
    private void fillSynced() {
        log.updateSettings(LogSettings.defaults(LogSettings.SyncPolicy.COMMIT));
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
        for (int i = 0; i < 3 * BATCHES; i++) {
            append(log, i + "x".repeat(20_000 + random.nextInt(40_000)));
            operationsAt.add(disk.operations());
            if (random.nextInt(3) == 0) {
                fixture.runBlocking();
            }
        }
    }

    private int syncedAfter(int operations) {
        return syncedAt.stream()
                .filter(at -> at[0] <= operations)
                .mapToInt(at -> at[1])
                .max()
                .orElse(0);
    }

    private void append(PartitionLog to, String value) {
        assertThat(to.append(Batches.of(value), AppendOrigin.CLIENT, 3).error()).isEqualTo(Errors.NONE);
        written.add(written.size() + ":" + value);
    }

    private static long zeros(Disk disk, PartitionLog log) throws IOException {
        return disk.size(SEGMENT) - log.sizeBytes();
    }

    @Test
    void areFewAndAreThereWhileTheLogIsWrittenTo() throws IOException {
        fill();
        assertThat(zeros(disk, log)).isBetween(1L, AheadOfEnd.MOST_ZEROS_BYTES - 1L);
        assertThat(PartitionLogTest.readAll(log)).isEqualTo(written);
    }

    @Test
    void areCutOffByTheNextStartAfterAKillAtAnyTimeSeed2() throws IOException {
        fill();
        var random = new Random(2);
        for (int count = operationsAt.get(0); count <= disk.operations(); count++) {
            check(disk.killedAfter(count), count);
            if (count < disk.operations()) {
                check(disk.killedDuring(count, random), count);
            }
        }
    }

    @Test
    void areCutOffByTheNextStartAfterALossOfPowerSeed3() throws IOException {
        fill();
        var random = new Random(3);
        for (int i = 0; i < 100; i++) {
            int count = operationsAt.get(0) + random.nextInt(disk.operations() + 1 - operationsAt.get(0));
            check(disk.powerLostAfter(count, random), 0, "try " + i + ", power lost after " + count);
        }
    }

    @Test
    void areCutOffAndNothingElseAfterALossOfPowerWhereEachAppendIsSyncedSeed4() throws IOException {
        fillSynced();
        assertThat(zeros(disk, log)).isPositive();
        assertThat(syncedAt).hasSizeGreaterThan(BATCHES / 2);
        var random = new Random(4);
        int first = operationsAt.get(BATCHES);
        for (int i = 0; i < 150; i++) {
            int count = first + random.nextInt(disk.operations() + 1 - first);
            check(disk.powerLostAfter(count, random), syncedAfter(count), "try " + i + ", power lost after " + count);
        }
    }

    private void check(RecordedDisk killed, int count) throws IOException {
        int least = (int) operationsAt.stream().filter(at -> at <= count).count();
        check(killed, least, "killed after " + count);
    }

    private void check(RecordedDisk left, int least, String what) throws IOException {
        PartitionLog next = new LogFixture(left, DATA).log(settings);
        assertThat(next.status()).as(what).isEqualTo(Errors.NONE);
        int there = (int) next.logEndOffset();
        assertThat(there).as(what).isBetween(least, written.size());
        if (left.exists(SEGMENT)) {
            assertThat(zeros(left, next)).as(what).isZero();
        }
        assertThat(PartitionLogTest.readAll(next)).isEqualTo(written.subList(0, there));
    }

    @Test
    void areNoFindingOfTheInspector() throws IOException {
        fill();
        List<LogInspector.Finding> findings = new ArrayList<>();
        new LogInspector(disk, DATA, findings::add, (done, total, file) -> {}).verify();
        assertThat(findings).noneMatch(finding -> finding.file().equals(SEGMENT));
    }

    @Test
    void areGoneAfterACleanStop() throws IOException {
        fill();
        fixture.store.close();
        assertThat(zeros(disk, log)).isZero();
    }

    @Test
    void areWrittenAnewBehindACut() throws IOException {
        fill();
        log.truncateTo(BATCHES - 2);
        written.subList(BATCHES - 2, BATCHES).clear();
        assertThat(zeros(disk, log)).isZero();
        append(log, "y".repeat(200_000));
        append(log, "z");
        assertThat(zeros(disk, log)).isPositive();
        PartitionLog next = new LogFixture(disk.killedAfter(disk.operations()), DATA).log(settings);
        assertThat(PartitionLogTest.readAll(next)).isEqualTo(written);
    }
}

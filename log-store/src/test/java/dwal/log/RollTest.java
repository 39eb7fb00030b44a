package dwal.log;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Disk;
import dwal.environment.simulated.FaultyDisk;
import dwal.environment.simulated.RecordedDisk;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.junit.jupiter.api.Test;

/** When a log begins a new segment. */
class RollTest {
    private static final Path DATA = Path.of("/nowhere/recorded/data");
    private static final long HOUR = 3_600_000;
    private static final long STEP_MS = 20_000;

    private final RecordedDisk disk = new RecordedDisk();
    private final LogFixture fixture = new LogFixture(disk, DATA);

    @Test
    void anIdleLogIsNotRolledByAgeButAtTheNextAppendByTheTimeOfItsRecords() {
        PartitionLog log = fixture.log(
                new SettingsBuilder().segmentMs(HOUR).retention(-1, -1).build());
        append(log, 1_000);
        append(log, 1_000 + HOUR);
        fixture.advance(10 * HOUR);
        log.maintain(fixture.wallMs());
        assertThat(segments()).as("exactly segment.ms old, and idle for long").hasSize(1);
        append(log, 900);
        assertThat(segments()).as("an older record is no reason").hasSize(1);
        append(log, 1_001 + HOUR);
        assertThat(segments()).hasSize(2);
    }

    @Test
    void withoutTimestampsTheClockCounts() {
        PartitionLog log = fixture.log(new SettingsBuilder().segmentMs(HOUR).build());
        append(log, RecordBatch.NO_TIMESTAMP);
        fixture.advance(HOUR);
        append(log, RecordBatch.NO_TIMESTAMP);
        assertThat(segments()).hasSize(1);
        fixture.advance(1);
        append(log, RecordBatch.NO_TIMESTAMP);
        assertThat(segments()).hasSize(2);
    }

    @Test
    void aSegmentIsAsOldAfterARestartAsBefore() {
        for (boolean checkpointed : new boolean[] {true, false}) {
            var machine = new RecordedDisk();
            var index = new SimulatedIndex();
            var clock = new LogFixture(new RecordedDisk(), DATA);
            var settings = new SettingsBuilder().segmentMs(HOUR).build();
            LogStore store = open(machine, index, clock);
            append(opened(store, settings), 5_000);
            clock.advance(checkpointed ? 1_000 : 0);
            clock.runBlocking();
            store.abandon();

            PartitionLog log = opened(open(machine, index.afterCrash(new Random(1)), clock), settings);
            append(log, 5_000 + HOUR);
            assertThat(segments(machine)).as("checkpointed: " + checkpointed).hasSize(1);
            append(log, 5_001 + HOUR);
            assertThat(segments(machine)).as("checkpointed: " + checkpointed).hasSize(2);
        }
    }

    @Test
    void jitterTakesADifferentPieceOffEachSegmentsAgeAndTheSameOfTheSameSeed() {
        List<Long> ages = agesAtRoll();
        assertThat(ages).hasSize(20).allMatch(age -> age > HOUR / 2 && age <= HOUR + STEP_MS);
        assertThat(new HashSet<>(ages)).hasSizeGreaterThan(10);
        assertThat(agesAtRoll()).as("again").isEqualTo(ages);
    }

    @Test
    void jitterAboveTheAgeItselfIsBoundedByIt() {
        PartitionLog log = fixture.log(
                new SettingsBuilder().segmentMs(10).segmentJitterMs(HOUR).build());
        append(log, 1_000);
        append(log, 1_000);
        assertThat(segments())
                .as("the first record is never too old for itself")
                .hasSize(1);
    }

    /** By steps of 20 seconds: how old each of 20 segments became. */
    private static List<Long> agesAtRoll() {
        var disk = new RecordedDisk();
        var fixture = new LogFixture(disk, DATA);
        PartitionLog log = fixture.log(
                new SettingsBuilder().segmentMs(HOUR).segmentJitterMs(HOUR / 2).build());
        List<Long> ages = new ArrayList<>();
        long first = fixture.wallMs();
        for (int segments = 1; ages.size() < 20; fixture.advance(STEP_MS)) {
            append(log, fixture.wallMs());
            if (segments(disk).size() > segments) {
                segments++;
                ages.add(fixture.wallMs() - first);
                first = fixture.wallMs();
            }
        }
        return ages;
    }

    /**
     * After a roll a write fails, so a checkpoint may name an empty segment, whose name nobody has synced. When the process
     * is killed then, and the next one writes to that segment, a loss of power must not take it.
     */
    @Test
    void whatIsWrittenToASegmentThatACheckpointHasSeenEmptyIsThereAfterALossOfPower() {
        for (long seed = 1; seed <= 20; seed++) {
            var machine = new RecordedDisk();
            var full = new FaultyDisk(machine);
            var index = new SimulatedIndex();
            var settings = new SettingsBuilder()
                    .segmentBytes(150)
                    .sync(LogSettings.SyncPolicy.COMMIT)
                    .build();
            var clock = new LogFixture(new RecordedDisk(), DATA);
            var random = new Random(seed);
            LogStore store = open(full, index, clock);
            PartitionLog log = opened(store, settings);
            append(log, 1_000);
            append(log, 1_000);
            clock.runBlocking(); // syncs
            full.setFull(true);
            assertThat(log.append(Batches.at(1_000, "x"), AppendOrigin.CLIENT, 0)
                            .error())
                    .as("to a new segment, for two batches fill one")
                    .isEqualTo(Errors.KAFKA_STORAGE_ERROR);
            clock.advance(60_000);
            clock.runBlocking();
            store.abandon();

            store = open(machine, index.afterCrash(random), clock);
            log = opened(store, settings);
            append(log, 1_000);
            clock.runBlocking();
            assertThat(log.storedOffset()).isEqualTo(3);
            RecordedDisk left = machine.powerLostNow(random);
            store.abandon();

            PartitionLog again = opened(open(left, new SimulatedIndex(), clock), settings);
            assertThat(again.logEndOffset()).as("seed " + seed).isEqualTo(3);
        }
    }

    private static LogStore open(Disk disk, SimulatedIndex index, LogFixture clock) {
        return LogStore.withIndex(
                disk, DATA, clock, clock, clock.waiting::add, new Random(1), StoreSettings.defaults(), index, 1_000);
    }

    private static PartitionLog opened(LogStore store, LogSettings settings) {
        PartitionLog log = store.log(LogFixture.partition(0), settings);
        assertThat(log.open()).isEqualTo(Errors.NONE);
        return log;
    }

    private static void append(PartitionLog log, long timestampMs) {
        assertThat(log.append(Batches.at(timestampMs, "x"), AppendOrigin.CLIENT, 0)
                        .error())
                .isEqualTo(Errors.NONE);
    }

    private List<Path> segments() {
        return segments(disk);
    }

    private static List<Path> segments(RecordedDisk disk) {
        return disk.list(DATA.resolve("orders-0")).stream()
                .filter(path -> path.toString().endsWith(".log"))
                .toList();
    }
}

package dwal.log;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.simulated.RecordedDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A checkpoint is written while a batch is being appended: the batch is written and noted, but the end of the log is not yet
 * published. Then the machine loses its power.
 */
class CheckpointsTest {
    private static final Path DATA = Path.of("/nowhere/recorded/data");
    private static final long PRODUCER = 9;

    private final RecordedDisk disk = new RecordedDisk();
    private final SimulatedIndex index = new SimulatedIndex();
    private final LogState state = new LogState();
    private LogTail tail;
    private Checkpoints checkpoints;
    private LogSync sync;

    @BeforeEach
    void open() {
        var fixture = new LogFixture(disk, DATA);
        Path directory = DATA.resolve("orders-0");
        var partition = new PartitionIndex(index::index, LogFixture.partition(0));
        sync = new LogSync(fixture.store, directory, state, new LogSync.Outcome() {
            @Override
            public void synced(long offset) {}

            @Override
            public void syncFailed(IOException failure) {
                throw new AssertionError(failure);
            }
        });
        tail = new LogTail(fixture.store, LogFixture.partition(0), directory, state, partition, sync);
        checkpoints = new Checkpoints(partition, state, sync::through);
    }

    /** {@code rolls}: the batch is the first of a segment; {@code synced}: all before it are synced. */
    @ParameterizedTest(name = "rolls: {0}, synced: {1}, seed {2}")
    @CsvSource({"false, true, 1", "true, true, 2", "false, false, 3", "true, false, 4"})
    void speaksOfNothingThatALossOfPowerTakes(boolean rolls, boolean synced, long seed) throws Exception {
        write(0, 1_000);
        if (synced) {
            sync.through(state.tail(), 0);
        }
        Place end = state.tail();
        if (rolls) {
            tail.roll(end.segment(), LogFixture.settings());
            end = state.tail();
        }
        write(1, 2_000);
        state.setTail(end);
        checkpoints.save();
        index.index().flush();

        var random = new Random(seed);
        for (int i = 0; i < 50; i++) {
            checkConsistent(disk.powerLostNow(random), index.afterCrash(random));
        }
    }

    private void write(int sequence, long timestampMs) throws IOException {
        MemoryRecords records = MemoryRecords.withIdempotentRecords(
                sequence,
                Compression.NONE,
                PRODUCER,
                (short) 0,
                sequence,
                0,
                Batches.records(timestampMs, "x".repeat(5_000)));
        ByteBuffer bytes = Batches.direct(records).buffer();
        tail.write(bytes, sequence, sequence, LogFixture.settings(), 10_000);
    }

    private static void checkConsistent(RecordedDisk left, SimulatedIndex index) {
        var fixture = new LogFixture(left, DATA);
        LogStore store = LogStore.withIndex(
                left, DATA, fixture, fixture, task -> {}, new Random(1), StoreSettings.defaults(), index, 1_000);
        PartitionLog log = store.log(LogFixture.partition(0), LogFixture.settings());
        log.open();
        long last = log.logEndOffset() - 1;
        assertThat(log.producers()).extracting(ProducerState::lastSequence).allMatch(sequence -> sequence <= last);
        assertThat(log.offsetOfMaxTimestamp().orElseThrow().offset()).isLessThanOrEqualTo(last);
        store.abandon();
    }
}

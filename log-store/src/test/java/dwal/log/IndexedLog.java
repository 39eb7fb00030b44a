package dwal.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.protocol.Errors;

/**
 * What a test has written to a log that uses all that an index keeps: several segments, epochs, an idempotent producer,
 * a raised log start. Checks what is left of it after something was done to the files.
 */
final class IndexedLog {
    static final LogSettings SETTINGS = new SettingsBuilder()
            .sync(LogSettings.SyncPolicy.COMMIT)
            .segmentBytes(2_000)
            .indexIntervalBytes(150)
            .build();
    private static final long PRODUCER = 77;
    private static final int RECORDS_PER_EPOCH = 20;

    private record Batch(int sequence, long offset, List<String> values) {
        long nextOffset() {
            return offset + values.size();
        }
    }

    private final List<Batch> batches = new ArrayList<>();
    private final List<String> written = new ArrayList<>();

    int records() {
        return written.size();
    }

    /** Appends one batch of a few records. */
    void append(PartitionLog log, Random random) {
        String[] values = new String[1 + random.nextInt(3)];
        int first = written.size();
        for (int i = 0; i < values.length; i++) {
            values[i] = first + i + "-" + "x".repeat(random.nextInt(9));
        }
        AppendOutcome outcome = log.append(
                Batches.idempotent(PRODUCER, 0, first, values), AppendOrigin.CLIENT, first / RECORDS_PER_EPOCH);
        assertThat(outcome.error()).as(outcome.message()).isEqualTo(Errors.NONE);
        batches.add(new Batch(first, first, List.of(values)));
        for (int i = 0; i < values.length; i++) {
            written.add(first + i + ":" + values[i]);
        }
    }

    /**
     * Opens the log and looks at all that can be asked of it.
     *
     * @param leastEnd it must end here or behind
     * @param leastStart it must start here or behind
     */
    void check(LogFixture fixture, int leastEnd, long leastStart, String what) {
        PartitionLog log = fixture.log(SETTINGS);
        assertThat(log.status()).as(what).isEqualTo(Errors.NONE);
        int start = (int) log.logStartOffset();
        int end = (int) log.logEndOffset();
        assertThat(end).as(what).isBetween(leastEnd, written.size());
        assertThat(start).as(what + ": where it starts").isGreaterThanOrEqualTo((int) leastStart);
        List<String> read = PartitionLogTest.readAll(log, 100_000);
        assertThat(read.subList(Math.max(0, read.size() - (end - start)), read.size()))
                .as(what + ": of the batch in which the log starts readers drop the first records")
                .isEqualTo(written.subList(start, end));
        for (int offset = start; offset < end; offset += 7) {
            assertThat(Batches.texts(log.read(offset, end, 1, true, false).records()))
                    .as(what + ", at offset " + offset)
                    .contains(written.get(offset));
            Batch batch = batchOf(offset);
            assertThat(log.epochOf(offset)).as(what).hasValue((int) batch.offset() / RECORDS_PER_EPOCH);
        }
        checkTimes(log, start, end, what);
        checkProducer(log, start, end, what);
    }

    private static void checkTimes(PartitionLog log, int start, int end, String what) {
        if (start < end) {
            assertThat(log.offsetForTime(1_000, end).orElseThrow().offset())
                    .as(what)
                    .isEqualTo(start);
        }
        assertThat(log.offsetForTime(2_000, end)).as(what).isEmpty();
    }

    private void checkProducer(PartitionLog log, int start, int end, String what) {
        if (end == 0 || batchOf(end - 1).offset() < start) {
            return;
        }
        Batch last = batchOf(end - 1);
        AppendOutcome again = log.append(
                Batches.idempotent(PRODUCER, 0, last.sequence(), last.values().toArray(new String[0])),
                AppendOrigin.CLIENT,
                1_000);
        assertThat(again.duplicate()).as(what + ": " + again).isTrue();
        assertThat(again.baseOffset()).as(what).isEqualTo(last.offset());
        AppendOutcome gap = log.append(Batches.idempotent(PRODUCER, 0, end + 1, "x"), AppendOrigin.CLIENT, 1_000);
        assertThat(gap.error()).as(what).isEqualTo(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER);
    }

    private Batch batchOf(int offset) {
        for (Batch batch : batches) {
            if (batch.nextOffset() > offset) {
                return batch;
            }
        }
        throw new AssertionError("no batch of offset " + offset);
    }
}

package dwal.log;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.log.LogInspector.Severity;
import dwal.log.index.IndexException;
import dwal.log.index.LogIndex.Family;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/** What an inspection finds where the index says something else than the log, and a start of a node would not notice. */
class InspectedIndexTest extends InspectedLogs {

    @Test
    void nothingWhereBothAgree() throws IOException {
        assertThat(verify().damaged()).isZero();
        assertThat(findings).isEmpty();
        assertThat(start().status()).isEqualTo(Errors.NONE);
    }

    @Test
    void timestampsThatAreTooSmall() throws Exception {
        changeFirstBlock(-500);
        assertThat(verify().damaged()).isPositive();
        assertThat(damages().get(0))
                .startsWith(segments().get(0) + " at position ")
                .contains("the index says that the greatest timestamp before this batch is ")
                .contains("wrong offsets");
    }

    @Test
    void timestampsThatAreTooGreatAreWorthANote() throws Exception {
        changeFirstBlock(500);
        assertThat(verify().damaged()).isZero();
        assertThat(findings).isNotEmpty().allMatch(one -> one.severity() == Severity.NOTE);
    }

    /** Adds {@code ms} to what the first block says of the greatest timestamp before each entry but its first. */
    private void changeFirstBlock(long ms) throws Exception {
        changeIndex((entries, change) -> entries.eachBlock(0, 1, (first, block) -> {
            int[] offsets = new int[block.size()];
            int[] positions = new int[block.size()];
            long[] times = new long[block.size()];
            for (int i = 0; i < block.size(); i++) {
                offsets[i] = (int) block.offset(i);
                positions[i] = block.position(i);
                times[i] = block.timeBefore(i) + (i == 0 ? 0 : ms);
            }
            SparseIndex changed = SparseIndex.block(0, block.endOffset(), offsets, positions, times);
            try {
                entries.putBlock(change, 0, changed, 0, changed.size(), block.endOffset());
            } catch (IndexException e) {
                throw new AssertionError(e);
            }
        }));
    }

    @Test
    void entriesByTimeThatAreMissing() throws Exception {
        deleteAll(Family.TIMES);
        assertThat(verify().damaged()).isEqualTo(segments().size());
        assertThat(damages().get(0))
                .startsWith(segments().get(0) + " (offset 0): the index has no entry by time")
                .contains("Delete the directory index");
    }

    @Test
    void entriesByTimeOfNoBlock() throws Exception {
        changeIndex((entries, change) -> change.put(Family.TIMES, entries.key().with(0, 0, 30), new byte[0]));
        assertThat(verify().damaged()).isEqualTo(1);
        assertThat(damages().get(0)).contains("(offset 30): the index has an entry by time for a block");
    }

    @Test
    void blocksThatAreMissing() throws Exception {
        deleteAll(Family.OFFSETS);
        deleteAll(Family.TIMES);
        assertThat(verify().damaged()).isEqualTo(segments().size());
        assertThat(damages().get(0)).contains("at position 0 (offset 0): the index has no block for this batch");
    }

    @Test
    void leaderEpochsThatAreMissing() throws Exception {
        deleteAll(Family.EPOCHS);
        assertThat(verify().damaged()).isPositive();
        assertThat(damages().get(0))
                .startsWith(segments().get(0) + " at position 0 (offset 0): leader epoch 0, where the index says none");
        assertThat(start().epochOf(0)).as("a start does not notice").isEmpty();
    }

    @Test
    void aLeaderEpochInABatchThatTheIndexDoesNotKnow() throws IOException {
        List<Path> segments = segments();
        Path last = segments.get(segments.size() - 1);
        byte[] bytes = Files.readAllBytes(last);
        List<Integer> positions = positions(bytes);
        int batch = positions.get(positions.size() - 1);
        ByteBuffer.wrap(bytes).putInt(batch + 12, 7);
        Files.write(last, bytes);
        assertThat(verify().damaged()).isEqualTo(1);
        assertThat(damages().get(0))
                .startsWith(last + " at position " + batch + " (offset " + (3 * BATCHES - 1)
                        + "): leader epoch 7, where the index says 2");
    }

    @Test
    void whatACheckpointSaysOfASegment() throws Exception {
        changeSecondSegment(-1, 0);
        assertThat(verify().damaged()).isEqualTo(1);
        assertThat(damages().get(0)).contains("the last checkpoint says that offset ");
        changeSecondSegment(1, -5);
        assertThat(verify().damaged()).isEqualTo(1);
        assertThat(damages().get(0)).contains("the last checkpoint says that the greatest timestamp ");
    }

    private void changeSecondSegment(long offsets, long ms) throws Exception {
        changeIndex((entries, change) -> {
            SavedLog log = entries.saved();
            List<SavedSegment> segments = new ArrayList<>(log.segments());
            SavedSegment one = segments.get(1);
            segments.set(
                    1,
                    new SavedSegment(
                            one.baseOffset(),
                            one.sizeBytes(),
                            one.nextOffset() + offsets,
                            one.maxTimestampMs() + ms,
                            one.maxTimestampBatch(),
                            one.firstTimestampMs()));
            var changed = new SavedLog(log.topic(), log.startOffset(), log.highWatermark(), segments);
            change.put(Family.STATE, entries.key().bytes(), changed.encode());
        });
    }

    @Test
    void aProducerWhoseBatchesAreNotThose() throws Exception {
        changeProducer(1, 0);
        assertThat(verify().damaged()).isPositive();
        assertThat(damages().get(0))
                .contains("no such batch is here: the index says that producer 77 (epoch 0) wrote sequences ");
    }

    @Test
    void aProducerOfWhichTheIndexKnowsTooLittle() throws Exception {
        changeProducer(0, -2);
        assertThat(verify().damaged()).isEqualTo(1);
        assertThat(damages().get(0)).contains("the index knows producer 77 only up to offset 173");
    }

    private void changeProducer(int sequences, int batches) throws Exception {
        changeIndex((entries, change) -> {
            ProducerEntry entry = Checkpoint.read(entries).producers().get(0);
            var kept = entry.batches().subList(0, entry.batches().size() + batches).stream()
                    .map(one -> new ProducerEntry.Batch(
                            one.firstSequence() + sequences,
                            one.lastSequence() + sequences,
                            one.lastOffset(),
                            one.offsetDelta(),
                            one.timestampMs()))
                    .toList();
            var changed = new ProducerEntry(
                    PRODUCER,
                    entry.epoch(),
                    kept,
                    -1,
                    1_000,
                    -1,
                    kept.get(kept.size() - 1).lastOffset());
            change.put(Family.PRODUCERS, entries.key().with(PRODUCER), changed.encode());
        });
    }

    @Test
    void aProducerThatWasForgottenIsNotMissed() throws Exception {
        deleteAll(Family.PRODUCERS);
        assertThat(verify().damaged()).isZero();
    }

    @Test
    void aCheckpointThatCannotBeReadIsWorthANote() throws Exception {
        changeIndex((entries, change) -> change.put(Family.STATE, entries.key().bytes(), new byte[] {9, 9}));
        assertThat(verify().damaged()).isZero();
        assertThat(findings).singleElement().asString().contains("the next start reads it from its beginning");
        assertThat(start().status()).isEqualTo(Errors.NONE);
    }

    @Test
    void anIndexThatIsMissingIsWorthANote() throws IOException {
        DamagedIndexTest.delete(data.resolve("index"));
        assertThat(verify().damaged()).isZero();
        assertThat(findings)
                .singleElement()
                .asString()
                .isEqualTo(data.resolve("index")
                        + ": there is no index. The next start builds it anew from the logs; what only it knows cannot be"
                        + " checked");
    }

    @Test
    void aSegmentThatIsMissingTogetherWithTheIndexIsDamageAsForAStart() throws IOException {
        DamagedIndexTest.delete(data.resolve("index"));
        Files.delete(segments().get(1));
        assertThat(verify().damaged()).isEqualTo(1);
        assertThat(start().status()).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
    }

    private void deleteAll(Family family) throws Exception {
        changeIndex((entries, change) -> {
            change.deleteRange(family, entries.key().bytes(), entries.key().end());
        });
    }
}

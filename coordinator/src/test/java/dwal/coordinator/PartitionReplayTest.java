package dwal.coordinator;

import static dwal.coordinator.GroupNode.answer;
import static dwal.coordinator.GroupNode.failure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.TransactionResult;
import org.apache.kafka.coordinator.common.runtime.CoordinatorLoader.LoadSummary;
import org.apache.kafka.coordinator.common.runtime.CoordinatorPlayback;
import org.apache.kafka.coordinator.common.runtime.Deserializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PartitionReplayTest {
    private static final TopicPartition PARTITION = new TopicPartition("state", 0);
    private static final int BUFFER = 4096;

    private final InMemoryPartitions partitions = new InMemoryPartitions();
    private final Player player = new Player();
    private final List<TopicPartition> ended = new ArrayList<>();
    private final PartitionReplay<String> replay = new PartitionReplay<>(
            partitions, PartitionReplayTest::read, BUFFER, new VirtualTime(), Runnable::run, ended::add);

    @BeforeEach
    void lead() {
        partitions.lead(PARTITION);
    }

    /** Notes what it is told, and keeps the rules that the real state machine keeps. */
    private static final class Player implements CoordinatorPlayback<String> {
        final List<String> records = new ArrayList<>();
        final List<Long> written = new ArrayList<>(List.of(0L));
        final List<Long> committed = new ArrayList<>(List.of(0L));

        @Override
        public void replay(long offset, long producerId, short producerEpoch, String record) {
            records.add(offset + "=" + record);
        }

        @Override
        public void replayEndTransactionMarker(long producerId, short producerEpoch, TransactionResult result) {
            records.add(result + " of " + producerId);
        }

        @Override
        public void updateLastWrittenOffset(long offset) {
            assertThat(offset).isGreaterThan(last(written));
            written.add(offset);
        }

        @Override
        public void updateLastCommittedOffset(long offset) {
            assertThat(offset).isBetween(last(committed), last(written));
            committed.add(offset);
        }

        static long last(List<Long> offsets) {
            return offsets.get(offsets.size() - 1);
        }
    }

    private static String read(ByteBuffer key, ByteBuffer value) {
        String text = StandardCharsets.UTF_8.decode(key).toString();
        if (text.startsWith("unknown")) {
            throw new Deserializer.UnknownRecordTypeException((short) 99);
        }
        if (text.startsWith("bad")) {
            throw new IllegalArgumentException(text);
        }
        return text;
    }

    private void append(String... keys) {
        SimpleRecord[] records = new SimpleRecord[keys.length];
        for (int i = 0; i < keys.length; i++) {
            records[i] = new SimpleRecord(0L, keys[i].getBytes(StandardCharsets.UTF_8), new byte[0]);
        }
        partitions.append(PARTITION, MemoryRecords.withRecords(Compression.NONE, records));
    }

    private LoadSummary load() {
        LoadSummary summary = answer(replay.load(PARTITION, player));
        assertThat(partitions.openSlices()).isZero();
        return summary;
    }

    @Test
    void replaysAllRecordsInOrder() {
        append("a", "b");
        append("c");
        LoadSummary summary = load();
        assertThat(player.records).containsExactly("0=a", "1=b", "2=c");
        assertThat(summary.numRecords()).isEqualTo(3);
        assertThat(Player.last(player.written)).isEqualTo(3);
        assertThat(Player.last(player.committed)).isEqualTo(3);
    }

    @Test
    void anEmptyPartitionIsNotRead() {
        LoadSummary summary = load();
        assertThat(summary.numRecords()).isZero();
        assertThat(partitions.largestRead()).isZero();
        assertThat(player.written).containsExactly(0L);
    }

    @Test
    void aPartitionOfWhichAllWasDeletedGoesOnAtItsEnd() {
        partitions.cutBefore(PARTITION, 100);
        load();
        assertThat(Player.last(player.written)).isEqualTo(100);
        assertThat(Player.last(player.committed)).isEqualTo(100);
    }

    @Test
    void whatLiesAboveTheHighWatermarkIsWrittenButNotCommitted() {
        append("a");
        partitions.holdHighWatermark();
        append("b");
        append("c");
        load();
        assertThat(player.records).hasSize(3);
        assertThat(player.written).containsExactly(0L, 1L, 2L, 3L);
        assertThat(player.committed).containsExactly(0L, 1L);
    }

    @Test
    void aLongLogGoesThroughASmallBuffer() {
        String name = "x".repeat(100);
        for (int i = 0; i < 30_000; i++) {
            append(name);
        }
        load();
        assertThat(player.records).hasSize(30_000);
        assertThat(partitions.largestRead()).isBetween(BUFFER / 2, BUFFER);
        assertThat(player.committed).containsExactly(0L, 10_000L, 20_000L, 30_000L);
    }

    @Test
    void aBatchLargerThanTheBufferIsReadWhole() {
        append("a");
        append("b".repeat(3 * BUFFER));
        append("c");
        load();
        assertThat(player.records).hasSize(3);
    }

    @Test
    void compressedBatchesAreReplayed() {
        partitions.append(
                PARTITION,
                MemoryRecords.withRecords(
                        Compression.lz4().build(), new SimpleRecord("k".getBytes(StandardCharsets.UTF_8), null)));
        load();
        assertThat(player.records).containsExactly("0=k");
    }

    @Test
    void recordsOfUnknownTypesAreSkipped() {
        append("a", "unknown", "b");
        append("unknown");
        load();
        assertThat(player.records).containsExactly("0=a", "2=b");
        assertThat(Player.last(player.written)).isEqualTo(4);
    }

    @Test
    void markersEndTransactions() {
        partitions.append(PARTITION, marker(ControlRecordType.COMMIT));
        partitions.append(PARTITION, marker(ControlRecordType.ABORT));
        load();
        assertThat(player.records).containsExactly("COMMIT of 7", "ABORT of 7");
    }

    private static MemoryRecords marker(ControlRecordType type) {
        return MemoryRecords.withEndTransactionMarker(
                0, 0, RecordBatch.NO_PARTITION_LEADER_EPOCH, 7, (short) 0, new EndTransactionMarker(type, 0));
    }

    @Test
    void aRecordThatCannotBeReadFailsTheLoadAndIsNamed() {
        append("a", "bad");
        assertThatThrownBy(this::load)
                .isInstanceOf(CompletionException.class)
                .hasMessageContaining("Record 1 of state-0");
    }

    @Test
    void aDamagedBatchFailsTheLoad() {
        append("a");
        partitions.damage(PARTITION);
        assertThatThrownBy(this::load).hasCauseInstanceOf(CorruptRecordException.class);
        assertThat(partitions.openSlices()).isZero();
    }

    @Test
    void aPartitionThatIsNotLedIsRefused() {
        partitions.resign(PARTITION);
        assertThat(failure(replay.load(PARTITION, player))).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
        assertThat(ended).containsExactly(PARTITION);
    }

    @Test
    void nothingIsLoadedAfterTheEnd() {
        append("a");
        replay.close();
        assertThat(failure(replay.load(PARTITION, player))).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
    }
}

package dwal.replication;

import dwal.log.AppendOrigin;
import dwal.log.LogSettings;
import dwal.log.Submission;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.AlterPartitionRequestData;
import org.apache.kafka.common.message.AlterPartitionRequestData.BrokerState;
import org.apache.kafka.common.message.AlterPartitionResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;

/** The rest of a cluster of three, as node 1 sees it: brokers that a test changes, and a controller that it answers for. */
final class TestReplicas implements Brokers, PartitionController {
    static final int NODE = 1;
    static final TopicIdPartition ID = new TopicIdPartition(new Uuid(1, 2), 0, "topic");
    static final LogSettings INTERVAL = LogSettings.defaults(LogSettings.SyncPolicy.INTERVAL);
    static final LogSettings COMMIT = LogSettings.defaults(LogSettings.SyncPolicy.COMMIT);

    /** One AlterPartition request that waits for the test's answer. */
    record Asked(AlterPartitionRequestData.PartitionData wanted, CompletableFuture<AlterPartitionResponseData> answer) {
        List<Integer> replicas() {
            return wanted.newIsrWithEpochs().stream().map(BrokerState::brokerId).toList();
        }

        List<Long> epochs() {
            return wanted.newIsrWithEpochs().stream()
                    .map(BrokerState::brokerEpoch)
                    .toList();
        }

        /** The controller has committed {@code inSync}. */
        void commit(int partitionEpoch, List<Integer> inSync) {
            answer(Errors.NONE, partitionEpoch, inSync);
        }

        void refuse(Errors error) {
            answer(error, 0, List.of());
        }

        private void answer(Errors error, int partitionEpoch, List<Integer> inSync) {
            var topic = new AlterPartitionResponseData.TopicData().setTopicId(ID.topicId());
            topic.partitions()
                    .add(new AlterPartitionResponseData.PartitionData()
                            .setPartitionIndex(wanted.partitionIndex())
                            .setErrorCode(error.code())
                            .setLeaderEpoch(wanted.leaderEpoch())
                            .setPartitionEpoch(partitionEpoch)
                            .setIsr(inSync));
            answer.complete(new AlterPartitionResponseData().setTopics(List.of(topic)));
        }
    }

    final Map<Integer, Long> epochs = new HashMap<>(Map.of(1, 11L, 2, 12L, 3, 13L));
    final Set<Integer> fenced = new HashSet<>();
    final Queue<Asked> asked = new ArrayDeque<>();
    final Set<TopicIdPartition> failed = new HashSet<>();

    @Override
    public long epochOf(int brokerId) {
        return epochs.getOrDefault(brokerId, NO_EPOCH);
    }

    @Override
    public boolean isEligible(int brokerId) {
        return epochs.containsKey(brokerId) && !fenced.contains(brokerId);
    }

    @Override
    public long brokerEpoch() {
        return epochOf(NODE);
    }

    @Override
    public CompletableFuture<AlterPartitionResponseData> alterPartition(AlterPartitionRequestData request) {
        var one = new Asked(request.topics().get(0).partitions().get(0), new CompletableFuture<>());
        asked.add(one);
        return one.answer;
    }

    @Override
    public void replicaFailed(TopicIdPartition partition) {
        failed.add(partition);
    }

    @Override
    public void replicaRepaired(TopicIdPartition partition) {
        failed.remove(partition);
    }

    /** What node 1 replicates with. */
    Replication replication(ManualWorld world, long lagTimeMaxMs) {
        Replication alone = Replication.alone(NODE, world, world);
        return new Replication(
                this,
                new IsrProposals(NODE, this, world),
                alone.fetchers(),
                lagTimeMaxMs,
                image -> true,
                this,
                alone.expected(),
                alone.quotas());
    }

    /** A fetch of {@code replica} from {@code offset} on, its last record being of {@code epoch}. */
    ReplicaFetch fetch(int replica, long offset, int epoch) {
        return fetch(replica, offset, epoch, false, ReplicaFetch.Source.ENDED);
    }

    /** The same in the session {@code source}. */
    ReplicaFetch fetch(int replica, long offset, int epoch, boolean opening, ReplicaFetch.Source source) {
        return new ReplicaFetch(replica, epochOf(replica), offset, epoch, offset == 0 ? -1 : epoch, 0, opening, source);
    }

    /** As a producer sends them, in memory of the kind that a log writes from. */
    static MemoryRecords records(String... values) {
        return MemoryRecords.readableRecords(direct(
                MemoryRecords.withRecords(Compression.NONE, simple(values)).buffer()));
    }

    /** The same, on their way into a log. */
    static Submission submission(String... values) {
        return new Submission.Unchecked(records(values).buffer(), AppendOrigin.CLIENT);
    }

    /** As a leader of {@code epoch} sends them to a follower. */
    static ByteBuffer batch(long baseOffset, int epoch, String... values) {
        return direct(MemoryRecords.withRecords(
                        RecordBatch.MAGIC_VALUE_V2,
                        baseOffset,
                        Compression.NONE,
                        TimestampType.CREATE_TIME,
                        RecordBatch.NO_PRODUCER_ID,
                        RecordBatch.NO_PRODUCER_EPOCH,
                        RecordBatch.NO_SEQUENCE,
                        epoch,
                        false,
                        simple(values))
                .buffer());
    }

    private static SimpleRecord[] simple(String... values) {
        SimpleRecord[] records = new SimpleRecord[values.length];
        for (int i = 0; i < values.length; i++) {
            records[i] = new SimpleRecord(1_000_000, values[i].getBytes(StandardCharsets.UTF_8));
        }
        return records;
    }

    private static ByteBuffer direct(ByteBuffer bytes) {
        return ByteBuffer.allocateDirect(bytes.remaining()).put(bytes).flip();
    }
}

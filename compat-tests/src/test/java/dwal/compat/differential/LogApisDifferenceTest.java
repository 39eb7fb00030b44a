package dwal.compat.differential;

import static org.apache.kafka.common.protocol.ApiKeys.DELETE_RECORDS;
import static org.apache.kafka.common.protocol.ApiKeys.DESCRIBE_LOG_DIRS;
import static org.apache.kafka.common.protocol.ApiKeys.DESCRIBE_PRODUCERS;
import static org.apache.kafka.common.protocol.ApiKeys.FETCH;
import static org.apache.kafka.common.protocol.ApiKeys.INIT_PRODUCER_ID;
import static org.apache.kafka.common.protocol.ApiKeys.LIST_OFFSETS;
import static org.apache.kafka.common.protocol.ApiKeys.OFFSET_FOR_LEADER_EPOCH;
import static org.apache.kafka.common.protocol.ApiKeys.PRODUCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.message.DeleteRecordsRequestData;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsPartition;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsTopic;
import org.apache.kafka.common.message.DescribeLogDirsRequestData;
import org.apache.kafka.common.message.DescribeProducersRequestData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderPartition;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopic;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopicCollection;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceDataCollection;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;

/** Produce, Fetch, ListOffsets and the others that ask a partition. */
@ExtendWith(Comparison.Extension.class)
class LogApisDifferenceTest {
    private static final String ABSENT = "absent";
    /** However old the records say that they are. */
    private static final Map<String, String> KEPT = Map.of("retention.ms", "-1");

    private final Comparison comparison;
    private final String topic;
    private final TestInfo test;

    LogApisDifferenceTest(Comparison comparison, TestInfo test) {
        this.comparison = comparison;
        this.test = test;
        topic = test.getTestMethod().orElseThrow().getName();
        comparison.topic(topic, 2, KEPT);
    }

    private void verdict() {
        comparison.verdict(test.getDisplayName());
    }

    private static Comparison.Request produce(String topic, int partition, int acks, @Nullable MemoryRecords records) {
        return produce(topic, partition, acks, 10_000, records);
    }

    private static Comparison.Request produce(
            String topic, int partition, int acks, int timeoutMs, @Nullable MemoryRecords records) {
        return (side, version) -> new ProduceRequestData()
                .setAcks((short) acks)
                .setTimeoutMs(timeoutMs)
                .setTopicData(new TopicProduceDataCollection(List.of(new TopicProduceData()
                                .setName(topic)
                                .setTopicId(side.topicId(topic))
                                .setPartitionData(List.of(produced(partition, records))))
                        .iterator()));
    }

    private static PartitionProduceData produced(int partition, @Nullable MemoryRecords records) {
        return new PartitionProduceData().setIndex(partition).setRecords(records);
    }

    private static Comparison.Request produce(String topic, List<PartitionProduceData> partitions) {
        return (side, version) -> new ProduceRequestData()
                .setAcks((short) -1)
                .setTimeoutMs(10_000)
                .setTopicData(new TopicProduceDataCollection(List.of(new TopicProduceData()
                                .setName(topic)
                                .setTopicId(side.topicId(topic))
                                .setPartitionData(partitions))
                        .iterator()));
    }

    /** Kafka appends the last and says nothing of the first, which is lost. */
    @Test
    void aPartitionNamedTwiceInOneProduceGetsBoth() {
        comparison.each(
                "a partition twice",
                PRODUCE,
                produce(
                        topic,
                        List.of(produced(0, Batches.of(1)), produced(1, Batches.of(2)), produced(0, Batches.of(3)))));
        verdict();
    }

    private void fill(int batches) {
        for (int i = 0; i < batches; i++) comparison.one("fill", PRODUCE, 12, produce(topic, 0, -1, Batches.of(4)));
    }

    @Test
    void producingGivesTheSameOffsets() {
        comparison.each("acks=1", PRODUCE, produce(topic, 0, 1, Batches.of(3)));
        comparison.each("acks=all", PRODUCE, produce(topic, 1, -1, Batches.of(2)));
        comparison.each("acks=all, no time", PRODUCE, produce(topic, 1, -1, 0, Batches.of(2)));
        comparison.each("acks=all, less than no time", PRODUCE, produce(topic, 1, -1, -1, Batches.of(2)));
        for (CompressionType codec : CompressionType.values()) {
            comparison.each("codec " + codec, PRODUCE, produce(topic, 0, -1, Batches.of(5, codec)));
        }
        comparison.each("read back", FETCH, fetch(topic, 0, 0, PLAIN));
        verdict();
    }

    @Test
    void recordsAreTheSameInTopicsOfOtherCodecsAndClocks() {
        List<CompressionType> codecs = List.of(CompressionType.values());
        for (CompressionType codec : codecs) {
            String name = "as-" + codec.name;
            comparison.topic(name, 1, Map.of("retention.ms", "-1", "compression.type", nameOf(codec)));
            for (CompressionType sent : codecs) {
                comparison.one(sent + " to " + codec, PRODUCE, 12, produce(name, 0, -1, Batches.of(50, sent)));
            }
            comparison.one("in " + codec, FETCH, 12, fetch(name, 0, 0, PLAIN));
        }
        comparison.topic("clock", 1, Map.of("message.timestamp.type", "LogAppendTime"));
        for (CompressionType codec : codecs) {
            comparison.one("clock, " + codec, PRODUCE, 12, produce("clock", 0, -1, Batches.of(5, codec)));
        }
        comparison.one("by the server's clock", FETCH, 12, fetch("clock", 0, 0, PLAIN));
        verdict();
    }

    private static String nameOf(CompressionType codec) {
        return codec == CompressionType.NONE ? "uncompressed" : codec.name;
    }

    @Test
    void producingWhatIsWrongGivesTheSameErrors() {
        comparison.topic("compacted", 1, Map.of("cleanup.policy", "compact"));
        comparison.topic("by-the-servers-clock", 1, Map.of("message.timestamp.type", "LogAppendTime"));
        comparison.each("by the server's clock", PRODUCE, produce("by-the-servers-clock", 0, 1, Batches.of(2)));
        comparison.each("unknown topic", PRODUCE, produce(ABSENT, 0, 1, Batches.of(1)));
        comparison.each("unknown partition", PRODUCE, produce(topic, 9, 1, Batches.of(1)));
        comparison.each("negative partition", PRODUCE, produce(topic, -1, 1, Batches.of(1)));
        comparison.each("acks=5", PRODUCE, produce(topic, 0, 5, Batches.of(1)));
        comparison.each("acks=-2", PRODUCE, produce(topic, 0, -2, Batches.of(1)));
        comparison.each("empty records", PRODUCE, produce(topic, 0, 1, MemoryRecords.EMPTY));
        comparison.each("two batches", PRODUCE, produce(topic, 0, 1, Batches.two()));
        comparison.each("magic 1", PRODUCE, produce(topic, 0, 1, Batches.oldFormat(RecordBatch.MAGIC_VALUE_V1)));
        comparison.each("magic 0", PRODUCE, produce(topic, 0, 1, Batches.oldFormat(RecordBatch.MAGIC_VALUE_V0)));
        comparison.each(
                "magic 9", PRODUCE, produce(topic, 0, 1, Batches.changed(false, bytes -> bytes.put(16, (byte) 9))));
        comparison.each(
                "wrong checksum",
                PRODUCE,
                produce(topic, 0, 1, Batches.changed(false, bytes -> bytes.put(70, (byte) 99))));
        comparison.each("cut short", PRODUCE, produce(topic, 0, 1, Batches.cutShort(3)));
        comparison.each("too large", PRODUCE, produce(topic, 0, 1, Batches.large(1_100_000)));
        comparison.each("control batch", PRODUCE, produce(topic, 0, 1, Batches.control()));
        comparison.each(
                "count too high", PRODUCE, produce(topic, 0, 1, Batches.changed(true, bytes -> bytes.putInt(57, 4))));
        comparison.each(
                "count too low", PRODUCE, produce(topic, 0, 1, Batches.changed(true, bytes -> bytes.putInt(57, 2))));
        comparison.each(
                "count negative", PRODUCE, produce(topic, 0, 1, Batches.changed(true, bytes -> bytes.putInt(57, -1))));
        comparison.each(
                "last delta off", PRODUCE, produce(topic, 0, 1, Batches.changed(true, bytes -> bytes.putInt(23, 7))));
        comparison.each(
                "codec 7",
                PRODUCE,
                produce(topic, 0, 1, Batches.changed(true, bytes -> bytes.putShort(21, (short) 7))));
        comparison.each("keys missing", PRODUCE, produce("compacted", 0, 1, Batches.withoutKeys(2)));
        comparison.each(
                "far future", PRODUCE, produce(topic, 0, 1, Batches.at(System.currentTimeMillis() + 90_000_000L, 2)));
        comparison.each("still good", PRODUCE, produce(topic, 0, 1, Batches.of(1)));
        verdict();
    }

    /** Kafka 4.3.1 fails at it in a way that answers nothing; whoever waits for an answer here must get one. */
    @Test
    void nullInPlaceOfRecordsIsRefusedWhereKafkaFallsSilent() throws IOException {
        Comparison.Request nothing = produce(topic, 0, 1, null);
        short latest = PRODUCE.latestVersion();
        try (RawConnection connection = comparison.kafka().connect()) {
            connection.socket().setSoTimeout(2_000);
            assertThatThrownBy(() -> connection.call(PRODUCE, latest, nothing.of(comparison.kafka(), latest)))
                    .isInstanceOf(SocketTimeoutException.class);
        }
        Side subject = comparison.subject();
        try (RawConnection connection = subject.connect()) {
            for (short version : PRODUCE.allVersions()) {
                var answer = (ProduceResponseData) connection.call(PRODUCE, version, nothing.of(subject, version));
                var partition = answer.responses()
                        .iterator()
                        .next()
                        .partitionResponses()
                        .get(0);
                assertThat(Errors.forCode(partition.errorCode())).isEqualTo(Errors.INVALID_RECORD);
                if (version >= 8) assertThat(partition.errorMessage()).contains("record");
            }
        }
        comparison.each("the log's end after that", LIST_OFFSETS, listOffsets(topic, 0, -1, -1));
        verdict();
    }

    @Test
    void anIdempotentProducersSequencesAreJudgedAlike() {
        long id = 4711;
        comparison.one("first", PRODUCE, 9, produce(topic, 0, -1, Batches.idempotent(id, (short) 0, 0, 3)));
        comparison.one("next", PRODUCE, 9, produce(topic, 0, -1, Batches.idempotent(id, (short) 0, 3, 3)));
        comparison.one("again the first", PRODUCE, 9, produce(topic, 0, -1, Batches.idempotent(id, (short) 0, 0, 3)));
        comparison.one("again the next", PRODUCE, 9, produce(topic, 0, -1, Batches.idempotent(id, (short) 0, 3, 3)));
        comparison.one("a gap", PRODUCE, 9, produce(topic, 0, -1, Batches.idempotent(id, (short) 0, 9, 1)));
        comparison.one(
                "part of a known batch", PRODUCE, 9, produce(topic, 0, -1, Batches.idempotent(id, (short) 0, 4, 1)));
        comparison.one(
                "newer epoch from 0", PRODUCE, 9, produce(topic, 0, -1, Batches.idempotent(id, (short) 1, 0, 2)));
        comparison.one(
                "newer epoch not from 0", PRODUCE, 9, produce(topic, 0, -1, Batches.idempotent(id, (short) 2, 5, 2)));
        comparison.one("old epoch", PRODUCE, 9, produce(topic, 0, -1, Batches.idempotent(id, (short) 0, 6, 2)));
        comparison.one(
                "unknown id in the middle",
                PRODUCE,
                9,
                produce(topic, 0, -1, Batches.idempotent(4712, (short) 0, 5, 2)));
        for (int i = 1; i < 8; i++) {
            comparison.one("more " + i, PRODUCE, 9, produce(topic, 0, -1, Batches.idempotent(id, (short) 1, 2 * i, 2)));
        }
        comparison.one(
                "too old to be known", PRODUCE, 9, produce(topic, 0, -1, Batches.idempotent(id, (short) 1, 2, 2)));
        comparison.one("the fifth last", PRODUCE, 9, produce(topic, 0, -1, Batches.idempotent(id, (short) 1, 6, 2)));
        comparison.each("producers", DESCRIBE_PRODUCERS, describeProducers(topic, 0));
        comparison.each("no producers", DESCRIBE_PRODUCERS, describeProducers(topic, 1));
        comparison.each("unknown partition", DESCRIBE_PRODUCERS, describeProducers(topic, 5));
        comparison.each("unknown topic", DESCRIBE_PRODUCERS, describeProducers(ABSENT, 0));
        verdict();
    }

    private static Comparison.Request describeProducers(String topic, int partition) {
        return (side, version) -> new DescribeProducersRequestData()
                .setTopics(List.of(new DescribeProducersRequestData.TopicRequest()
                        .setName(topic)
                        .setPartitionIndexes(List.of(partition))));
    }

    private interface FetchChange {
        void to(FetchRequestData request, FetchPartition partition);
    }

    private static final FetchChange PLAIN = (request, partition) -> {};

    private static Comparison.Request fetch(String topic, int partition, long offset, FetchChange change) {
        return (side, version) -> {
            FetchPartition asked = new FetchPartition()
                    .setPartition(partition)
                    .setFetchOffset(offset)
                    .setPartitionMaxBytes(1_000_000);
            FetchRequestData request = new FetchRequestData()
                    .setMaxWaitMs(100)
                    .setMinBytes(0)
                    .setMaxBytes(10_000_000)
                    .setTopics(List.of(new FetchTopic()
                            .setTopic(topic)
                            .setTopicId(side.topicId(topic))
                            .setPartitions(List.of(asked))));
            if (version < 15) request.setReplicaId(-1);
            change.to(request, asked);
            return request;
        };
    }

    @Test
    void fetchingGivesTheSameBytesAndErrors() {
        fill(5);
        comparison.each("from 0", FETCH, fetch(topic, 0, 0, PLAIN));
        comparison.each("from the middle of a batch", FETCH, fetch(topic, 0, 9, PLAIN));
        comparison.each("from the end", FETCH, fetch(topic, 0, 20, PLAIN));
        comparison.each("empty partition", FETCH, fetch(topic, 1, 0, PLAIN));
        comparison.each("beyond the end", FETCH, fetch(topic, 0, 21, PLAIN));
        comparison.each("negative offset", FETCH, fetch(topic, 0, -5, PLAIN));
        comparison.each("unknown partition", FETCH, fetch(topic, 7, 0, PLAIN));
        comparison.each("unknown topic", FETCH, fetch(ABSENT, 0, 0, PLAIN));
        comparison.each("1 byte", FETCH, fetch(topic, 0, 4, (request, partition) -> partition.setPartitionMaxBytes(1)));
        comparison.each("1 byte in all", FETCH, fetch(topic, 0, 4, (request, partition) -> request.setMaxBytes(1)));
        comparison.each(
                "300 bytes", FETCH, fetch(topic, 0, 4, (request, partition) -> partition.setPartitionMaxBytes(300)));
        comparison.each(
                "read committed",
                FETCH,
                fetch(topic, 0, 0, (request, partition) -> request.setIsolationLevel((byte) 1)));
        for (int level : new int[] {-1, 2, 5, 7}) {
            comparison.each(
                    "isolation level " + level,
                    FETCH,
                    fetch(topic, 0, 0, (request, p) -> request.setIsolationLevel((byte) level)));
        }
        comparison.each("less than no wait", FETCH, fetch(topic, 0, 20, (request, p) -> request.setMaxWaitMs(-5)));
        comparison.each(
                "newer leader epoch",
                FETCH,
                fetch(topic, 0, 0, (request, partition) -> partition.setCurrentLeaderEpoch(99)));
        comparison.each(
                "leader epoch -2",
                FETCH,
                fetch(topic, 0, 0, (request, partition) -> partition.setCurrentLeaderEpoch(-2)));
        comparison.each(
                "right leader epoch",
                FETCH,
                fetch(topic, 0, 0, (request, partition) -> partition.setCurrentLeaderEpoch(0)));
        comparison.each(
                "unknown session",
                FETCH,
                fetch(topic, 0, 0, (request, p) -> request.setSessionId(99).setSessionEpoch(4)));
        comparison.each("session epoch -1", FETCH, fetch(topic, 0, 0, (request, p) -> request.setSessionEpoch(-1)));
        comparison.each(
                "session of id 0 in epoch 5", FETCH, fetch(topic, 0, 0, (request, p) -> request.setSessionEpoch(5)));
        comparison.each("no topics", FETCH, fetch(topic, 0, 0, (request, p) -> request.setTopics(List.of())));
        comparison.each(
                "last fetched epoch",
                FETCH,
                fetch(topic, 0, 8, (request, partition) -> partition.setLastFetchedEpoch(0)));
        comparison.each(
                "diverging epoch",
                FETCH,
                fetch(topic, 0, 8, (request, p) -> p.setLastFetchedEpoch(7).setCurrentLeaderEpoch(0)));
        verdict();
    }

    private static Comparison.Request listOffsets(String topic, int partition, long timestamp, int leaderEpoch) {
        return (side, version) -> new ListOffsetsRequestData()
                .setReplicaId(-1)
                .setTopics(List.of(new ListOffsetsTopic()
                        .setName(topic)
                        .setPartitions(List.of(new ListOffsetsPartition()
                                .setPartitionIndex(partition)
                                .setCurrentLeaderEpoch(leaderEpoch)
                                .setTimestamp(timestamp)))));
    }

    @Test
    void offsetsAreListedAlike() {
        long start = 1_700_000_000_000L;
        for (int i = 0; i < 3; i++) {
            comparison.one("fill", PRODUCE, 12, produce(topic, 0, -1, Batches.at(start + 100L * i, 10)));
        }
        comparison.each(
                "isolation level 2",
                LIST_OFFSETS,
                (side, version) -> ((ListOffsetsRequestData)
                                listOffsets(topic, 0, -1, -1).of(side, version))
                        .setIsolationLevel((byte) 2));
        comparison.each("leader epoch -2", LIST_OFFSETS, listOffsets(topic, 0, -1, -2));
        for (long special = -1; special >= -7; special--) {
            comparison.each("timestamp " + special, LIST_OFFSETS, listOffsets(topic, 0, special, -1));
            comparison.each("empty, timestamp " + special, LIST_OFFSETS, listOffsets(topic, 1, special, -1));
        }
        for (long offset : new long[] {-start, 0, 5, 9, 10, 105, 209, 210, 100_000}) {
            comparison.each("time +" + offset, LIST_OFFSETS, listOffsets(topic, 0, start + offset, -1));
        }
        comparison.each("unknown partition", LIST_OFFSETS, listOffsets(topic, 9, -1, -1));
        comparison.each("unknown topic", LIST_OFFSETS, listOffsets(ABSENT, 0, -1, -1));
        comparison.each("right leader epoch", LIST_OFFSETS, listOffsets(topic, 0, -1, 0));
        comparison.each("newer leader epoch", LIST_OFFSETS, listOffsets(topic, 0, -1, 44));
        verdict();
    }

    private static Comparison.Request deleteRecords(String topic, int partition, long offset) {
        return (side, version) -> new DeleteRecordsRequestData()
                .setTimeoutMs(10_000)
                .setTopics(List.of(new DeleteRecordsTopic()
                        .setName(topic)
                        .setPartitions(List.of(new DeleteRecordsPartition()
                                .setPartitionIndex(partition)
                                .setOffset(offset)))));
    }

    @Test
    void recordsAreDeletedAlike() {
        fill(5);
        comparison.each("to 6", DELETE_RECORDS, deleteRecords(topic, 0, 6));
        comparison.each("back to 2", DELETE_RECORDS, deleteRecords(topic, 0, 2));
        comparison.each("beyond the end", DELETE_RECORDS, deleteRecords(topic, 0, 21));
        comparison.each("negative", DELETE_RECORDS, deleteRecords(topic, 0, -2));
        comparison.each("unknown partition", DELETE_RECORDS, deleteRecords(topic, 8, 1));
        comparison.each("unknown topic", DELETE_RECORDS, deleteRecords(ABSENT, 0, 1));
        comparison.each("earliest after that", LIST_OFFSETS, listOffsets(topic, 0, -2, -1));
        comparison.each("fetch below the start", FETCH, fetch(topic, 0, 1, PLAIN));
        comparison.each("fetch at the start", FETCH, fetch(topic, 0, 6, PLAIN));
        comparison.each("all", DELETE_RECORDS, deleteRecords(topic, 0, -1));
        comparison.each("latest after that", LIST_OFFSETS, listOffsets(topic, 0, -1, -1));
        verdict();
    }

    @Test
    void recordsOfTopicsThatOnlyCompactAreNotDeleted() {
        Map<String, String> policies = Map.of("only-compacts", "compact", "does-both", "compact,delete");
        policies.forEach((name, policy) -> {
            comparison.topic(name, 1, Map.of("cleanup.policy", policy));
            comparison.one("fill", PRODUCE, 12, produce(name, 0, -1, Batches.of(4)));
            for (long offset : new long[] {2, -1, 9, -2}) {
                comparison.each(policy + " to " + offset, DELETE_RECORDS, deleteRecords(name, 0, offset));
            }
            comparison.each(policy + ", earliest after that", LIST_OFFSETS, listOffsets(name, 0, -2, -1));
        });
        verdict();
    }

    private static Comparison.Request endOfEpoch(String topic, int partition, int currentEpoch, int epoch) {
        return (side, version) -> new OffsetForLeaderEpochRequestData()
                .setReplicaId(version < 3 ? -2 : -1)
                .setTopics(new OffsetForLeaderTopicCollection(List.of(new OffsetForLeaderTopic()
                                .setTopic(topic)
                                .setPartitions(List.of(new OffsetForLeaderPartition()
                                        .setPartition(partition)
                                        .setCurrentLeaderEpoch(currentEpoch)
                                        .setLeaderEpoch(epoch))))
                        .iterator()));
    }

    @Test
    void theEndsOfLeaderEpochsAreAlike() {
        fill(2);
        for (int epoch : new int[] {-3, -2, -1, 0, 1, 50}) {
            comparison.each("epoch " + epoch, OFFSET_FOR_LEADER_EPOCH, endOfEpoch(topic, 0, -1, epoch));
            comparison.each("empty, epoch " + epoch, OFFSET_FOR_LEADER_EPOCH, endOfEpoch(topic, 1, -1, epoch));
        }
        comparison.each("newer current epoch", OFFSET_FOR_LEADER_EPOCH, endOfEpoch(topic, 0, 9, 0));
        comparison.each("current epoch -2", OFFSET_FOR_LEADER_EPOCH, endOfEpoch(topic, 0, -2, 0));
        comparison.each("unknown partition", OFFSET_FOR_LEADER_EPOCH, endOfEpoch(topic, 9, -1, 0));
        comparison.each("unknown topic", OFFSET_FOR_LEADER_EPOCH, endOfEpoch(ABSENT, 0, -1, 0));
        verdict();
    }

    @Test
    void producerIdsAreGivenAlike() {
        comparison.each(
                "no transactional id",
                INIT_PRODUCER_ID,
                (side, version) ->
                        new InitProducerIdRequestData().setTransactionalId(null).setTransactionTimeoutMs(1000));
        comparison.each(
                "empty transactional id",
                INIT_PRODUCER_ID,
                (side, version) ->
                        new InitProducerIdRequestData().setTransactionalId("").setTransactionTimeoutMs(1000));
        comparison.each(
                "only an epoch",
                INIT_PRODUCER_ID,
                (side, version) -> new InitProducerIdRequestData()
                        .setTransactionalId(null)
                        .setTransactionTimeoutMs(1000)
                        .setProducerEpoch((short) 4));
        verdict();
    }

    @Test
    void logDirectoriesAreDescribedAlike() {
        fill(1);
        comparison.each(
                "one topic",
                DESCRIBE_LOG_DIRS,
                (side, version) -> new DescribeLogDirsRequestData()
                        .setTopics(new DescribeLogDirsRequestData.DescribableLogDirTopicCollection(
                                List.of(new DescribeLogDirsRequestData.DescribableLogDirTopic()
                                                .setTopic(topic)
                                                .setPartitions(List.of(0, 1)))
                                        .iterator())));
        comparison.each(
                "unknown topic",
                DESCRIBE_LOG_DIRS,
                (side, version) -> new DescribeLogDirsRequestData()
                        .setTopics(new DescribeLogDirsRequestData.DescribableLogDirTopicCollection(
                                List.of(new DescribeLogDirsRequestData.DescribableLogDirTopic()
                                                .setTopic(ABSENT)
                                                .setPartitions(List.of(0)))
                                        .iterator())));
        verdict();
    }
}

package dwal.compat.differential;

import static org.apache.kafka.common.protocol.ApiKeys.CONSUMER_GROUP_DESCRIBE;
import static org.apache.kafka.common.protocol.ApiKeys.DELETE_GROUPS;
import static org.apache.kafka.common.protocol.ApiKeys.DELETE_RECORDS;
import static org.apache.kafka.common.protocol.ApiKeys.DESCRIBE_CONFIGS;
import static org.apache.kafka.common.protocol.ApiKeys.DESCRIBE_GROUPS;
import static org.apache.kafka.common.protocol.ApiKeys.DESCRIBE_PRODUCERS;
import static org.apache.kafka.common.protocol.ApiKeys.DESCRIBE_TOPIC_PARTITIONS;
import static org.apache.kafka.common.protocol.ApiKeys.FETCH;
import static org.apache.kafka.common.protocol.ApiKeys.FIND_COORDINATOR;
import static org.apache.kafka.common.protocol.ApiKeys.LIST_OFFSETS;
import static org.apache.kafka.common.protocol.ApiKeys.OFFSET_COMMIT;
import static org.apache.kafka.common.protocol.ApiKeys.OFFSET_FETCH;
import static org.apache.kafka.common.protocol.ApiKeys.OFFSET_FOR_LEADER_EPOCH;
import static org.apache.kafka.common.protocol.ApiKeys.PRODUCE;

import java.util.List;
import java.util.function.Function;
import org.apache.kafka.common.message.ConsumerGroupDescribeRequestData;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DeleteRecordsRequestData;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsTopic;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData.DescribeConfigsResource;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.DescribeProducersRequestData;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopic;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderPartition;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopic;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopicCollection;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceDataCollection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;

/** Requests about several topics and partitions at once, none of them in the order of their names, some unknown. */
@ExtendWith(Comparison.Extension.class)
class OrderDifferenceTest {
    private static final String ABSENT = "absent";
    private static final List<Integer> PARTITIONS = List.of(2, 0, 7, 1);
    private static final String GROUP = "order";
    private final Comparison comparison;
    private final List<String> topics;
    private final TestInfo test;

    OrderDifferenceTest(Comparison comparison, TestInfo test) {
        this.comparison = comparison;
        this.test = test;
        String name = test.getTestMethod().orElseThrow().getName();
        topics = List.of("m-" + name, "z-" + name, ABSENT, "a-" + name);
        for (String topic : topics) if (!topic.equals(ABSENT)) comparison.topic(topic, 3);
    }

    private <T> List<T> topics(Function<String, T> each) {
        return topics.stream().map(each).toList();
    }

    private static <T> List<T> partitions(Function<Integer, T> each) {
        return PARTITIONS.stream().map(each).toList();
    }

    private void verdict() {
        comparison.verdict(test.getDisplayName());
    }

    /** With acks of -1: what is fetched next has to be below the high watermark, which waits for the disk here. */
    private Comparison.Request produce() {
        return (side, version) -> new ProduceRequestData()
                .setAcks((short) -1)
                .setTimeoutMs(10_000)
                .setTopicData(new TopicProduceDataCollection(topics(topic -> new TopicProduceData()
                                .setName(topic)
                                .setTopicId(side.topicId(topic))
                                .setPartitionData(partitions(i ->
                                        new PartitionProduceData().setIndex(i).setRecords(Batches.of(i + 1)))))
                        .iterator()));
    }

    private Comparison.Request fetch(int maxBytes) {
        return (side, version) -> {
            FetchRequestData request = new FetchRequestData()
                    .setMaxWaitMs(100)
                    .setMinBytes(0)
                    .setMaxBytes(maxBytes)
                    .setTopics(topics(topic -> new FetchTopic()
                            .setTopic(topic)
                            .setTopicId(side.topicId(topic))
                            .setPartitions(partitions(i -> new FetchPartition()
                                    .setPartition(i)
                                    .setFetchOffset(0)
                                    .setPartitionMaxBytes(1_000_000)))));
            return version < 15 ? request.setReplicaId(-1) : request;
        };
    }

    @Test
    void partitionsAreAnsweredInTheSameOrder() {
        comparison.one("filled", PRODUCE, 12, produce());
        comparison.each("fetched", FETCH, fetch(10_000_000));
        comparison.each("fetched, 1 byte in all", FETCH, fetch(1));
        comparison.each(
                "ends of an epoch",
                OFFSET_FOR_LEADER_EPOCH,
                (side, version) -> new OffsetForLeaderEpochRequestData()
                        .setReplicaId(version < 3 ? -2 : -1)
                        .setTopics(new OffsetForLeaderTopicCollection(topics(topic -> new OffsetForLeaderTopic()
                                        .setTopic(topic)
                                        .setPartitions(partitions(i -> new OffsetForLeaderPartition()
                                                .setPartition(i)
                                                .setLeaderEpoch(0))))
                                .iterator())));
        comparison.each(
                "producers",
                DESCRIBE_PRODUCERS,
                (side, version) -> new DescribeProducersRequestData()
                        .setTopics(topics(topic -> new DescribeProducersRequestData.TopicRequest()
                                .setName(topic)
                                .setPartitionIndexes(PARTITIONS))));
        verdict();
    }

    private Comparison.Request committed(boolean all) {
        return (side, version) -> version < 8
                ? new OffsetFetchRequestData()
                        .setGroupId(GROUP)
                        .setTopics(
                                all
                                        ? null
                                        : topics(topic -> new OffsetFetchRequestTopic()
                                                .setName(topic)
                                                .setPartitionIndexes(PARTITIONS)))
                : new OffsetFetchRequestData()
                        .setGroups(List.of(GROUP + "-none", GROUP).stream()
                                .map(group -> new OffsetFetchRequestGroup()
                                        .setGroupId(group)
                                        .setTopics(
                                                all
                                                        ? null
                                                        : topics(topic -> new OffsetFetchRequestTopics()
                                                                .setName(topic)
                                                                .setTopicId(side.topicId(topic))
                                                                .setPartitionIndexes(PARTITIONS))))
                                .toList());
    }

    @Test
    void groupsAreAnsweredInTheSameOrder() {
        comparison.each(
                "committed",
                OFFSET_COMMIT,
                (side, version) -> new OffsetCommitRequestData()
                        .setGroupId(GROUP)
                        .setGenerationIdOrMemberEpoch(-1)
                        .setTopics(topics(topic -> new OffsetCommitRequestTopic()
                                .setName(topic)
                                .setTopicId(side.topicId(topic))
                                .setPartitions(partitions(i -> new OffsetCommitRequestPartition()
                                        .setPartitionIndex(i)
                                        .setCommittedOffset(i))))));
        comparison.each("offsets", OFFSET_FETCH, committed(false));
        comparison.each("all offsets", OFFSET_FETCH, committed(true));
        List<String> groups = List.of("m", GROUP, "", "z", "a");
        for (int version = 4; version <= FIND_COORDINATOR.latestVersion(); version++) {
            comparison.one(
                    "coordinators",
                    FIND_COORDINATOR,
                    version,
                    (side, any) -> new FindCoordinatorRequestData().setCoordinatorKeys(groups));
        }
        verdict();
    }

    @Test
    void groupsThatAreThereOrNotAreAnsweredInTheSameOrder() {
        List<String> groups = List.of("z", "", "order-b", "order-a", "", "order-c", "a", "order-d", "x");
        for (String group : List.of("order-a", "order-b", "order-c", "order-d"))
            comparison.one(
                    "committed",
                    OFFSET_COMMIT,
                    8,
                    (side, version) -> new OffsetCommitRequestData()
                            .setGroupId(group)
                            .setGenerationIdOrMemberEpoch(-1)
                            .setTopics(List.of(new OffsetCommitRequestTopic()
                                    .setName(topics.get(0))
                                    .setPartitions(
                                            List.of(new OffsetCommitRequestPartition().setCommittedOffset(1))))));
        // Kafka describes a group as often as it is named, which may be some thousand times; we once.
        List<String> once = groups.stream().distinct().toList();
        comparison.each(
                "described", DESCRIBE_GROUPS, (side, version) -> new DescribeGroupsRequestData().setGroups(once));
        comparison.each(
                "described as consumer groups",
                CONSUMER_GROUP_DESCRIBE,
                (side, version) -> new ConsumerGroupDescribeRequestData().setGroupIds(once));
        comparison.each(
                "deleted", DELETE_GROUPS, (side, version) -> new DeleteGroupsRequestData().setGroupsNames(groups));
        verdict();
    }

    @Test
    void topicsWithoutPartitionsAreAnsweredAlike() {
        List<String> names = topics.subList(0, 2);
        comparison.each(
                "produced",
                PRODUCE,
                (side, version) -> new ProduceRequestData()
                        .setAcks((short) -1)
                        .setTimeoutMs(1000)
                        .setTopicData(new TopicProduceDataCollection(names.stream()
                                .map(name ->
                                        new TopicProduceData().setName(name).setTopicId(side.topicId(name)))
                                .iterator())));
        comparison.each(
                "listed",
                LIST_OFFSETS,
                (side, version) -> new ListOffsetsRequestData()
                        .setReplicaId(-1)
                        .setTopics(names.stream()
                                .map(name -> new ListOffsetsTopic().setName(name))
                                .toList()));
        comparison.each(
                "deleted",
                DELETE_RECORDS,
                (side, version) -> new DeleteRecordsRequestData()
                        .setTimeoutMs(1000)
                        .setTopics(names.stream()
                                .map(name -> new DeleteRecordsTopic().setName(name))
                                .toList()));
        verdict();
    }

    @Test
    void topicsAreAnsweredInTheSameOrder() {
        comparison.each(
                "partitions",
                DESCRIBE_TOPIC_PARTITIONS,
                (side, version) -> new DescribeTopicPartitionsRequestData()
                        .setTopics(
                                topics(topic -> new DescribeTopicPartitionsRequestData.TopicRequest().setName(topic))));
        comparison.each(
                "configs",
                DESCRIBE_CONFIGS,
                (side, version) -> new DescribeConfigsRequestData()
                        .setResources(topics(topic -> new DescribeConfigsResource()
                                .setResourceType((byte) 2)
                                .setResourceName(topic)
                                .setConfigurationKeys(List.of("retention.ms", "segment.bytes", "cleanup.policy")))));
        verdict();
    }
}

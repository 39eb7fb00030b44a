package dwal.compat.differential;

import static org.apache.kafka.common.protocol.ApiKeys.CONSUMER_GROUP_DESCRIBE;
import static org.apache.kafka.common.protocol.ApiKeys.CONSUMER_GROUP_HEARTBEAT;
import static org.apache.kafka.common.protocol.ApiKeys.DELETE_GROUPS;
import static org.apache.kafka.common.protocol.ApiKeys.DESCRIBE_GROUPS;
import static org.apache.kafka.common.protocol.ApiKeys.FIND_COORDINATOR;
import static org.apache.kafka.common.protocol.ApiKeys.HEARTBEAT;
import static org.apache.kafka.common.protocol.ApiKeys.JOIN_GROUP;
import static org.apache.kafka.common.protocol.ApiKeys.LEAVE_GROUP;
import static org.apache.kafka.common.protocol.ApiKeys.LIST_GROUPS;
import static org.apache.kafka.common.protocol.ApiKeys.OFFSET_COMMIT;
import static org.apache.kafka.common.protocol.ApiKeys.OFFSET_DELETE;
import static org.apache.kafka.common.protocol.ApiKeys.OFFSET_FETCH;
import static org.apache.kafka.common.protocol.ApiKeys.SYNC_GROUP;

import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.common.message.ConsumerGroupDescribeRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocolCollection;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopic;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;

/** Groups and their offsets, mostly refusals: what goes well is what the clients' suites are about. */
@ExtendWith(Comparison.Extension.class)
class GroupApisDifferenceTest {
    private static final String ABSENT = "absent";
    private final Comparison comparison;
    private final String topic;
    private final TestInfo test;

    GroupApisDifferenceTest(Comparison comparison, TestInfo test) {
        this.comparison = comparison;
        this.test = test;
        topic = test.getTestMethod().orElseThrow().getName();
        comparison.topic(topic, 2);
    }

    private void verdict() {
        comparison.verdict(test.getDisplayName());
    }

    @Test
    void coordinatorsAreFoundAlike() {
        for (int type : new int[] {0, 1, 2, 9}) {
            for (String key : List.of("some-group", "")) {
                comparison.each(
                        "type " + type + " key '" + key + "'",
                        FIND_COORDINATOR,
                        (side, version) -> version < 4
                                ? new FindCoordinatorRequestData()
                                        .setKeyType((byte) type)
                                        .setKey(key)
                                : new FindCoordinatorRequestData()
                                        .setKeyType((byte) type)
                                        .setCoordinatorKeys(List.of(key)));
            }
        }
        verdict();
    }

    private Comparison.Request commit(String group, String ofTopic, int partition, int epoch, String member) {
        return (side, version) -> new OffsetCommitRequestData()
                .setGroupId(group)
                .setGenerationIdOrMemberEpoch(epoch)
                .setMemberId(member)
                .setTopics(List.of(new OffsetCommitRequestTopic()
                        .setName(ofTopic)
                        .setTopicId(side.topicId(ofTopic))
                        .setPartitions(List.of(new OffsetCommitRequestPartition()
                                .setPartitionIndex(partition)
                                .setCommittedOffset(42)
                                .setCommittedMetadata("note")))));
    }

    private Comparison.Request committed(String group, boolean all) {
        return (side, version) -> {
            if (version < 8) {
                return new OffsetFetchRequestData()
                        .setGroupId(group)
                        .setTopics(
                                all
                                        ? null
                                        : List.of(new OffsetFetchRequestTopic()
                                                .setName(topic)
                                                .setPartitionIndexes(List.of(0, 1, 7))));
            }
            return new OffsetFetchRequestData()
                    .setGroups(List.of(new OffsetFetchRequestGroup()
                            .setGroupId(group)
                            .setTopics(
                                    all
                                            ? null
                                            : List.of(new OffsetFetchRequestTopics()
                                                    .setName(topic)
                                                    .setTopicId(side.topicId(topic))
                                                    .setPartitionIndexes(List.of(0, 1, 7))))));
        };
    }

    @Test
    void offsetsAreCommittedFetchedAndDeletedAlike() {
        String group = "offsets-of-nobody";
        comparison.each("commit", OFFSET_COMMIT, commit(group, topic, 0, -1, ""));
        comparison.each("unknown partition", OFFSET_COMMIT, commit(group, topic, 7, -1, ""));
        comparison.each("unknown topic", OFFSET_COMMIT, commit(group, ABSENT, 0, -1, ""));
        comparison.each(
                "generation 5 of a group without members", OFFSET_COMMIT, commit(group, topic, 0, 5, "someone"));
        comparison.each("generation 5 of an unknown group", OFFSET_COMMIT, commit(ABSENT, topic, 0, 5, "someone"));
        comparison.each("empty group", OFFSET_COMMIT, commit("", topic, 0, 5, "someone"));
        comparison.each("fetch", OFFSET_FETCH, committed(group, false));
        comparison.each("fetch all", OFFSET_FETCH, committed(group, true));
        comparison.each("fetch of an unknown group", OFFSET_FETCH, committed(ABSENT, false));
        comparison.each("fetch all of an unknown group", OFFSET_FETCH, committed(ABSENT, true));
        for (String of : List.of(group, ABSENT)) {
            comparison.each(
                    "delete of " + of,
                    OFFSET_DELETE,
                    (side, version) -> new OffsetDeleteRequestData()
                            .setGroupId(of)
                            .setTopics(new OffsetDeleteRequestData.OffsetDeleteRequestTopicCollection(
                                    List.of(new OffsetDeleteRequestData.OffsetDeleteRequestTopic()
                                                    .setName(topic)
                                                    .setPartitions(List.of(
                                                            new OffsetDeleteRequestData.OffsetDeleteRequestPartition()
                                                                    .setPartitionIndex(0))))
                                            .iterator())));
        }
        comparison.each("fetch after the delete", OFFSET_FETCH, committed(group, false));
        verdict();
    }

    private static Comparison.Request join(String group, Consumer<JoinGroupRequestData> change) {
        return (side, version) -> {
            JoinGroupRequestData request = new JoinGroupRequestData()
                    .setGroupId(group)
                    .setSessionTimeoutMs(10_000)
                    .setMemberId("")
                    .setProtocolType("consumer")
                    .setProtocols(new JoinGroupRequestProtocolCollection(List.of(new JoinGroupRequestProtocol()
                                    .setName("range")
                                    .setMetadata(new byte[] {0, 1}))
                            .iterator()));
            if (version >= 1) request.setRebalanceTimeoutMs(10_000);
            change.accept(request);
            return request;
        };
    }

    @Test
    void joiningIsRefusedAlike() {
        comparison.each("empty group", JOIN_GROUP, join("", request -> {}));
        comparison.each("unknown member", JOIN_GROUP, join("join", request -> request.setMemberId("someone")));
        comparison.each("session too short", JOIN_GROUP, join("join", request -> request.setSessionTimeoutMs(1)));
        comparison.each(
                "session too long", JOIN_GROUP, join("join", request -> request.setSessionTimeoutMs(100_000_000)));
        comparison.each(
                "no protocols",
                JOIN_GROUP,
                join("join", request -> request.setProtocols(new JoinGroupRequestProtocolCollection())));
        comparison.each("empty protocol type", JOIN_GROUP, join("join", request -> request.setProtocolType("")));
        for (int version = 4; version <= JOIN_GROUP.latestVersion(); version++) {
            comparison.one("a member id is wanted", JOIN_GROUP, version, join("join", request -> {}));
        }
        verdict();
    }

    @Test
    void strangersAreRefusedAlike() {
        for (String group : List.of("strangers", "")) {
            comparison.each(
                    "sync " + group,
                    SYNC_GROUP,
                    (side, version) -> new SyncGroupRequestData()
                            .setGroupId(group)
                            .setMemberId("someone")
                            .setGenerationId(3)
                            .setProtocolType("consumer")
                            .setProtocolName("range"));
            comparison.each(
                    "heartbeat " + group,
                    HEARTBEAT,
                    (side, version) -> new HeartbeatRequestData()
                            .setGroupId(group)
                            .setMemberId("someone")
                            .setGenerationId(3));
            comparison.each(
                    "leave " + group,
                    LEAVE_GROUP,
                    (side, version) -> version < 3
                            ? new LeaveGroupRequestData().setGroupId(group).setMemberId("someone")
                            : new LeaveGroupRequestData()
                                    .setGroupId(group)
                                    .setMembers(List.of(new MemberIdentity().setMemberId("someone"))));
            comparison.each(
                    "describe " + group,
                    DESCRIBE_GROUPS,
                    (side, version) -> new DescribeGroupsRequestData().setGroups(List.of(group)));
            comparison.each(
                    "delete " + group,
                    DELETE_GROUPS,
                    (side, version) -> new DeleteGroupsRequestData().setGroupsNames(List.of(group)));
            comparison.each(
                    "describe consumer group " + group,
                    CONSUMER_GROUP_DESCRIBE,
                    (side, version) -> new ConsumerGroupDescribeRequestData().setGroupIds(List.of(group)));
        }
        verdict();
    }

    private Comparison.Request beat(String group, Consumer<ConsumerGroupHeartbeatRequestData> change) {
        return (side, version) -> {
            ConsumerGroupHeartbeatRequestData request = new ConsumerGroupHeartbeatRequestData()
                    .setGroupId(group)
                    .setMemberId("AAAAAAAAAAAAAAAAAAAAAQ")
                    .setMemberEpoch(0)
                    .setRebalanceTimeoutMs(10_000)
                    .setSubscribedTopicNames(List.of(topic))
                    .setTopicPartitions(List.of());
            change.accept(request);
            return request;
        };
    }

    @Test
    void heartbeatsOfConsumerGroupsAreAnsweredAlike() {
        comparison.each("join", CONSUMER_GROUP_HEARTBEAT, beat("beats", request -> {}));
        comparison.each(
                "described",
                CONSUMER_GROUP_DESCRIBE,
                (side, version) -> new ConsumerGroupDescribeRequestData().setGroupIds(List.of("beats")));
        comparison.each("a classic commit to it", OFFSET_COMMIT, commit("beats", topic, 0, 5, "someone"));
        comparison.each("leave", CONSUMER_GROUP_HEARTBEAT, beat("beats", request -> request.setMemberEpoch(-1)));
        comparison.each(
                "unknown member", CONSUMER_GROUP_HEARTBEAT, beat("beats", request -> request.setMemberEpoch(7)));
        comparison.each("empty group", CONSUMER_GROUP_HEARTBEAT, beat("", request -> {}));
        comparison.each("empty member", CONSUMER_GROUP_HEARTBEAT, beat("refused", request -> request.setMemberId("")));
        comparison.each(
                "no topics",
                CONSUMER_GROUP_HEARTBEAT,
                beat("refused", request -> request.setSubscribedTopicNames(null)));
        comparison.each(
                "no rebalance time-out",
                CONSUMER_GROUP_HEARTBEAT,
                beat("refused", request -> request.setRebalanceTimeoutMs(-1)));
        comparison.each(
                "unknown assignor",
                CONSUMER_GROUP_HEARTBEAT,
                beat("refused", request -> request.setServerAssignor("best")));
        comparison.each(
                "empty instance", CONSUMER_GROUP_HEARTBEAT, beat("refused", request -> request.setInstanceId("")));
        comparison.each(
                "bad pattern",
                CONSUMER_GROUP_HEARTBEAT,
                beat("refused", request -> request.setSubscribedTopicRegex("(")));
        verdict();
    }

    @Test
    void groupsAreListedAlike() {
        comparison.one("one group", OFFSET_COMMIT, 9, commit("listed", topic, 0, -1, ""));
        for (List<String> states :
                List.of(List.<String>of(), List.of("Empty"), List.of("Stable"), List.of("Nonsense"))) {
            comparison.each(
                    "states " + states,
                    LIST_GROUPS,
                    (side, version) -> new ListGroupsRequestData().setStatesFilter(states));
        }
        for (List<String> types :
                List.of(List.of("classic"), List.of("consumer"), List.of("share"), List.of("nonsense"))) {
            comparison.each(
                    "types " + types,
                    LIST_GROUPS,
                    (side, version) -> new ListGroupsRequestData().setTypesFilter(types));
        }
        verdict();
    }
}

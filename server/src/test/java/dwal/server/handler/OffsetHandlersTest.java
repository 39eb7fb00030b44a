package dwal.server.handler;

import static dwal.coordinator.GroupNode.answer;
import static org.assertj.core.api.Assertions.assertThat;

import dwal.coordinator.FakeConnection;
import dwal.coordinator.GroupNode;
import dwal.coordinator.Metadata;
import java.util.List;
import java.util.OptionalInt;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestPartition;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopic;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopicCollection;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopic;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

@TestInstance(Lifecycle.PER_CLASS)
class OffsetHandlersTest {
    private static final String TOPIC = "orders";
    private static final Uuid NO_TOPIC = new Uuid(9, 9);

    private final GroupNode node = new GroupNode();
    private OffsetCommitHandler committing;
    private OffsetFetchHandler fetching;
    private OffsetDeleteHandler deleting;
    private boolean certain = true;
    /** After how many questions it is no longer certain; negative: never. */
    private int certainFor = -1;

    @BeforeAll
    void start() {
        node.start();
        node.metadata().topic(TOPIC, 2);
        node.publish();
        committing =
                new OffsetCommitHandler(node.groups(), () -> node.metadata().image());
        fetching = new OffsetFetchHandler(
                node.groups(), () -> node.metadata().image(), group -> certain && certainFor-- != 0);
        deleting = new OffsetDeleteHandler(node.groups(), () -> node.metadata().image());
    }

    @AfterAll
    void close() {
        node.close();
    }

    private OffsetCommitResponseData commit(int version, String group, OffsetCommitRequestTopic... topics) {
        var request = new OffsetCommitRequestData().setGroupId(group).setTopics(List.of(topics));
        return answer(committing.handle(FakeConnection.request(ApiKeys.OFFSET_COMMIT, version), request));
    }

    private static OffsetCommitRequestTopic topic(String name, Uuid id, long offset, int... partitions) {
        var topic = new OffsetCommitRequestTopic().setName(name).setTopicId(id);
        for (int partition : partitions) {
            topic.partitions()
                    .add(new OffsetCommitRequestPartition()
                            .setPartitionIndex(partition)
                            .setCommittedOffset(offset)
                            .setCommittedMetadata("note"));
        }
        return topic;
    }

    private static OffsetCommitRequestTopic named(String name, long offset, int... partitions) {
        return topic(name, Uuid.ZERO_UUID, offset, partitions);
    }

    private static List<Errors> errors(OffsetCommitResponseData response) {
        return response.topics().stream()
                .flatMap(topic -> topic.partitions().stream())
                .map(partition -> Errors.forCode(partition.errorCode()))
                .toList();
    }

    @Test
    void commitsByNameAndFetchesByName() {
        assertThat(errors(commit(9, "by-name", named(TOPIC, 5, 0, 1)))).containsExactly(Errors.NONE, Errors.NONE);
        var request = new OffsetFetchRequestData()
                .setGroupId("by-name")
                .setTopics(List.of(
                        new OffsetFetchRequestTopic().setName(TOPIC).setPartitionIndexes(List.of(0, 1, 7)),
                        new OffsetFetchRequestTopic().setName("unheard-of").setPartitionIndexes(List.of(0))));
        OffsetFetchResponseData response =
                answer(fetching.handle(FakeConnection.request(ApiKeys.OFFSET_FETCH, 7), request));
        var partitions = response.topics().get(0).partitions();
        assertThat(partitions).extracting(p -> p.committedOffset()).containsExactly(5L, 5L, -1L);
        assertThat(partitions).extracting(p -> p.metadata()).containsExactly("note", "note", "");
        assertThat(partitions).extracting(p -> p.errorCode()).containsOnly(Errors.NONE.code());
        assertThat(response.topics().get(1).partitions().get(0).committedOffset())
                .isEqualTo(-1);
        assertThat(response.groups()).isEmpty();
    }

    @Test
    void aCoordinatorThatMayHaveBeenReplacedTellsNoOffsets() {
        assertThat(errors(commit(9, "stopped", named(TOPIC, 5, 0)))).containsExactly(Errors.NONE);
        certain = false;
        try {
            var request = new OffsetFetchRequestData()
                    .setGroups(List.of(new OffsetFetchRequestData.OffsetFetchRequestGroup()
                            .setGroupId("stopped")
                            .setTopics(null)));
            OffsetFetchResponseData response =
                    answer(fetching.handle(FakeConnection.request(ApiKeys.OFFSET_FETCH, 9), request));
            assertThat(response.groups()).singleElement().satisfies(group -> {
                assertThat(group.errorCode()).isEqualTo(Errors.NOT_COORDINATOR.code());
                assertThat(group.topics()).isEmpty();
            });
        } finally {
            certain = true;
        }
    }

    @Test
    void whatWasReadIsNotToldIfTheCoordinatorMayHaveBeenReplacedBeforeThat() {
        assertThat(errors(commit(9, "overtaken", named(TOPIC, 5, 0)))).containsExactly(Errors.NONE);
        var request = new OffsetFetchRequestData()
                .setGroups(List.of(
                        new OffsetFetchRequestGroup().setGroupId("overtaken").setTopics(null)));
        certainFor = 1;
        try {
            OffsetFetchResponseData response =
                    answer(fetching.handle(FakeConnection.request(ApiKeys.OFFSET_FETCH, 9), request));
            assertThat(response.groups().get(0).errorCode()).isEqualTo(Errors.NOT_COORDINATOR.code());
        } finally {
            certainFor = -1;
        }
    }

    @Test
    void partitionsThatDoNotExistAreNotCommittedTheOthersAre() {
        OffsetCommitResponseData response =
                commit(9, "partly", named(TOPIC, 5, 0, 2), named("unheard-of", 5, 0), named("", 5, 0));
        assertThat(errors(response))
                .containsExactly(
                        Errors.UNKNOWN_TOPIC_OR_PARTITION,
                        Errors.NONE,
                        Errors.UNKNOWN_TOPIC_OR_PARTITION,
                        Errors.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(errors(commit(9, "partly", named("unheard-of", 5, 0))))
                .containsExactly(Errors.UNKNOWN_TOPIC_OR_PARTITION);
    }

    @Test
    void commitsById() {
        OffsetCommitResponseData response =
                commit(10, "by-id", topic("", Metadata.idOf(TOPIC), 6, 1), topic("", NO_TOPIC, 6, 0));
        assertThat(response.topics())
                .extracting(t -> t.topicId())
                .containsExactlyInAnyOrder(Metadata.idOf(TOPIC), NO_TOPIC);
        assertThat(errors(response)).containsExactlyInAnyOrder(Errors.NONE, Errors.UNKNOWN_TOPIC_ID);

        OffsetFetchResponseGroup all = fetchGroups(
                        10, new OffsetFetchRequestGroup().setGroupId("by-id").setTopics(null))
                .get(0);
        assertThat(all.topics()).hasSize(1);
        assertThat(all.topics().get(0).topicId()).isEqualTo(Metadata.idOf(TOPIC));
        assertThat(all.topics().get(0).partitions().get(0).committedOffset()).isEqualTo(6);
    }

    private List<OffsetFetchResponseGroup> fetchGroups(int version, OffsetFetchRequestGroup... groups) {
        var request = new OffsetFetchRequestData().setGroups(List.of(groups)).setRequireStable(true);
        return answer(fetching.handle(FakeConnection.request(ApiKeys.OFFSET_FETCH, version), request))
                .groups();
    }

    /** All offsets of a group, a thousand times over, would be a heap full of answers to a request of a few kilobytes. */
    @Test
    void aGroupThatIsNamedAgainIsRefused() {
        commit(9, "again", named(TOPIC, 5, 0));
        var answers = fetchGroups(
                9,
                new OffsetFetchRequestGroup().setGroupId("again").setTopics(null),
                new OffsetFetchRequestGroup().setGroupId("other").setTopics(null),
                new OffsetFetchRequestGroup().setGroupId("again").setTopics(null));
        assertThat(answers)
                .extracting(answer -> Errors.forCode(answer.errorCode()))
                .containsExactly(Errors.NONE, Errors.NONE, Errors.INVALID_REQUEST);
        assertThat(answers.get(0).topics()).hasSize(1);
        assertThat(answers.get(2).topics()).isEmpty();
    }

    @Test
    void fetchesByIdAndTellsUnknownIds() {
        commit(9, "ids", named(TOPIC, 8, 0));
        OffsetFetchResponseGroup group = fetchGroups(
                        10,
                        new OffsetFetchRequestGroup()
                                .setGroupId("ids")
                                .setTopics(List.of(
                                        new OffsetFetchRequestTopics()
                                                .setTopicId(NO_TOPIC)
                                                .setPartitionIndexes(List.of(3)),
                                        new OffsetFetchRequestTopics()
                                                .setTopicId(Metadata.idOf(TOPIC))
                                                .setPartitionIndexes(List.of(0)))))
                .get(0);
        assertThat(group.topics()).hasSize(2);
        assertThat(group.topics().get(0).topicId()).isEqualTo(Metadata.idOf(TOPIC));
        assertThat(group.topics().get(0).partitions().get(0).committedOffset()).isEqualTo(8);
        var unknown = group.topics().get(1).partitions().get(0);
        assertThat(unknown.errorCode()).isEqualTo(Errors.UNKNOWN_TOPIC_ID.code());
        assertThat(unknown.partitionIndex()).isEqualTo(3);
        assertThat(unknown.committedOffset()).isEqualTo(-1);
    }

    @Test
    void aGroupThatAnotherNodeHoldsDoesNotDisturbTheOthersOfARequest() {
        try (GroupNode half = new GroupNode()) {
            half.start();
            int lost = GroupNode.partitionOf("b").partition();
            assertThat(GroupNode.partitionOf("a").partition()).isNotEqualTo(lost);
            half.coordinator().onResignation(lost, OptionalInt.of(9));
            half.publish();

            var handler =
                    new OffsetFetchHandler(half.groups(), () -> half.metadata().image(), group -> true);
            var request = new OffsetFetchRequestData()
                    .setGroups(List.of(
                            new OffsetFetchRequestGroup().setGroupId("a").setTopics(null),
                            new OffsetFetchRequestGroup().setGroupId("b").setTopics(null)));
            var groups = answer(handler.handle(FakeConnection.request(ApiKeys.OFFSET_FETCH, 9), request))
                    .groups();
            assertThat(groups).extracting(g -> g.groupId()).containsExactly("a", "b");
            assertThat(groups)
                    .extracting(g -> Errors.forCode(g.errorCode()))
                    .containsExactly(Errors.NONE, Errors.NOT_COORDINATOR);
        }
    }

    @Test
    void deletesOffsetsOfPartitionsThatExist() {
        commit(9, "deleting", named(TOPIC, 1, 0, 1));
        OffsetDeleteResponseData response = delete("deleting", TOPIC, 0, 5);
        var topic = response.topics().find(TOPIC);
        assertThat(topic.partitions().find(0).errorCode()).isEqualTo(Errors.NONE.code());
        assertThat(topic.partitions().find(5).errorCode()).isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION.code());
        OffsetFetchResponseGroup left = fetchGroups(
                        9, new OffsetFetchRequestGroup().setGroupId("deleting").setTopics(null))
                .get(0);
        assertThat(left.topics().get(0).partitions())
                .extracting(p -> p.partitionIndex())
                .containsExactly(1);
        assertThat(delete("no-such-group", TOPIC, 0).errorCode()).isEqualTo(Errors.GROUP_ID_NOT_FOUND.code());
        assertThat(delete("deleting", "unheard-of", 0)
                        .topics()
                        .find("unheard-of")
                        .partitions()
                        .find(0)
                        .errorCode())
                .isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION.code());
    }

    private OffsetDeleteResponseData delete(String group, String name, int... partitions) {
        var topic = new OffsetDeleteRequestTopic().setName(name);
        for (int partition : partitions) {
            topic.partitions().add(new OffsetDeleteRequestPartition().setPartitionIndex(partition));
        }
        var topics = new OffsetDeleteRequestTopicCollection();
        topics.add(topic);
        var request = new OffsetDeleteRequestData().setGroupId(group).setTopics(topics);
        return answer(deleting.handle(FakeConnection.request(ApiKeys.OFFSET_DELETE), request));
    }
}

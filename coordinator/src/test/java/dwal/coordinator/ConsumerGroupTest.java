package dwal.coordinator;

import static dwal.coordinator.GroupNode.answer;
import static dwal.coordinator.GroupNode.failure;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData.TopicPartitions;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ConsumerGroupTest {
    private final GroupNode node = new GroupNode();

    @AfterEach
    void close() {
        node.close();
    }

    private void startWithATopic() {
        node.start();
        node.metadata().topic(Member.TOPIC, 4);
        node.publish();
    }

    /** A member of a consumer group (KIP-848) that owns what it is told to own. */
    private final class Heart {
        final String id = Uuid.randomUuid().toString();
        int epoch;
        List<Integer> owned = new ArrayList<>();

        @Nullable
        String pattern;

        ConsumerGroupHeartbeatResponseData beat() {
            var request = new ConsumerGroupHeartbeatRequestData()
                    .setGroupId("modern")
                    .setMemberId(id)
                    .setMemberEpoch(epoch)
                    .setTopicPartitions(
                            owned.isEmpty()
                                    ? List.of()
                                    : List.of(new TopicPartitions()
                                            .setTopicId(Metadata.idOf(Member.TOPIC))
                                            .setPartitions(owned)));
            if (epoch == 0) {
                request.setRebalanceTimeoutMs(60_000)
                        .setSubscribedTopicNames(pattern == null ? List.of(Member.TOPIC) : null)
                        .setSubscribedTopicRegex(pattern);
            }
            var response = answer(
                    node.groups().consumerHeartbeat(FakeConnection.request(ApiKeys.CONSUMER_GROUP_HEARTBEAT), request));
            if (response.errorCode() == 0) {
                epoch = response.memberEpoch();
                if (response.assignment() != null) {
                    owned = new ArrayList<>(response.assignment().topicPartitions().stream()
                            .flatMap(topic -> topic.partitions().stream())
                            .toList());
                }
            }
            return response;
        }
    }

    @Test
    void twoMembersShareATopicHalfAndHalfAndFindItSoAfterARestart() {
        startWithATopic();
        Heart first = new Heart();
        Heart second = new Heart();
        converge(first, second);
        assertThat(Stream.concat(first.owned.stream(), second.owned.stream())).containsExactlyInAnyOrder(0, 1, 2, 3);

        node.restart();
        assertThat(first.beat().errorCode()).isEqualTo(Errors.NONE.code());
        assertThat(second.beat().errorCode()).isEqualTo(Errors.NONE.code());
        var described = answer(node.groups()
                .describeConsumer(FakeConnection.request(ApiKeys.CONSUMER_GROUP_DESCRIBE), List.of("modern")));
        assertThat(described.get(0).members()).hasSize(2);
        assertThat(described.get(0).groupState()).isEqualTo("Stable");
    }

    private static void converge(Heart first, Heart second) {
        for (int rounds = 0; rounds < 100; rounds++) {
            first.beat();
            second.beat();
            if (first.owned.size() == 2 && second.owned.size() == 2) {
                return;
            }
        }
        throw new AssertionError("no even split: " + first.owned + " and " + second.owned);
    }

    @Test
    void aSubscriptionByPatternFindsTopicsInTheBackground() {
        startWithATopic();
        Heart member = new Heart();
        member.pattern = "ord.*";
        GroupNode.await(() -> member.beat().errorCode() == Errors.NONE.code() && !member.owned.isEmpty());
        assertThat(member.owned).containsExactlyInAnyOrder(0, 1, 2, 3);
    }

    @Test
    void aFencedMemberIsTold() {
        startWithATopic();
        Heart member = new Heart();
        member.beat();
        member.epoch += 5;
        assertThat(member.beat().errorCode()).isEqualTo(Errors.FENCED_MEMBER_EPOCH.code());
    }

    @Test
    void theTypeOfAGroupIsListed() {
        startWithATopic();
        new Heart().beat();
        var listed = answer(
                        node.groups().list(FakeConnection.request(ApiKeys.LIST_GROUPS), new ListGroupsRequestData()))
                .groups();
        assertThat(listed.get(0).groupType()).isEqualTo("consumer");
        var classic = answer(
                node.groups().describeClassic(FakeConnection.request(ApiKeys.DESCRIBE_GROUPS), List.of("modern")));
        assertThat(classic.get(0).errorCode()).isEqualTo(Errors.GROUP_ID_NOT_FOUND.code());
    }

    @Test
    void theSettingsOfAGroupComeFromTheMetadata() {
        node.start();
        node.metadata().topic(Member.TOPIC, 4).groupConfig("modern", "consumer.heartbeat.interval.ms", "7000");
        node.publish();
        assertThat(new Heart().beat().heartbeatIntervalMs()).isEqualTo(7000);
    }

    @Test
    void theIntervalOfAssignmentsMayChangeAtRunTime() {
        startWithATopic();
        Heart first = new Heart();
        Heart second = new Heart();
        converge(first, second);
        node.metadata().nodeConfig("group.consumer.assignment.interval.ms", "9000");
        node.publish();

        Heart third = new Heart();
        for (int rounds = 0; rounds < 10; rounds++) {
            List.of(third, first, second).forEach(Heart::beat);
        }
        assertThat(third.owned).as("before the interval has passed").isEmpty();

        node.time().advance(9_000);
        GroupNode.await(() -> {
            List.of(third, first, second).forEach(Heart::beat);
            return !third.owned.isEmpty();
        });
    }

    @Test
    void withoutTheFeatureTheProtocolIsRefused() {
        node.metadata().feature("group.version", 0);
        node.start();
        assertThat(failure(node.groups()
                        .describeConsumer(FakeConnection.request(ApiKeys.CONSUMER_GROUP_DESCRIBE), List.of("g"))))
                .isEqualTo(Errors.UNSUPPORTED_VERSION);
    }

    @Test
    void aProtocolThatIsSwitchedOffIsRefused() {
        node.set("group.coordinator.rebalance.protocols", "classic").start();
        assertThat(failure(node.groups()
                        .describeConsumer(FakeConnection.request(ApiKeys.CONSUMER_GROUP_DESCRIBE), List.of("g"))))
                .isEqualTo(Errors.UNSUPPORTED_VERSION);
    }
}

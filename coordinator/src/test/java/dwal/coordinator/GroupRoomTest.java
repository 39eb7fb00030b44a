package dwal.coordinator;

import static dwal.coordinator.GroupNode.answer;
import static dwal.coordinator.GroupNode.failure;
import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.StandardError;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocolCollection;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is refused when the heap is full of what stays, and what goes on. */
class GroupRoomTest {
    private static final long FULL_FOR_NEW = SimulatedHeap.MAX_BYTES / 2;
    private static final long FULL_FOR_ALL = FULL_FOR_NEW + SimulatedHeap.MAX_BYTES / 16;
    private static final long LONG_AGO_MS = 60_000;

    private final GroupNode node = new GroupNode();
    private final Member member = new Member(node, "g");
    private final String modern = Uuid.randomUuid().toString();
    private int modernEpoch;
    private int pausedMs;

    @BeforeEach
    void twoGroupsWithAMember() {
        node.start();
        node.metadata().topic(Member.TOPIC, 4);
        node.publish();
        node.time().advanceUntil(member.join());
        answer(member.sync(member.gets(0)));
        modernEpoch = answer(beat(modern, 0, List.of(Member.TOPIC))).memberEpoch();
    }

    @AfterEach
    void close() {
        node.close();
    }

    private CompletableFuture<ConsumerGroupHeartbeatResponseData> beat(
            String memberId, int epoch, List<String> topics) {
        var request = new ConsumerGroupHeartbeatRequestData()
                .setGroupId("modern")
                .setMemberId(memberId)
                .setMemberEpoch(epoch)
                .setSubscribedTopicNames(topics);
        if (epoch == 0) {
            request.setRebalanceTimeoutMs(60_000).setTopicPartitions(List.of());
        }
        var context = FakeConnection.request(ApiKeys.CONSUMER_GROUP_HEARTBEAT);
        var answer = node.groups().consumerHeartbeat(context, request);
        pausedMs = context.times().throttledMs();
        return answer;
    }

    private CompletableFuture<ConsumerGroupHeartbeatResponseData> joinModern() {
        return beat(Uuid.randomUuid().toString(), 0, List.of(Member.TOPIC));
    }

    private Errors joinedModern() {
        return Errors.forCode(answer(joinModern()).errorCode());
    }

    private Errors commitOf(Member who) {
        return Member.error(answer(who.commit(0, 7)));
    }

    @Test
    void newMembersAreToldToTryAgainAndOthersGoOn() {
        node.heap().holds(FULL_FOR_NEW, 0);

        assertThat(failure(new Member(node, "other").join())).isEqualTo(Errors.COORDINATOR_LOAD_IN_PROGRESS);
        assertThat(failure(new Member(node, "g").join())).isEqualTo(Errors.COORDINATOR_LOAD_IN_PROGRESS);
        assertThat(joinedModern()).isEqualTo(Errors.COORDINATOR_LOAD_IN_PROGRESS);
        assertThat(failure(Member.commit(node, "nobody", "", -1, Member.TOPIC, 0, 7)))
                .isEqualTo(Errors.COORDINATOR_LOAD_IN_PROGRESS);

        assertThat(member.heartbeat()).isEqualTo(Errors.NONE);
        assertThat(commitOf(member)).isEqualTo(Errors.NONE);
        node.time().advanceUntil(member.join());
        assertThat(Member.partitions(answer(member.sync(member.gets(1))))).containsExactly(1);
        assertThat(Errors.forCode(answer(beat(modern, modernEpoch, List.of(Member.TOPIC, "more")))
                        .errorCode()))
                .isEqualTo(Errors.NONE);
    }

    /** Java's consumer would ask again some ten thousand times a second. */
    @Test
    void whoIsRefusedHasToPause() {
        assertThat(joinedModern()).isEqualTo(Errors.NONE);
        assertThat(pausedMs).isZero();
        node.heap().holds(FULL_FOR_NEW, 0);
        assertThat(joinedModern()).isEqualTo(Errors.COORDINATOR_LOAD_IN_PROGRESS);
        assertThat(pausedMs).isEqualTo(500);
    }

    @Test
    void whatMembersWouldHaveKeptIsRefusedLaterAndTheyLive() {
        node.heap().holds(FULL_FOR_ALL, 0);

        assertThat(failure(member.commit(0, 7))).isEqualTo(Errors.COORDINATOR_LOAD_IN_PROGRESS);
        var refused = answer(beat(modern, modernEpoch, List.of(Member.TOPIC, "more")));
        assertThat(refused.errorMessage()).contains("no room on the heap");
        assertThat(Errors.forCode(refused.errorCode())).isEqualTo(Errors.COORDINATOR_LOAD_IN_PROGRESS);
        // Java's consumer takes COORDINATOR_LOAD_IN_PROGRESS for the end here.
        assertThat(failure(member.sync(member.gets(1)))).isEqualTo(Errors.REBALANCE_IN_PROGRESS);
        assertThat(failure(member.join())).isEqualTo(Errors.COORDINATOR_LOAD_IN_PROGRESS);

        assertThat(member.heartbeat()).isEqualTo(Errors.NONE);
        assertThat(Member.partitions(answer(member.sync()))).containsExactly(0);
        assertThat(answer(beat(modern, modernEpoch, null)).errorCode()).isEqualTo(Errors.NONE.code());
        assertThat(answer(beat(modern, -1, null)).errorCode()).isEqualTo(Errors.NONE.code());
        assertThat(member.leave()).isEqualTo(Errors.NONE);
    }

    @Test
    void whereTheRestIsGarbageTheNextTryIsTaken() {
        node.heap().holds(FULL_FOR_NEW - 1, FULL_FOR_NEW);
        assertThat(joinedModern()).isEqualTo(Errors.COORDINATOR_LOAD_IN_PROGRESS);
        assertThat(joinedModern()).isEqualTo(Errors.NONE);
    }

    @Test
    void membersDoNotFailForGarbageUnlessItIsMuch() {
        node.heap().holds(FULL_FOR_NEW, SimulatedHeap.MAX_BYTES / 4 - 1);
        assertThat(commitOf(member)).isEqualTo(Errors.NONE);
        node.time().advance(2_000); // until it may be collected again
        node.heap().holds(FULL_FOR_NEW, SimulatedHeap.MAX_BYTES / 4);
        assertThat(failure(member.commit(0, 7))).isEqualTo(Errors.COORDINATOR_LOAD_IN_PROGRESS);
        assertThat(commitOf(member)).as("collected").isEqualTo(Errors.NONE);
    }

    @Test
    void membersAreTakenAgainWhenThereIsRoom() {
        node.heap().holds(FULL_FOR_NEW, 0);
        assertThat(joinedModern()).isEqualTo(Errors.COORDINATOR_LOAD_IN_PROGRESS);

        node.heap().holds(0, FULL_FOR_NEW);
        assertThat(joinedModern()).as("collected a moment ago").isEqualTo(Errors.COORDINATOR_LOAD_IN_PROGRESS);
        node.time().advance(LONG_AGO_MS);
        assertThat(joinedModern()).as("asks for a collection").isEqualTo(Errors.COORDINATOR_LOAD_IN_PROGRESS);
        assertThat(joinedModern()).isEqualTo(Errors.NONE);
    }

    @Test
    void aFewLinesTellOfManyRefusals() throws Exception {
        assertThat(refusals(() -> {
                    node.heap().holds(0, FULL_FOR_NEW);
                    joinedModern();
                }))
                .as("while nobody knows how much is garbage")
                .isEmpty();

        node.time().advance(LONG_AGO_MS);
        assertThat(refusals(() -> {
                    node.heap().holds(FULL_FOR_NEW, 0);
                    for (int i = 0; i < 1_000; i++) {
                        joinedModern();
                    }
                }))
                .hasSizeBetween(1, 5)
                .allMatch(line -> line.contains("Refused ConsumerGroupHeartbeat of 127.0.0.1")
                        && line.contains("800 of 1600 MB")
                        && line.contains("-Xmx"));
    }

    private static List<String> refusals(StandardError.Task task) throws Exception {
        return StandardError.of(task)
                .lines()
                .filter(line -> line.contains("Refused"))
                .toList();
    }

    @Test
    void aMemberNames64ProtocolsAtMost() {
        var most = new JoinGroupRequestProtocolCollection();
        for (int i = 0; i < 64; i++) {
            most.add(new JoinGroupRequestProtocol().setName("p" + i));
        }
        assertThat(Errors.forCode(answer(join(most)).errorCode())).isEqualTo(Errors.MEMBER_ID_REQUIRED);

        most.add(new JoinGroupRequestProtocol().setName("one more"));
        assertThat(failure(join(most))).isEqualTo(Errors.INVALID_REQUEST);
    }

    private CompletableFuture<JoinGroupResponseData> join(JoinGroupRequestProtocolCollection protocols) {
        var request = new JoinGroupRequestData()
                .setGroupId("many")
                .setProtocolType("consumer")
                .setProtocols(protocols)
                .setSessionTimeoutMs(10_000)
                .setRebalanceTimeoutMs(60_000);
        return node.groups().join(FakeConnection.request(ApiKeys.JOIN_GROUP), request);
    }
}

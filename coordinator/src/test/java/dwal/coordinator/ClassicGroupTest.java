package dwal.coordinator;

import static dwal.coordinator.GroupNode.answer;
import static dwal.coordinator.GroupNode.failure;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ClassicGroupTest {
    private final GroupNode node = new GroupNode();

    @BeforeEach
    void startWithATopic() {
        node.start();
        node.metadata().topic(Member.TOPIC, 4);
        node.publish();
    }

    @AfterEach
    void close() {
        node.close();
    }

    @Test
    void twoMembersShareATopicAndTheSecondOneLeaves() {
        Member first = new Member(node, "g");
        node.time().advanceUntil(first.join());
        answer(first.sync(first.gets(0)));
        assertThat(first.heartbeat()).isEqualTo(Errors.NONE);

        Member second = new Member(node, "g");
        CompletableFuture<JoinGroupResponseData> joined = second.join();
        awaitRebalance(first);
        CompletableFuture<JoinGroupResponseData> rejoined = first.join();
        assertThat(node.time().advanceUntil(joined).leader()).isEqualTo(first.id);
        assertThat(node.time().advanceUntil(rejoined).members()).hasSize(2);

        var waiting = second.sync();
        assertThat(Member.partitions(answer(first.sync(first.gets(0), second.gets(1)))))
                .containsExactly(0);
        assertThat(Member.partitions(answer(waiting))).containsExactly(1);

        assertThat(second.leave()).isEqualTo(Errors.NONE);
        assertThat(first.heartbeat()).isEqualTo(Errors.REBALANCE_IN_PROGRESS);
    }

    private static void awaitRebalance(Member member) {
        GroupNode.await(() -> member.heartbeat() == Errors.REBALANCE_IN_PROGRESS);
    }

    @Test
    void aMemberThatIsSilentLosesItsPlace() {
        Member member = joinAlone("silent");
        assertThat(member.heartbeat()).isEqualTo(Errors.NONE);

        node.time().advance(10_001);

        GroupNode.await(() -> member.heartbeat() == Errors.UNKNOWN_MEMBER_ID);
    }

    private Member joinAlone(String group) {
        Member member = new Member(node, group);
        node.time().advanceUntil(member.join());
        answer(member.sync(member.gets(0)));
        return member;
    }

    @Test
    void anOldGenerationCannotCommit() {
        Member member = joinAlone("g");
        member.generation -= 1;
        assertThat(Member.error(answer(member.commit(0, 5)))).isEqualTo(Errors.ILLEGAL_GENERATION);
        member.generation += 1;
        assertThat(Member.error(answer(member.commit(0, 5)))).isEqualTo(Errors.NONE);
    }

    @Test
    void aCommitIsAnsweredWhenTheHighWatermarkHasPassedIt() {
        Member member = joinAlone("g");
        node.partitions().holdHighWatermark();

        var commit = member.commit(0, 42);
        assertThat(Member.committed(node, "g", 0)).isEqualTo(-1);
        CompletableFuture<Long> stable = Member.fetch(node, "g", 0, true);
        assertThat(commit).isNotDone();

        node.partitions().advanceHighWatermark();
        assertThat(Member.error(answer(commit))).isEqualTo(Errors.NONE);
        assertThat(answer(stable)).isEqualTo(42);
        assertThat(Member.committed(node, "g", 0)).isEqualTo(42);
    }

    @Test
    void groupsAndOffsetsAreBackAfterARestart() {
        Member member = joinAlone("g");
        answer(member.commit(0, 7));
        answer(member.commit(1, 8));

        node.restart();

        assertThat(Member.committed(node, "g", 0)).isEqualTo(7);
        assertThat(Member.committed(node, "g", 1)).isEqualTo(8);
        assertThat(member.heartbeat()).isEqualTo(Errors.NONE);
        assertThat(node.partitions().openSlices()).isZero();
    }

    @Test
    void aDeletedGroupDoesNotComeBack() {
        Member member = joinAlone("g");
        answer(member.commit(0, 7));
        assertThat(member.leave()).isEqualTo(Errors.NONE);
        var results = answer(node.groups().delete(FakeConnection.request(ApiKeys.DELETE_GROUPS), List.of("g")));
        assertThat(results.find("g").errorCode()).isEqualTo(Errors.NONE.code());

        node.restart();

        assertThat(Member.committed(node, "g", 0)).isEqualTo(-1);
        assertThat(groupIds()).isEmpty();
    }

    private List<String> groupIds() {
        return answer(node.groups().list(FakeConnection.request(ApiKeys.LIST_GROUPS), new ListGroupsRequestData()))
                .groups()
                .stream()
                .map(group -> group.groupId())
                .toList();
    }

    @Test
    void offsetsOfADeletedTopicGo() {
        Member member = joinAlone("g");
        answer(member.commit(0, 7));

        node.metadata().removeTopic(Member.TOPIC);
        node.publish();

        GroupNode.await(() -> Member.committed(node, "g", 0) == -1);
    }

    @Test
    void aNodeThatNoLongerLeadsRefersToAnother() {
        Member member = joinAlone("g");
        node.resignAll();
        assertThat(member.heartbeat()).isEqualTo(Errors.NOT_COORDINATOR);
        assertThat(failure(Member.fetch(node, "g", 0, false))).isEqualTo(Errors.NOT_COORDINATOR);

        node.electAll();
        node.awaitServed();
        assertThat(member.heartbeat()).isEqualTo(Errors.NONE);
    }

    @Test
    void aCommitThatThePartitionRefusesFails() {
        Member member = joinAlone("g");
        node.partitions().resign(GroupNode.partitionOf("g"));
        assertThat(Member.error(answer(member.commit(0, 5)))).isEqualTo(Errors.NOT_COORDINATOR);
    }
}

package dwal.coordinator;

import static dwal.coordinator.GroupNode.answer;
import static dwal.coordinator.GroupNode.failure;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DormantPartitionsTest {
    private final GroupNode node = new GroupNode();

    @BeforeEach
    void startWithATopic() {
        node.startAndAskNothing();
        node.metadata().topic(Member.TOPIC, 1);
        node.publish();
    }

    @AfterEach
    void close() {
        node.close();
    }

    @Test
    void aPartitionThatHoldsNothingWaitsUntilSomebodyNeedsIt() {
        assertThat(node.partitions().watched()).isZero();
        assertThat(answer(node.groups().list(FakeConnection.request(ApiKeys.LIST_GROUPS), new ListGroupsRequestData()))
                        .groups())
                .isEmpty();
        assertThat(node.partitions().watched()).isZero();

        assertThat(Member.committed(node, "g", 0)).isEqualTo(-1);
        assertThat(node.partitions().watched()).isEqualTo(1);
    }

    @Test
    void aCommitThatWakesItsPartitionIsThereAfterARestart() {
        assertThat(Member.error(answer(Member.commit(node, "g", "", -1, Member.TOPIC, 0, 5))))
                .isEqualTo(Errors.NONE);
        node.stop();
        node.startAndAskNothing();
        GroupNode.await(() -> node.partitions().watched() == 1);
        assertThat(Member.committed(node, "g", 0)).isEqualTo(5);
        assertThat(node.partitions().watched()).isEqualTo(1);
    }

    @Test
    void requestsThatComeTogetherAreAnsweredInOrder() {
        var first = Member.commit(node, "g", "", -1, Member.TOPIC, 0, 1);
        var second = Member.commit(node, "g", "", -1, Member.TOPIC, 0, 2);
        assertThat(Member.error(answer(second))).isEqualTo(Errors.NONE);
        assertThat(Member.error(answer(first))).isEqualTo(Errors.NONE);
        assertThat(Member.committed(node, "g", 0)).isEqualTo(2);
    }

    @Test
    void groupsOfManyPartitionsAreAnsweredTogether() {
        var described = answer(node.groups()
                .describeClassic(FakeConnection.request(ApiKeys.DESCRIBE_GROUPS), List.of("a", "b", "c", "d")));
        assertThat(described)
                .extracting(group -> Errors.forCode(group.errorCode()))
                .containsOnly(Errors.GROUP_ID_NOT_FOUND);
    }

    @Test
    void whoWaitsWhenTheNodeResignsIsSentElsewhere() {
        node.resignAll();
        assertThat(failure(Member.fetch(node, "g", 0, false))).isEqualTo(Errors.NOT_COORDINATOR);
        node.electAll();
        assertThat(Member.committed(node, "g", 0)).isEqualTo(-1);
        node.resignAll();
        assertThat(failure(Member.fetch(node, "g", 0, false))).isEqualTo(Errors.NOT_COORDINATOR);
        node.electAll();
        node.awaitServed();
        assertThat(Member.committed(node, "g", 0)).isEqualTo(-1);
    }

    @Test
    void whoWaitsGoesOnInOrderAndOnce() {
        List<String> done = new ArrayList<>();
        DormantPartitions dormant = new DormantPartitions((partition, epoch) -> done.add("woken " + partition));
        dormant.sleep(3, 7);
        assertThat(dormant.sleeps(3, 7)).isTrue();
        assertThat(dormant.sleeps(3, 8)).isFalse();
        assertThat(dormant.call(3, () -> done.add("first"))).isTrue();
        assertThat(dormant.call(3, () -> done.add("second"))).isTrue();
        dormant.release(3);
        assertThat(done).containsExactly("woken 3", "first", "second");
        assertThat(dormant.call(3, () -> done.add("never"))).isFalse();
        dormant.release(3);
        assertThat(done).hasSize(3);
    }
}

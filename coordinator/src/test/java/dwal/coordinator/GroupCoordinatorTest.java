package dwal.coordinator;

import static dwal.coordinator.GroupNode.answer;
import static dwal.coordinator.GroupNode.failure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dwal.environment.StandardError;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GroupCoordinatorTest {
    private final GroupNode node = new GroupNode();
    private final Set<Thread> before = threads();

    @AfterEach
    void leavesNoThreads() throws InterruptedException {
        node.close();
        for (Thread thread : threads()) {
            if (!before.contains(thread)) {
                thread.join(10_000);
                assertThat(thread.isAlive()).as(thread.getName()).isFalse();
            }
        }
    }

    private static Set<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("group-coordinator"))
                .collect(Collectors.toSet());
    }

    @Test
    void clientsAreAskedToWaitUntilTheMetadataAreKnown() {
        assertThat(failure(Member.fetch(node, "g", 0, false))).isEqualTo(Errors.COORDINATOR_LOAD_IN_PROGRESS);
        node.startWithoutMetadata();
        node.electAll();
        assertThat(failure(Member.fetch(node, "g", 0, false))).isEqualTo(Errors.COORDINATOR_LOAD_IN_PROGRESS);

        node.metadata().offsetsTopic(GroupNode.PARTITIONS);
        node.publish();
        node.awaitServed();
        assertThat(Member.committed(node, "g", 0)).isEqualTo(-1);
    }

    @Test
    void theTopicDecidesHowManyPartitionsThereAreNotTheSettings() {
        node.set("offsets.topic.num.partitions", 50).start();
        for (int i = 0; i < 100; i++) {
            assertThat(Member.committed(node, "group-" + i, 0)).isEqualTo(-1);
        }
    }

    @Test
    void aPartitionThatNobodyToldUsToLeadIsNotServed() {
        node.startWithoutMetadata();
        node.metadata().offsetsTopic(GroupNode.PARTITIONS);
        node.publish();
        assertThat(failure(Member.fetch(node, "g", 0, false))).isEqualTo(Errors.NOT_COORDINATOR);
    }

    @Test
    void afterTheEndRequestsAreRefused() {
        node.start();
        node.coordinator().close();
        assertThat(failure(Member.fetch(node, "g", 0, false))).isEqualTo(Errors.COORDINATOR_NOT_AVAILABLE);
    }

    /** Kafka's coordinator writes an error for each piece of news that it has not yet looked at when it is shut down. */
    @Test
    void anEndShortlyAfterNewMetadataIsNoError() throws Exception {
        String log = StandardError.of(() -> {
            for (int i = 0; i < 20; i++) {
                node.start();
                node.publish();
                node.stop();
            }
        });
        assertThat(log).doesNotContain(" ERROR ", " WARN ");
    }

    @Test
    void endsBeforeItHasBegunToServe() {
        node.startWithoutMetadata();
        node.coordinator().close();
        assertThat(failure(Member.fetch(node, "g", 0, false))).isEqualTo(Errors.COORDINATOR_NOT_AVAILABLE);
    }

    @Test
    void settingsThatCannotBeAreNamed() {
        node.set("group.consumer.assignors", "no.such.Assignor");
        assertThatThrownBy(node::startWithoutMetadata).hasMessageContaining("no.such.Assignor");
        assertThat(failure(Member.fetch(node, "g", 0, false))).isEqualTo(Errors.COORDINATOR_NOT_AVAILABLE);

        node.set("group.consumer.assignors", "uniform").set("group.coordinator.rebalance.protocols", "consumer");
        assertThatThrownBy(node::startWithoutMetadata)
                .hasCauseInstanceOf(ConfigException.class)
                .hasMessageContaining("classic");
    }

    @Test
    void aPartitionThatCannotBeReadIsNotServedButTheOthersAre() {
        node.start();
        node.metadata().topic(Member.TOPIC, 1);
        node.publish();
        String damaged = "a";
        String whole = "b";
        assertThat(GroupNode.partitionOf(damaged)).isNotEqualTo(GroupNode.partitionOf(whole));
        answer(Member.commit(node, damaged, "", -1, Member.TOPIC, 0, 5));
        answer(Member.commit(node, whole, "", -1, Member.TOPIC, 0, 6));
        node.partitions().damage(GroupNode.partitionOf(damaged));

        node.restart();

        assertThat(failure(Member.fetch(node, damaged, 0, false))).isEqualTo(Errors.NOT_COORDINATOR);
        assertThat(Member.committed(node, whole, 0)).isEqualTo(6);
    }

    @Test
    void thousandsOfCommitsAreOneStateAfterARestart() {
        node.start();
        node.metadata().topic(Member.TOPIC, 1);
        node.publish();
        var last = Member.commit(node, "g", "", -1, Member.TOPIC, 0, 0);
        for (long offset = 1; offset <= 5_000; offset++) {
            last = Member.commit(node, "g", "", -1, Member.TOPIC, 0, offset);
        }
        assertThat(Member.error(answer(last))).isEqualTo(Errors.NONE);

        node.restart();

        assertThat(Member.committed(node, "g", 0)).isEqualTo(5_000);
    }

    /** As after a crash, when what was written last is synced while the coordinator already reads it. */
    @Test
    void answersWhatIsCommittedWhileItIsBeingRead() {
        node.start();
        node.metadata().topic(Member.TOPIC, 1);
        node.publish();
        node.partitions().holdHighWatermark();
        var unanswered = Member.commit(node, "g", "", -1, Member.TOPIC, 0, 7);
        GroupNode.await(() -> node.partitions().extent(GroupNode.partitionOf("g")).stream()
                .anyMatch(extent -> extent.endOffset() > extent.highWatermark()));
        assertThat(unanswered).isNotDone();
        node.stop();
        node.partitions().advanceHighWatermarkBeforeAnybodyListens();

        node.start();

        assertThat(Member.committed(node, "g", 0)).isEqualTo(7);
    }
}

package dwal.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.log.AppendOutcome;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/** Appends and deletions that wait while their leader goes on in another epoch. */
class LeaderEpochChangeTest extends PartitionTestCase {
    private static final List<Integer> BOTH = List.of(NODE, 2);

    private final TestReplicas replicas = new TestReplicas();

    /** This node leads in epoch 5, and node 2 is in sync. */
    private Partition led() {
        Partition partition = partition(new Assignment(NODE, 5, 1, BOTH, BOTH), replicas);
        open(partition);
        return partition;
    }

    /** As with Apache Kafka, whose delayed produce requests know nothing of epochs. */
    @Test
    void appendsWaitOnWhenTheirLeaderGoesOnInAnotherEpoch() {
        Partition partition = led();
        append(partition, ALL, "a");
        partition.assign(new Assignment(NODE, 6, 2, BOTH, BOTH));
        append(partition, ALL, "b");
        assertThat(outcomes).isEmpty();

        partition.followerFetches(replicas.fetch(2, 1, 5));
        assertThat(outcomes).as("a fetch of the epoch before").isEmpty();
        partition.followerFetches(fetchIn(6, 1, 5));
        assertThat(outcomes).extracting(AppendOutcome::baseOffset).containsExactly(0L);
        partition.followerFetches(fetchIn(6, 2, 6));
        assertThat(outcomes).extracting(AppendOutcome::baseOffset).containsExactly(0L, 1L);
        assertThat(outcomes).extracting(AppendOutcome::error).containsOnly(Errors.NONE);
        world.pass(2_000);
        assertThat(outcomes).hasSize(2);
    }

    @Test
    void appendsThatWaitOnInAnotherEpochTimeOutWhenTheyWouldHave() {
        Partition partition = led();
        append(partition, ALL, "a");
        world.pass(600);
        partition.assign(new Assignment(NODE, 6, 2, BOTH, BOTH));
        world.pass(399);
        assertThat(outcomes).isEmpty();
        world.pass(2);
        assertThat(outcomes).extracting(AppendOutcome::error).containsExactly(Errors.REQUEST_TIMED_OUT);
    }

    @Test
    void appendsThatWaitFailWhenAnotherLeadsThoughItBeOnlyForAMoment() {
        Partition partition = led();
        append(partition, ALL, "a");
        partition.assign(new Assignment(NODE, 6, 2, BOTH, BOTH));
        partition.assign(new Assignment(2, 7, 3, BOTH, BOTH));
        partition.assign(new Assignment(NODE, 8, 4, BOTH, BOTH));
        assertThat(outcomes).extracting(AppendOutcome::error).containsExactly(Errors.NOT_LEADER_OR_FOLLOWER);
    }

    /** As with Apache Kafka; also one that was still being written down here when the epoch changed. */
    @Test
    void deletionsWaitOnWhenTheirLeaderGoesOnInAnotherEpoch() {
        Partition partition = led();
        append(partition, ALL, "a", "b");
        partition.followerFetches(replicas.fetch(2, 2, 5));
        outcomes.clear();
        partition.deleteRecordsBefore(1, 1_000, outcomes::add);
        world.work();
        partition.deleteRecordsBefore(2, 1_000, outcomes::add);
        partition.assign(new Assignment(NODE, 6, 2, BOTH, BOTH));
        world.work();
        assertThat(outcomes).as("node 2 has not followed").isEmpty();

        partition.followerFetches(fetchIn(6, 2, 5, 1));
        assertThat(outcomes).extracting(AppendOutcome::error).containsExactly(Errors.NONE);
        partition.assign(new Assignment(NODE, 7, 3, BOTH, List.of(NODE)));
        world.pass(1_000);
        assertThat(outcomes).extracting(AppendOutcome::error).containsExactly(Errors.NONE, Errors.REQUEST_TIMED_OUT);
    }

    @Test
    void deletionsWaitOnForTheHighWatermarkWhenTheirLeaderGoesOnInAnotherEpoch() {
        Partition partition = led();
        append(partition, ALL, "a");
        partition.assign(new Assignment(NODE, 6, 2, BOTH, BOTH));
        partition.deleteRecordsBefore(-1, 1_000, outcomes::add);
        append(partition, LEADER, "b");
        outcomes.clear();
        partition.assign(new Assignment(NODE, 7, 3, BOTH, BOTH));
        partition.followerFetches(fetchIn(7, 1, 5));
        world.work();
        assertThat(partition.log().logStartOffset())
                .as("not yet where epoch 7 began")
                .isZero();

        partition.followerFetches(fetchIn(7, 2, 6));
        world.work();
        assertThat(partition.log().logStartOffset()).isEqualTo(2);
        partition.followerFetches(fetchIn(7, 2, 6, 2));
        assertThat(outcomes).extracting(AppendOutcome::error).containsOnly(Errors.NONE);
    }

    private static ReplicaFetch fetchIn(int epoch, long offset, int lastEpoch, long logStart) {
        return new ReplicaFetch(2, 12, offset, epoch, lastEpoch, logStart, false, ReplicaFetch.Source.ENDED);
    }

    private static ReplicaFetch fetchIn(int epoch, long offset, int lastEpoch) {
        return new ReplicaFetch(2, 12, offset, epoch, lastEpoch, 0, false, ReplicaFetch.Source.ENDED);
    }
}

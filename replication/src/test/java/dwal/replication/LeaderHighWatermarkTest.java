package dwal.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.log.AppendOrigin;
import dwal.log.AppendOutcome;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/** The rules of docs/replication.md about how far a leader has its records committed, each alone. */
class LeaderHighWatermarkTest extends LeaderFixture {
    @Test
    void theHighWatermarkIsTheLeastThatTheInSyncReplicasHaveStored() {
        lead(2, List.of(1, 2, 3));
        append("a", "b", "c");

        fetch(2, 3);
        assertThat(log.highWatermark()).as("node 3 has nothing").isZero();
        fetch(3, 1);
        assertThat(log.highWatermark()).isEqualTo(1);
        fetch(3, 3);
        assertThat(log.highWatermark()).isEqualTo(3);
        assertThat(outcomes).extracting(AppendOutcome::error).containsExactly(Errors.NONE);
    }

    @Test
    void theHighWatermarkWaitsForReplicasOutOfSyncOnlyUntilTheyLag() {
        lead(1, List.of(1, 2));
        cluster.fenced.add(3);
        append("a");
        fetch(3, 1);
        append("b");
        fetch(2, 2);
        cluster.fenced.clear();
        append("c");
        fetch(2, 3);
        assertThat(log.highWatermark()).as("node 3 has kept up until now").isEqualTo(2);

        world.pass(LAG_MS + 1);

        assertThat(log.highWatermark()).isEqualTo(3);
    }

    @Test
    void aReplicaThatBeginsEmptyDoesNotHoldBackTheHighWatermark() {
        lead(1, List.of(1, 2));
        append("a");
        fetch(2, 1);
        append("b");

        // As in a reassignment: the new replica has all to fetch yet.
        fetch(3, 0);
        fetch(2, 2);

        assertThat(log.highWatermark()).isEqualTo(2);
        assertThat(outcomes).hasSize(2);
    }

    @Test
    void theHighWatermarkWaitsForAReplicaThatKeepsUpAndIsAboutToJoin() {
        lead(1, List.of(1, 2));
        append("a");
        cluster.fenced.add(3);
        fetch(3, 1); // has everything, but may not join yet
        fetch(2, 1);
        cluster.fenced.clear();

        append("b");
        fetch(2, 2);

        assertThat(log.highWatermark()).isEqualTo(1);
        fetch(3, 2);
        assertThat(log.highWatermark()).isEqualTo(2);
    }

    @Test
    void theHighWatermarkStandsStillWhileTooFewAreInSync() {
        lead(2, List.of(1));
        append((short) 1, 1_000, "a");

        assertThat(log.highWatermark()).isZero();
        fetch(2, 1);
        assertThat(log.highWatermark()).as("proposed is not committed").isZero();

        cluster.asked.remove().commit(2, List.of(1, 2));
        assertThat(log.highWatermark()).isEqualTo(1);
    }

    @Test
    void theHighWatermarkWaitsForOneWhoIsProposedToLeaveUntilThatIsCommitted() {
        lead(1, List.of(1, 2));
        append("a");
        world.pass(LAG_MS + 1);

        assertThat(cluster.asked)
                .singleElement()
                .satisfies(asked -> assertThat(asked.replicas()).containsExactly(1));
        assertThat(log.highWatermark()).isZero();
        cluster.asked.remove().commit(2, List.of(1));
        assertThat(log.highWatermark()).isEqualTo(1);
    }

    @Test
    void theHighWatermarkNeverGoesBack() {
        lead(1, List.of(1, 2));
        append("a", "b");
        fetch(2, 2);

        fetch(2, 1);

        assertThat(log.highWatermark()).isEqualTo(2);
    }

    @Test
    void theHighWatermarkIsKnownOnlyWhenItHasReachedWhereTheLeaderBegan() {
        log.append(TestReplicas.records("a"), AppendOrigin.CLIENT, EPOCH - 1);
        lead(1, List.of(1, 2));

        assertThat(leader.knowsHighWatermark()).isFalse();
        fetch(2, 1);
        assertThat(leader.knowsHighWatermark()).isTrue();
    }

    @Test
    void raisingMinInSyncReplicasStopsTheHighWatermarkAndLoweringItLetsItGoOn() {
        lead(1, List.of(1, 2));
        leader.setMinInSyncReplicas(3);
        append((short) 1, 1_000, "a");
        fetch(2, 1);
        assertThat(log.highWatermark()).isZero();

        leader.setMinInSyncReplicas(2);
        assertThat(log.highWatermark()).isEqualTo(1);
    }
}

package dwal.replication;

import static dwal.replication.TestReplicas.NODE;
import static org.assertj.core.api.Assertions.assertThat;

import dwal.log.AppendOrigin;
import dwal.log.AppendOutcome;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/** The rules of docs/replication.md about who joins the in-sync replicas and who leaves, each alone. */
class LeaderInSyncReplicasTest extends LeaderFixture {
    // ---- who joins

    @Test
    void aFollowerJoinsWhenItHasAllThatIsCommitted() {
        lead(1, List.of(1, 2));
        append("a", "b");
        fetch(2, 2);

        fetch(3, 1);
        assertThat(cluster.asked).as("below the high watermark").isEmpty();
        fetch(3, 2);

        TestReplicas.Asked asked = cluster.asked.remove();
        assertThat(asked.replicas()).containsExactly(1, 2, 3);
        assertThat(asked.epochs()).containsExactly(11L, 12L, 13L);
        assertThat(asked.wanted().leaderEpoch()).isEqualTo(EPOCH);
        assertThat(asked.wanted().partitionEpoch()).isEqualTo(1);
    }

    @Test
    void aFollowerDoesNotJoinBeforeItHasReachedWhereTheLeaderBegan() {
        log.append(TestReplicas.records("a", "b"), AppendOrigin.CLIENT, EPOCH - 1);
        lead(2, List.of(1));

        fetch(2, 1);
        assertThat(cluster.asked)
                .as("at the high watermark, which is 0, but not at 2")
                .isEmpty();
        fetch(2, 2);
        assertThat(cluster.asked).hasSize(1);
    }

    @Test
    void aFollowerThatIsFencedOrStoppingDoesNotJoinAndJoinsWhenItIsNotAnyMore() {
        lead(1, List.of(1, 2));
        cluster.fenced.add(3);
        fetch(3, 0);
        assertThat(cluster.asked).isEmpty();

        cluster.fenced.clear();
        strand.run(leader::brokersChanged);
        assertThat(cluster.asked).hasSize(1);
    }

    @Test
    void aFollowerOfWhichItsNodeSaysThatItFailedIsNotWaitedForAndDoesNotJoinBeforeItIsRepaired() {
        lead(1, List.of(1, 2, 3));
        append("a");
        fetch(2, 1);
        fetch(3, 1);
        append("b");
        fetch(2, 2);
        assertThat(log.highWatermark()).isEqualTo(1);

        var lost = new Assignment(NODE, EPOCH, 2, List.of(1, 2, 3), List.of(1, 2), List.of(), List.of(3));
        strand.run(() -> leader.update(lost));
        assertThat(log.highWatermark()).isEqualTo(2);
        assertThat(cluster.asked).isEmpty();

        var repaired = new Assignment(NODE, EPOCH, 3, List.of(1, 2, 3), List.of(1, 2));
        strand.run(() -> leader.update(repaired));
        fetch(3, 2);
        assertThat(cluster.asked).hasSize(1);
    }

    @Test
    void aFollowerOfAnEarlierRegistrationDoesNotJoin() {
        lead(1, List.of(1, 2));
        ReplicaFetch before = cluster.fetch(3, 0, EPOCH);
        cluster.epochs.put(3, 23L);

        strand.run(() -> leader.followerFetches(before));

        assertThat(cluster.asked).isEmpty();
    }

    @Test
    void aFollowerThatNamesNoEpochJoinsInWhateverEpochItIsRegistered() {
        lead(1, List.of(1, 2));
        var fetch = new ReplicaFetch(3, Brokers.NO_EPOCH, 0, -1, -1, -1, false, ReplicaFetch.Source.ENDED);

        strand.run(() -> leader.followerFetches(fetch));

        assertThat(cluster.asked.remove().epochs()).containsExactly(11L, -1L, -1L);
    }

    @Test
    void oneProposalAtATimeIsUnderWay() {
        lead(1, List.of(1));
        fetch(2, 0);
        fetch(3, 0);
        assertThat(cluster.asked).hasSize(1);

        cluster.asked.remove().commit(2, List.of(1, 2));

        assertThat(cluster.asked).hasSize(1);
        assertThat(cluster.asked.remove().replicas()).containsExactly(1, 2, 3);
    }

    @Test
    void aProposalThatTheControllerDidNotTryIsForgottenAndMadeAgainLater() {
        lead(1, List.of(1, 2));
        fetch(3, 0);

        cluster.asked.remove().refuse(Errors.INELIGIBLE_REPLICA);
        assertThat(cluster.asked).as("what the controller knows is on its way").isEmpty();

        world.pass(1_000);
        assertThat(cluster.asked).hasSize(1);
    }

    @Test
    void anAnswerThatIsOlderThanTheMetadataChangesNothing() {
        lead(2, List.of(1, 2));
        fetch(3, 0);
        TestReplicas.Asked asked = cluster.asked.remove();
        partitionEpoch = 7;
        update(List.of(1, 2, 3), List.of(1));

        asked.commit(2, List.of(1, 2, 3));

        append("a");
        assertThat(outcomes).extracting(AppendOutcome::error).containsExactly(Errors.NOT_ENOUGH_REPLICAS);
    }

    private void assertAskedFor(Integer... inSync) {
        assertThat(cluster.asked)
                .singleElement()
                .satisfies(asked -> assertThat(asked.replicas()).containsExactly(inSync));
    }

    // ---- who leaves

    @Test
    void aFollowerLeavesWhenItHasLackedSomethingForTooLong() {
        lead(1, List.of(1, 2));
        append("a");
        world.pass(LAG_MS);
        assertThat(cluster.asked).isEmpty();
        world.pass(1);
        assertAskedFor(1);
    }

    @Test
    void anIdleFollowerDoesNotLeave() {
        lead(1, List.of(1, 2));
        append("a");
        fetch(2, 1);

        world.pass(10 * LAG_MS);

        assertThat(cluster.asked).isEmpty();
    }

    @Test
    void theTimeOfALaggingFollowerBeginsWithTheAppendThatItLacks() {
        lead(1, List.of(1, 2));
        append("a");
        fetch(2, 1);
        world.pass(10 * LAG_MS);

        append("b");
        world.pass(LAG_MS);
        assertThat(cluster.asked).isEmpty();
        world.pass(1);
        assertThat(cluster.asked).hasSize(1);
    }

    @Test
    void aFollowerThatFetchesAllTheTimeAndIsNeverAtTheEndDoesNotLeave() {
        lead(1, List.of(1, 2));
        append("a");
        for (int i = 1; i <= 5; i++) {
            append("b"); // one behind each time, as under a steady load
            fetch(2, i);
            world.pass(LAG_MS / 2);
        }

        assertThat(cluster.asked).isEmpty();
    }

    @Test
    void aFollowerThatHasLostCommittedRecordsLeavesAtOnce() {
        lead(1, List.of(1, 2));
        append("a", "b");
        fetch(2, 2);

        fetch(2, 1);

        assertAskedFor(1);
    }

    @Test
    void aFollowerThatHasJoinedHasTheWholeTimeToGetTheRest() {
        lead(1, List.of(1, 2));
        append("a", "b", "c");
        fetch(2, 1);
        fetch(3, 2); // at the high watermark, and never at the end since this leader began
        cluster.asked.remove().commit(2, List.of(1, 2, 3));

        world.pass(LAG_MS);

        assertThat(cluster.asked).as("in sync for no longer than that").isEmpty();
    }

    @Test
    void noTimerRunsWhileNobodyLags() {
        lead(1, List.of(1, 2));
        append("a");
        int before = world.timers();
        fetch(2, 1);
        world.pass(LAG_MS + 1);

        assertThat(world.timers()).isEqualTo(before - 2);
    }
}

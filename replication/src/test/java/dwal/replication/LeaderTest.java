package dwal.replication;

import static dwal.replication.TestReplicas.ID;
import static dwal.replication.TestReplicas.NODE;
import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Disk;
import dwal.environment.Strand;
import dwal.log.AppendOrigin;
import dwal.log.AppendOutcome;
import dwal.log.LogStore;
import dwal.log.PartitionLog;
import dwal.log.StoreSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The rules of docs/replication.md about leaders, each alone. */
class LeaderTest {
    private static final short ALL = -1;
    private static final int EPOCH = 5;
    private static final long LAG_MS = 10_000;

    @TempDir
    private Path directory;

    private final ManualWorld world = new ManualWorld();
    private final TestReplicas cluster = new TestReplicas();
    private final List<AppendOutcome> outcomes = new ArrayList<>();
    private final Strand strand = new Strand(failure -> {
        throw new AssertionError("on the strand", failure);
    });
    private int partitionEpoch = 1;
    private LogStore logs;
    private PartitionLog log;
    private Leader leader;

    @BeforeEach
    void openStore() {
        logs = new LogStore(Disk.system(), directory, world, world, world, new Random(1), StoreSettings.defaults());
        log = logs.log(ID, TestReplicas.INTERVAL);
        world.work();
        assertThat(log.open()).isEqualTo(Errors.NONE);
    }

    @AfterEach
    void closeStore() {
        logs.close();
    }

    // ---- the high watermark

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
        leader.append(TestReplicas.records("a"), AppendOrigin.CLIENT, (short) 1, 1_000, outcomes::add);

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
        leader.append(TestReplicas.records("a"), AppendOrigin.CLIENT, (short) 1, 1_000, outcomes::add);
        fetch(2, 1);
        assertThat(log.highWatermark()).isZero();

        leader.setMinInSyncReplicas(2);
        assertThat(log.highWatermark()).isEqualTo(1);
    }

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

    // ---- who leaves

    @Test
    void aFollowerLeavesWhenItHasLackedSomethingForTooLong() {
        lead(1, List.of(1, 2));
        append("a");
        world.pass(LAG_MS);
        assertThat(cluster.asked).isEmpty();
        world.pass(1);
        assertThat(cluster.asked)
                .singleElement()
                .satisfies(asked -> assertThat(asked.replicas()).containsExactly(1));
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

        assertThat(cluster.asked)
                .singleElement()
                .satisfies(asked -> assertThat(asked.replicas()).containsExactly(1));
    }

    @Test
    void aRequestThatOpensASessionWhileAnotherGoesOnPutsNoFollowerOut() {
        lead(1, List.of(1, 2));
        append("a", "b");
        var session = new Session();
        fetch(2, 2, true, session);
        world.pass(10 * LAG_MS); // idle

        var late = new Session();
        fetch(2, 1, true, late);
        world.pass(1_000);

        assertThat(cluster.asked).isEmpty();
        assertThat(leader.followersThatHave(2)).as("until it says so again").isEmpty();
        assertThat(session.repeats).isEqualTo(1);
        fetch(2, 2, false, session);
        assertThat(leader.followersThatHave(2)).hasSize(1);
        world.pass(10 * LAG_MS);
        assertThat(cluster.asked).isEmpty();
    }

    @Test
    void aFollowerThatGoesOnInANewSessionBelowWhatIsCommittedLeaves() {
        lead(1, List.of(1, 2));
        append("a", "b");
        fetch(2, 2, true, new Session());

        var session = new Session();
        fetch(2, 1, true, session);
        assertThat(cluster.asked).isEmpty();
        assertThat(session.repeats).isEqualTo(1);
        fetch(2, 1, false, session);

        assertThat(cluster.asked)
                .singleElement()
                .satisfies(asked -> assertThat(asked.replicas()).containsExactly(1));
    }

    @Test
    void aFollowerWhoseLastSessionHasEndedLeavesAtOnceIfItOpensOneBelowWhatIsCommitted() {
        lead(1, List.of(1, 2));
        append("a", "b");
        var session = new Session();
        fetch(2, 2, true, session);

        session.ended = true;
        fetch(2, 1, true, new Session());

        assertThat(cluster.asked).hasSize(1);
    }

    @Test
    void whatARequestThatOpensASessionSaysIsStoredCountsWithTheNextIfAnotherSessionGoesOn() {
        lead(1, List.of(1, 2));
        fetch(2, 0, true, new Session());
        append("a");

        var session = new Session();
        fetch(2, 1, true, session);
        assertThat(log.highWatermark())
                .as("it may be late, and the follower may have lost that since")
                .isZero();
        fetch(2, 1, false, session);

        assertThat(log.highWatermark()).isEqualTo(1);
    }

    @Test
    void aSessionInWhichNothingIsHeardForSecondsDoesNotKeepANewOneInDoubt() {
        lead(1, List.of(1, 2));
        fetch(2, 0, true, new Session());
        append("a");

        fetch(2, 1, true, new Session());
        world.pass(2_000);
        fetch(2, 1, true, new Session()); // as from one for which there is no room to keep a session

        assertThat(log.highWatermark()).isEqualTo(1);
    }

    @Test
    void aNewRunOfAFollowerIsBelievedAtOnceAndAnEarlierOneNoMore() {
        lead(1, List.of(1, 2));
        ReplicaFetch before = cluster.fetch(2, 2, EPOCH, true, new Session());
        append("a", "b");
        strand.run(() -> leader.followerFetches(before));

        cluster.epochs.put(2, 22L);
        fetch(2, 1, true, new Session());
        assertThat(cluster.asked).hasSize(1);
        cluster.asked.remove().commit(2, List.of(1));
        strand.run(() -> leader.followerFetches(before));

        assertThat(cluster.asked)
                .as("node 2 does not join by what its last run had")
                .isEmpty();
    }

    private static final class Session implements ReplicaFetch.Source {
        private boolean ended;
        private int repeats;

        @Override
        public boolean hasEnded() {
            return ended;
        }

        @Override
        public void repeat() {
            repeats++;
        }
    }

    private void fetch(int replica, long offset, boolean opening, ReplicaFetch.Source session) {
        strand.run(() -> leader.followerFetches(cluster.fetch(replica, offset, EPOCH, opening, session)));
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

    @Test
    void consumersMayReadFromTheFollowersInSyncThatHaveWhatTheyWant() {
        lead(1, List.of(1, 2));
        append("a", "b", "c");
        fetch(2, 2);

        assertThat(leader.followersThatHave(2))
                .extracting(ReadableReplica::brokerId)
                .containsExactly(2);
        assertThat(leader.followersThatHave(3)).isEmpty();
    }

    // ---- deletions

    @Test
    void aDeletionIsAnsweredWhenAllLiveFollowersHaveFollowed() {
        lead(1, List.of(1, 2, 3));
        append("a", "b");
        fetch(2, 2);
        fetch(3, 2);
        outcomes.clear();

        strand.run(() -> leader.deleteRecordsBefore(1, 1_000, outcomes::add));
        world.work();
        assertThat(log.logStartOffset()).isEqualTo(1);
        fetchWithStart(2, 1);
        assertThat(outcomes).as("node 3 has not followed").isEmpty();
        fetchWithStart(3, 1);

        assertThat(outcomes).singleElement().satisfies(outcome -> {
            assertThat(outcome.error()).isEqualTo(Errors.NONE);
            assertThat(outcome.logStartOffset()).isEqualTo(1);
        });
    }

    @Test
    void aDeletionDoesNotWaitForFollowersThatAreDead() {
        lead(1, List.of(1, 2, 3));
        append("a", "b");
        fetch(2, 2);
        fetch(3, 2);
        outcomes.clear();
        strand.run(() -> leader.deleteRecordsBefore(1, 1_000, outcomes::add));
        world.work();
        fetchWithStart(2, 1);

        cluster.fenced.add(3);
        strand.run(leader::brokersChanged);

        assertThat(outcomes).extracting(AppendOutcome::error).containsExactly(Errors.NONE);
    }

    @Test
    void aDeletionThatFollowersDoNotFollowInTimeIsAnsweredWithATimeOut() {
        lead(1, List.of(1, 2));
        append("a");
        fetch(2, 1);
        outcomes.clear();
        strand.run(() -> leader.deleteRecordsBefore(1, 1_000, outcomes::add));
        world.work();

        world.pass(1_000);

        assertThat(outcomes).extracting(AppendOutcome::error).containsExactly(Errors.REQUEST_TIMED_OUT);
    }

    private void fetchWithStart(int replica, long start) {
        long end = log.logEndOffset();
        var fetch = new ReplicaFetch(
                replica, cluster.epochOf(replica), end, EPOCH, EPOCH, start, false, ReplicaFetch.Source.ENDED);
        strand.run(() -> leader.followerFetches(fetch));
    }

    // ---- damage

    @Test
    void aLeaderWhoseFollowerDoesNotGetOnLooksAtItsLogAndResignsIfAnotherCanLead() throws IOException {
        lead(1, List.of(1, 3));
        append("a");
        append("b");
        fetch(3, 2);
        damageOffset(1);

        for (int i = 0; i < 4; i++) {
            fetch(2, 1);
            world.work();
            assertThat(log.status()).as("time " + i).isEqualTo(Errors.NONE);
        }
        fetch(2, 1);
        world.work();

        assertThat(log.isDamaged()).isTrue();
    }

    @Test
    void theOnlyCopyLeadsOnThoughItBeDamaged() throws IOException {
        lead(1, List.of(1, 3));
        append("a");
        append("b");
        fetch(3, 2);
        damageOffset(1);
        cluster.fenced.add(3);

        for (int i = 0; i < 20; i++) {
            fetch(2, 1);
            world.work();
        }

        assertThat(log.status()).isEqualTo(Errors.NONE);
        cluster.fenced.clear();
        for (int i = 0; i < 16; i++) {
            fetch(2, 1);
            world.work();
        }
        assertThat(log.isDamaged()).as("node 3 can lead again").isTrue();
    }

    @Test
    void aFollowerThatDoesNotGetOnForReasonsOfItsOwnCostsNobodyTheLeadership() {
        lead(1, List.of(1, 3));
        append("a");
        append("b");
        fetch(3, 2);
        for (int i = 0; i < 20; i++) {
            fetch(2, 1);
            world.work();
        }
        assertThat(log.status()).isEqualTo(Errors.NONE);
    }

    /** In its record, where no reader looks. */
    private void damageOffset(int offset) throws IOException {
        Path segment = directory.resolve("topic-0").resolve("00000000000000000000.log");
        long batch = log.sizeBytes() / log.logEndOffset();
        try (var file = Disk.system().open(segment)) {
            file.write(ByteBuffer.allocate(1), batch * (offset + 1) - 2);
        }
    }

    // ---- appends

    @Test
    void acksAllIsRefusedBeforeAnythingIsWrittenWhenTooFewAreInSync() {
        lead(2, List.of(1));

        append("a");

        assertThat(outcomes).extracting(AppendOutcome::error).containsExactly(Errors.NOT_ENOUGH_REPLICAS);
        assertThat(log.logEndOffset()).isZero();
    }

    @Test
    void thoseWhoWaitAreAnsweredWhenTheLeadershipEnds() {
        lead(1, List.of(1, 2));
        append("a");

        leader.resign(Errors.NOT_LEADER_OR_FOLLOWER, "moved");
        fetch(2, 1);

        assertThat(outcomes).extracting(AppendOutcome::error).containsExactly(Errors.NOT_LEADER_OR_FOLLOWER);
        assertThat(log.highWatermark()).as("a deposed leader decides nothing").isZero();
    }

    @Test
    void anAppendWithLittleTimeIsAnsweredInItsTimeBehindOneWithMuch() {
        lead(1, List.of(1, 2));
        strand.run(() -> leader.append(TestReplicas.records("a"), AppendOrigin.CLIENT, ALL, 9_000, outcomes::add));
        strand.run(() -> leader.append(TestReplicas.records("b"), AppendOrigin.CLIENT, ALL, 100, outcomes::add));

        world.pass(101);

        assertThat(outcomes).extracting(AppendOutcome::error).containsExactly(Errors.REQUEST_TIMED_OUT);
    }

    @Test
    void aReplicaThatIsRemovedHoldsBackNobody() {
        lead(1, List.of(1, 2, 3));
        append("a");
        fetch(2, 1);
        assertThat(log.highWatermark()).isZero();

        partitionEpoch++;
        update(List.of(1, 2), List.of(1, 2));

        assertThat(log.highWatermark()).isEqualTo(1);
    }

    private void lead(int minInSync, List<Integer> inSync) {
        var around = new Partition.Surroundings(NODE, world, world, world, cluster.replication(world, LAG_MS));
        var post = new Leader.Post(ID, around, strand::run, () -> {}, () -> {});
        leader = new Leader(new Assignment(NODE, EPOCH, 1, List.of(1, 2, 3), inSync), log, minInSync, post);
        log.beginEpoch(EPOCH);
        strand.run(leader::begin);
    }

    private void update(List<Integer> replicas, List<Integer> inSync) {
        strand.run(() -> leader.update(new Assignment(NODE, EPOCH, partitionEpoch, replicas, inSync)));
    }

    private void append(String... values) {
        strand.run(() -> leader.append(TestReplicas.records(values), AppendOrigin.CLIENT, ALL, 100_000, outcomes::add));
    }

    private void fetch(int replica, long offset) {
        strand.run(() -> leader.followerFetches(cluster.fetch(replica, offset, EPOCH)));
    }
}

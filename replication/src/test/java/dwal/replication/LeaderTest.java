package dwal.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Disk;
import dwal.log.AppendOutcome;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/** The rules of docs/replication.md about appends, deletions, readers and damage of a leader, each alone. */
class LeaderTest extends LeaderFixture {
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
        append(ALL, 9_000, "a");
        append(ALL, 100, "b");

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

    // ---- readers

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
}

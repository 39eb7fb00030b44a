package dwal.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The rules of docs/replication.md about what a leader believes of requests that may be late, each alone. */
class LeaderSessionsTest extends LeaderFixture {
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
}

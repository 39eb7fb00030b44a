package dwal.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FollowersTest {
    private static final int LEADER = 1;

    private final ExpectedFollowers expected = new ExpectedFollowers(new ManualWorld());
    private final Followers followers = new Followers(LEADER, expected);

    @BeforeEach
    void twoFollow() {
        follow(List.of(LEADER, 2, 3), List.of(LEADER, 2));
    }

    @Test
    void theLeaderIsNotAmongThem() {
        assertThat(followers).extracting(RemoteReplica::id).containsExactlyInAnyOrder(2, 3);
        assertThat(followers.get(LEADER)).isNull();
    }

    @Test
    void aFirstFetchIsExpectedOfEachUntilItComes() {
        assertThat(expected.isExpected(LEADER)).isFalse();
        assertThat(expected.isExpected(2)).isTrue();
        RemoteReplica second = replica(2);
        followers.expectNoMore(second);
        fetches(2, 0, 0);
        assertThat(expected.isExpected(2)).isFalse();
        assertThat(expected.isExpected(3)).isTrue();
    }

    @Test
    void nothingIsExpectedOfAReplicaThatIsTakenAway() {
        follow(List.of(LEADER, 2), List.of(LEADER, 2));
        assertThat(followers.get(3)).isNull();
        assertThat(expected.isExpected(3)).isFalse();
        assertThat(expected.isExpected(2)).isTrue();
    }

    @Test
    void nothingIsExpectedOfAnybodyWhenTheNodeLeadsNoMore() {
        followers.resign();
        assertThat(expected.isExpected(2)).isFalse();
        assertThat(expected.isExpected(3)).isFalse();
    }

    /** Both partitions are counted: what one expects the other does not take back. */
    @Test
    void anotherPartitionGoesOnExpectingTheSameFollower() {
        var other = new Followers(LEADER, expected);
        other.follow(assignment(List.of(LEADER, 2), List.of(LEADER)), 0);
        followers.resign();
        assertThat(expected.isExpected(2)).isTrue();
    }

    @Test
    void whatIsKnownOfAReplicaStaysWhenOthersComeAndGo() {
        fetches(2, 7, 10);
        RemoteReplica second = replica(2);
        follow(List.of(2, LEADER, 4), List.of(LEADER));
        assertThat(replica(2)).isSameAs(second);
        assertThat(replica(2).endOffset()).isEqualTo(7);
        assertThat(followers).extracting(RemoteReplica::id).containsExactlyInAnyOrder(2, 4);
    }

    @Test
    void oneThatHasNotFetchedLacksAllThatTheLogHas() {
        fetches(2, 7, 10);
        assertThat(followers.lags(4, 10)).isEqualTo(Map.of(2, 3L, 3, 6L));
    }

    @Test
    void oneThatIsAheadOfAnEndSeenEarlierLacksNothing() {
        fetches(2, 12, 12);
        assertThat(followers.lags(0, 10)).containsEntry(2, 0L);
    }

    @Test
    void aConsumerMayReadWhereItsOffsetIsStored() {
        fetches(2, 7, 10);
        fetches(3, 10, 10);
        assertThat(ids(followers.thatHave(7, List.of(2, 3), 10, 0))).containsExactlyInAnyOrder(2, 3);
        assertThat(ids(followers.thatHave(8, List.of(2, 3), 10, 0))).containsExactly(3);
        assertThat(ids(followers.thatHave(7, List.of(3), 10, 0))).containsExactly(3);
    }

    @Test
    void aConsumerMayNotReadBeforeTheStartOfAReplicasLog() {
        replica(2).fetches(fetch(2, 7, 5), 10, 0);
        assertThat(followers.thatHave(4, List.of(2), 10, 0)).isEmpty();
        assertThat(ids(followers.thatHave(5, List.of(2), 10, 0))).containsExactly(2);
    }

    @Test
    void eachIsProposedWithTheEpochThatItFetchesWithAndTheLeaderWithNone() {
        fetches(2, 7, 10);
        assertThat(followers.members(List.of(LEADER, 2, 3)))
                .containsExactly(
                        new IsrProposals.Member(LEADER, Brokers.NO_EPOCH),
                        new IsrProposals.Member(2, 12),
                        new IsrProposals.Member(3, Brokers.NO_EPOCH));
    }

    private RemoteReplica replica(int id) {
        RemoteReplica replica = followers.get(id);
        assertThat(replica).as("replica " + id).isNotNull();
        return replica;
    }

    private void follow(List<Integer> replicas, List<Integer> inSync) {
        followers.follow(assignment(replicas, inSync), 0);
    }

    private static Assignment assignment(List<Integer> replicas, List<Integer> inSync) {
        return new Assignment(LEADER, 0, 0, replicas, inSync);
    }

    private void fetches(int id, long offset, long leaderEnd) {
        replica(id).fetches(fetch(id, offset, 0), leaderEnd, 0);
    }

    private static ReplicaFetch fetch(int id, long offset, long logStart) {
        return new ReplicaFetch(id, 10 + id, offset, 0, -1, logStart, false, ReplicaFetch.Source.ENDED);
    }

    private static List<Integer> ids(List<ReadableReplica> replicas) {
        return replicas.stream().map(ReadableReplica::brokerId).toList();
    }
}

package dwal.replication;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The other replicas of a partition that this node leads, and what it knows of each by its fetches in this leader epoch. Changed on
 * the partition's strand; any thread may look.
 */
final class Followers implements Iterable<RemoteReplica> {
    private final int leader;
    /** Of all partitions that this node leads. */
    private final ExpectedFollowers expected;

    private final Map<Integer, RemoteReplica> byId = new ConcurrentHashMap<>();

    /** None yet of the node {@code leader}. */
    Followers(int leader, ExpectedFollowers expected) {
        this.leader = leader;
        this.expected = expected;
    }

    /** Takes in the replicas that are new in {@code assignment}, and forgets those that it has no more. */
    void follow(Assignment assignment, long nowNanos) {
        List<Integer> replicas = assignment.replicas();
        byId.values().stream()
                .filter(follower -> !replicas.contains(follower.id()))
                .forEach(this::expectNoMore);
        byId.keySet().retainAll(replicas);
        for (int id : replicas) {
            if (id != leader) {
                byId.computeIfAbsent(id, follower -> {
                    expected.expect(follower);
                    return new RemoteReplica(follower, assignment.inSync().contains(follower), nowNanos);
                });
            }
        }
    }

    /** Its first fetch is here, or will not come: nobody waits for it. */
    void expectNoMore(RemoteReplica follower) {
        if (follower.endOffset() == RemoteReplica.UNKNOWN_OFFSET) {
            expected.expectNoMore(follower.id());
        }
    }

    /** This node leads no more. */
    void resign() {
        byId.values().forEach(this::expectNoMore);
    }

    boolean isEmpty() {
        return byId.isEmpty();
    }

    @Nullable
    RemoteReplica get(int id) {
        return byId.get(id);
    }

    @Override
    public Iterator<RemoteReplica> iterator() {
        return byId.values().iterator();
    }

    /** How many records of a log from {@code start} to {@code end} each lacks; all of them where it has not fetched yet. */
    Map<Integer, Long> lags(long start, long end) {
        return byId.values().stream()
                .collect(Collectors.toMap(
                        RemoteReplica::id, one -> Math.max(0, end - Math.max(start, one.endOffset()))));
    }

    /** Those among {@code ids} that have {@code offset} of a log that ends at {@code end}. */
    List<ReadableReplica> thatHave(long offset, List<Integer> ids, long end, long nowNanos) {
        return byId.values().stream()
                .filter(one -> ids.contains(one.id()))
                .filter(one -> one.logStartOffset() <= offset && one.endOffset() >= offset)
                .map(one -> new ReadableReplica(one.id(), one.endOffset(), one.lagNanos(end, nowNanos)))
                .toList();
    }

    /** In-sync replicas as they are proposed: each with the broker epoch that it fetches with, this node's own without. */
    List<IsrProposals.Member> members(List<Integer> ids) {
        List<IsrProposals.Member> members = new ArrayList<>();
        for (int id : ids) {
            RemoteReplica follower = byId.get(id);
            members.add(new IsrProposals.Member(id, follower == null ? Brokers.NO_EPOCH : follower.brokerEpoch()));
        }
        return members;
    }
}

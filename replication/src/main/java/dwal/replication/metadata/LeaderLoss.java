package dwal.replication.metadata;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import org.apache.kafka.common.Node;
import org.apache.kafka.raft.LeaderAndEpoch;
import org.apache.kafka.server.util.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has this voter look for a new leader as soon as it is certain that the leader's process is gone: its connection has broken,
 * and its host refuses a new one. Without that a voter waits for {@code controller.quorum.fetch.timeout.ms}, two seconds.
 *
 * <p>Safety does not depend on it: it does what an EndQuorumEpoch request of the leader would do, and voters which still hear
 * from the leader refuse to elect another (KIP-996). Voters take their turns a little apart, so that they do not all vote for
 * themselves. Any thread.
 */
final class LeaderLoss {
    private static final Logger LOG = LoggerFactory.getLogger(LeaderLoss.class);

    /** Longer than it takes to win an election: some round trips, and two votes written to disk. */
    private static final long TURN_MS = 100;

    private final int nodeId;
    private final Supplier<LeaderAndEpoch> leader;
    private final ActiveController.Quorum quorum;
    private final Supplier<Set<Integer>> controllers;
    private final IntConsumer endEpoch;
    private final Probe probe;
    private final Scheduler scheduler;
    private final AtomicBoolean underWay = new AtomicBoolean();

    /**
     * @param controllers the controllers that the metadata know of
     * @param endEpoch does what a leader's EndQuorumEpoch of this epoch does
     */
    LeaderLoss(
            int nodeId,
            Supplier<LeaderAndEpoch> leader,
            ActiveController.Quorum quorum,
            Supplier<Set<Integer>> controllers,
            IntConsumer endEpoch,
            Probe probe,
            Scheduler scheduler) {
        this.nodeId = nodeId;
        this.leader = leader;
        this.quorum = quorum;
        this.controllers = controllers;
        this.endEpoch = endEpoch;
        this.probe = probe;
        this.scheduler = scheduler;
    }

    /** A request to {@code node} was not answered. */
    void onSilence(Node node) {
        LeaderAndEpoch now = leader.get();
        OptionalInt id = now.leaderId();
        if (id.isEmpty() || id.getAsInt() == nodeId) {
            return;
        }
        Optional<Node> address = quorum.address(id.getAsInt());
        if (address.isEmpty()
                || !address.get().host().equals(node.host())
                || address.get().port() != node.port()
                || !underWay.compareAndSet(false, true)) {
            return;
        }
        var unused = probe.refuses(node.host(), node.port()).thenAccept(gone -> {
            if (gone) {
                var unusedTurn = scheduler.scheduleOnce("leader loss", () -> act(now), TURN_MS * turn(id.getAsInt()));
            } else {
                underWay.set(false);
            }
        });
    }

    private void act(LeaderAndEpoch lost) {
        underWay.set(false);
        if (leader.get().equals(lost)) {
            LOG.debug("The process of leader {} is gone, node {} looks for another", lost, nodeId);
            endEpoch.accept(lost.epoch());
        }
    }

    /** This voter's place among those that are left. */
    private int turn(int lost) {
        var left = new TreeSet<Integer>(controllers.get());
        left.add(nodeId);
        left.removeIf(id -> id == lost || (id != nodeId && quorum.address(id).isEmpty()));
        return left.headSet(nodeId).size();
    }
}

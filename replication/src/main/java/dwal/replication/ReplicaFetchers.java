package dwal.replication;

import dwal.environment.Timer;
import dwal.protocol.Peers;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.TopicPartition;

/**
 * The fetchers of a node: {@code num.replica.fetchers} to each leader, each with a line of its own; a partition stays with
 * the same one of them, unless their number changes. Any thread.
 */
public final class ReplicaFetchers {
    private record Line(int leaderId, int number) {}

    private record Followed(ReplicaFetcher fetcher, int leaderId, int leaderEpoch) {}

    private final Map<Line, ReplicaFetcher> fetchers = new ConcurrentHashMap<>();
    private final Map<Replicated, Followed> followed = new ConcurrentHashMap<>();
    private volatile int lines;
    private final int nodeId;
    private final Timer timer;
    private final PartitionController controller;
    private final Peers peers;
    private final ReplicationSettings settings;

    ReplicaFetchers(
            int nodeId, Timer timer, PartitionController controller, Peers peers, ReplicationSettings settings) {
        this.nodeId = nodeId;
        this.timer = timer;
        this.controller = controller;
        this.peers = peers;
        this.settings = settings;
        this.lines = settings.fetchers();
    }

    /** Fetches for {@code partition} from {@code leaderId} in {@code leaderEpoch}, until {@link #unfollow}. */
    void follow(Replicated partition, int leaderId, int leaderEpoch) {
        var now = new Followed(fetcher(partition, leaderId), leaderId, leaderEpoch);
        followed.put(partition, now);
        now.fetcher.add(partition, leaderEpoch);
        move(partition, now); // their number may have changed meanwhile
    }

    /** Ends what {@link #follow} began. */
    void unfollow(Replicated partition) {
        Followed last = followed.remove(partition);
        if (last != null) {
            last.fetcher.remove(partition, last.leaderEpoch);
        }
    }

    /** Uses {@code number} fetchers to each leader from now on. */
    public void resize(int number) {
        lines = number;
        followed.forEach(this::move);
    }

    private void move(Replicated partition, Followed from) {
        var to = new Followed(fetcher(partition, from.leaderId), from.leaderId, from.leaderEpoch);
        if (to.fetcher != from.fetcher && followed.replace(partition, from, to)) {
            from.fetcher.remove(partition, from.leaderEpoch);
            // If it is not to be followed any more by now, it says so when it is asked for its position.
            to.fetcher.add(partition, to.leaderEpoch);
        }
    }

    private ReplicaFetcher fetcher(Replicated partition, int leaderId) {
        TopicPartition id = partition.id().topicPartition();
        var line = new Line(leaderId, Math.floorMod(31 * id.topic().hashCode() + id.partition(), lines));
        return fetchers.computeIfAbsent(
                line, fresh -> new ReplicaFetcher(nodeId, leaderId, controller, peers.to(leaderId), timer, settings));
    }

    /** Cuts all lines; for the end of the node. */
    public void close() {
        fetchers.values().forEach(ReplicaFetcher::close);
    }
}

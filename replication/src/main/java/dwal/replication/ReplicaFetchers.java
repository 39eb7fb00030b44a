package dwal.replication;

import dwal.environment.Timer;
import dwal.protocol.Peers;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.TopicPartition;

/**
 * The fetchers of a node: {@code num.replica.fetchers} to each leader, each with a line of its own; a partition stays with
 * the same one of them. Any thread.
 */
public final class ReplicaFetchers {
    private record Line(int leaderId, int number) {}

    private final Map<Line, ReplicaFetcher> fetchers = new ConcurrentHashMap<>();
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
    }

    /** Fetches for {@code partition} from {@code leaderId} in {@code leaderEpoch}, until {@link #unfollow}. */
    void follow(Replicated partition, int leaderId, int leaderEpoch) {
        fetcher(partition, leaderId).add(partition, leaderEpoch);
    }

    /** Ends what {@link #follow} began with the same arguments. */
    void unfollow(Replicated partition, int leaderId, int leaderEpoch) {
        fetcher(partition, leaderId).remove(partition, leaderEpoch);
    }

    private ReplicaFetcher fetcher(Replicated partition, int leaderId) {
        TopicPartition id = partition.id().topicPartition();
        var line = new Line(leaderId, Math.floorMod(31 * id.topic().hashCode() + id.partition(), settings.fetchers()));
        return fetchers.computeIfAbsent(
                line, fresh -> new ReplicaFetcher(nodeId, leaderId, controller, peers.to(leaderId), timer, settings));
    }

    /** Cuts all lines; for the end of the node. */
    public void close() {
        fetchers.values().forEach(ReplicaFetcher::close);
    }
}

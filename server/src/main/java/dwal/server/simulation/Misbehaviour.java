package dwal.server.simulation;

import dwal.log.PartitionLog;
import dwal.replication.ImageBrokers;
import dwal.replication.Partition;
import dwal.replication.ReplicaFetch;
import java.util.Arrays;

/** What one run of a node does wrong on purpose, see {@link Bug}, where that is done between two steps. */
final class Misbehaviour {
    private final int id;
    private final SimulatedCluster cluster;
    private final ImageBrokers brokers;
    private final int[] epochsSeen;

    Misbehaviour(int id, SimulatedCluster cluster, ImageBrokers brokers) {
        this.id = id;
        this.cluster = cluster;
        this.brokers = brokers;
        this.epochsSeen = new int[cluster.options().partitions()];
        Arrays.fill(epochsSeen, -1);
    }

    /** Misbehaves with the partition {@code index}, which is open. */
    void with(Partition partition, int index) {
        PartitionLog log = partition.log();
        int epoch = partition.leaderEpoch();
        boolean leads = epoch >= 0;
        if (leads
                && (cluster.has(Bug.HIGH_WATERMARK_FROM_LEADER_ALONE)
                        || cluster.has(Bug.ISR_GROWN_TOO_EARLY)
                        || commitsAloneFor(log))) {
            lieAboutFollowers(partition, index, epoch);
        }
        int seen = cluster.epochOf(index);
        if (epochsSeen[index] != seen) {
            if (!leads && cluster.has(Bug.TRUNCATE_TO_HIGH_WATERMARK)) {
                log.truncateTo(log.highWatermark());
            }
            if (leads && cluster.has(Bug.DUPLICATE_CHECK_LOST)) {
                partition.maintain();
            }
            epochsSeen[index] = seen;
        }
    }

    private boolean commitsAloneFor(PartitionLog log) {
        return cluster.has(Bug.DAMAGED_LEADER_COMMITS_ALONE)
                && (log.isDamaged() || cluster.node(id).isUnawareOfDamage());
    }

    private void lieAboutFollowers(Partition partition, int index, int epoch) {
        PartitionLog log = partition.log();
        for (int other = 1; other <= cluster.options().nodes(); other++) {
            boolean lie = (cluster.has(Bug.HIGH_WATERMARK_FROM_LEADER_ALONE) || commitsAloneFor(log))
                    ? log.highWatermark() < log.logEndOffset()
                    : !cluster.isInSync(index, other);
            if (other != id && lie) {
                partition.followerFetches(new ReplicaFetch(
                        other,
                        brokers.epochOf(other),
                        log.logEndOffset(),
                        epoch,
                        -1,
                        log.logStartOffset(),
                        false,
                        ReplicaFetch.Source.ENDED));
            }
        }
    }
}

package dwal.server.simulation;

import dwal.environment.simulated.FaultyDisk;
import dwal.log.LogSettings;
import dwal.log.LogSettings.SyncPolicy;
import dwal.log.LogStore;
import dwal.log.RecordValidation;
import dwal.log.SimulatedIndex;
import dwal.log.StoreSettings;
import dwal.replication.ImageBrokers;
import dwal.replication.Partition;
import dwal.replication.PartitionSettings;
import dwal.replication.Partitions;
import dwal.replication.Replication;
import java.util.Random;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * One run of a simulated node's process: the real logs, partitions, fetchers and handlers over a simulated disk, network,
 * time and controller.
 */
final class NodeRun {
    /** {@code dwal.disk.reserve} of a simulated node. */
    static final long RESERVE_BYTES = 10_000;

    private static final long CHECKPOINT_MS = 500;

    private final int id;
    private final SimulatedCluster cluster;
    private final NodeLife life;
    private final ImageBrokers brokers = new ImageBrokers();
    private final LogStore logs;
    private final Partitions partitions;
    private final NodeMembership membership;
    private final PeerRequests requests;
    private final @Nullable Misbehaviour misbehaviour;
    /** Looked up once: rules ask for them after each step. */
    private final @Nullable Partition[] known;

    NodeRun(
            int id,
            SimulatedCluster cluster,
            FaultyDisk disk,
            @Nullable SimulatedIndex index,
            long cleanEpoch,
            Random random) {
        this.id = id;
        this.cluster = cluster;
        this.life = new NodeLife(cluster.time());
        Simulation.Options options = cluster.options();
        this.known = new @Nullable Partition[options.partitions()];
        disk.setFailuresHidden(cluster.has(Bug.FAILED_SYNC_IGNORED), cluster.has(Bug.WRITES_TO_FULL_DISK_ACKNOWLEDGED));
        disk.setZerosBeginTooEarly(cluster.has(Bug.ZEROS_OVER_RECORDS));
        var storeSettings = new StoreSettings(
                RESERVE_BYTES,
                100,
                cluster.has(Bug.DUPLICATE_CHECK_LOST) ? 0 : Long.MAX_VALUE / 2,
                RecordValidation.FULL,
                options.aheadOfEnd());
        var jitter = new SplittableRandom(id);
        logs = index == null
                ? LogStore.withoutIndex(disk, SimulatedNode.DATA, life, life, life::onDisk, jitter, storeSettings)
                : LogStore.withIndex(
                        disk,
                        SimulatedNode.DATA,
                        life,
                        life,
                        life::onDisk,
                        jitter,
                        storeSettings,
                        index,
                        CHECKPOINT_MS);
        var peers = new SimulatedPeers(id, this, cluster);
        var directories = new ReplicaDirectories(this, cluster);
        var controller = new ControllerLine(this, cluster, directories);
        var whole = Replication.of(id, life, life, brokers, controller, peers, options.replication());
        var replication = cluster.has(Bug.ROLE_BEFORE_REGISTRATION)
                ? new Replication(
                        whole.brokers(),
                        whole.proposals(),
                        whole.fetchers(),
                        whole.lagTimeMaxMs(),
                        i -> true,
                        controller,
                        whole.expected(),
                        whole.quotas())
                : whole;
        var settings = new PartitionSettings(logSettings(), options.minInSync());
        partitions = new Partitions(
                new Partition.Surroundings(id, life, life, life::onDisk, replication),
                logs,
                (topic, image) -> settings);
        membership = new NodeMembership(this, cluster, cleanEpoch, brokers, partitions, directories);
        requests = new PeerRequests(cluster, life, partitions, random.nextLong());
        misbehaviour = options.bug() == null ? null : new Misbehaviour(id, cluster, brokers);
    }

    private LogSettings logSettings() {
        Simulation.Options options = cluster.options();
        LogSettings usual =
                LogSettings.defaults(cluster.has(Bug.UNSYNCED_FOLLOWER_COUNTED) ? SyncPolicy.INTERVAL : options.sync());
        return new LogSettings(
                options.segmentBytes(),
                usual.segmentMs(),
                0,
                -1,
                -1,
                false,
                false,
                usual.maxMessageBytes(),
                usual.timestampType(),
                usual.timestampBeforeMaxMs(),
                usual.timestampAfterMaxMs(),
                null,
                0,
                64,
                usual.flushMessages(),
                usual.flushMs(),
                1_000,
                usual.sync());
    }

    void begin() {
        membership.begin();
    }

    /** Stops in order: what it has is checkpointed. */
    void close() {
        life.end();
        logs.close();
    }

    int id() {
        return id;
    }

    NodeLife life() {
        return life;
    }

    NodeMembership membership() {
        return membership;
    }

    PeerRequests requests() {
        return requests;
    }

    long brokerEpoch() {
        return membership.brokerEpoch();
    }

    /** Whether it has given up its data directory. */
    boolean hasFailed() {
        return logs.hasFailed();
    }

    @Nullable
    Partition partition(int index) {
        Partition found = known[index];
        if (found == null) {
            found = partitions.find(SimulatedCluster.TOPIC, index);
            known[index] = found;
        }
        return found;
    }

    /** Sends a message; a process that died in the middle of what it was doing sends no more. */
    void send(int to, Runnable delivery) {
        if (life.isAlive()) {
            cluster.network().send(id, to, delivery);
        }
    }

    void misbehave() {
        for (int i = 0; misbehaviour != null && i < cluster.options().partitions(); i++) {
            Partition partition = partition(i);
            if (partition != null && partition.isOpen()) {
                misbehaviour.with(partition, i);
            }
        }
    }
}

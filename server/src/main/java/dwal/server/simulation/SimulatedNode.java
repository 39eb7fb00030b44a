package dwal.server.simulation;

import dwal.environment.simulated.FaultyDisk;
import dwal.environment.simulated.RecordedDisk;
import dwal.log.PartitionLog;
import dwal.log.SimulatedIndex;
import dwal.replication.Partition;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;
import java.util.function.Consumer;
import org.apache.kafka.common.protocol.ApiKeys;
import org.jspecify.annotations.Nullable;

/**
 * A node of the simulated cluster: its machine, and the process on it while that runs. What survives the process is the
 * disk, and what was noted of the last clean stop.
 */
final class SimulatedNode {
    static final Path DATA = Path.of("/simulated/data");

    private final int id;
    private final SimulatedCluster cluster;
    private final Random random;
    private RecordedDisk disk = new RecordedDisk();
    private @Nullable SimulatedIndex index;
    private @Nullable NodeRun run;
    private @Nullable FaultyDisk diskOfRun;
    private long cleanEpoch = -1;
    private FullDisk full = FullDisk.NOT;
    private boolean damaged;
    /** Whether it is damaged in a way that only shows when all is read. */
    private boolean mustReadAll;

    private boolean doomed;
    private boolean syncsFail;
    private int damageMet;
    /** The run during which a bit has flipped, which it does not know yet. */
    private @Nullable NodeRun unaware;

    private enum FullDisk {
        NOT,
        BELOW_RESERVE,
        NO_BYTE_LEFT
    }

    SimulatedNode(int id, SimulatedCluster cluster, Random random) {
        this.id = id;
        this.cluster = cluster;
        this.random = random;
        this.index = cluster.options().indexed() ? new SimulatedIndex() : null;
    }

    int id() {
        return id;
    }

    boolean isUp() {
        return run != null;
    }

    /** The broker epoch of the present run, -1 if there is none yet. */
    long brokerEpoch() {
        return run == null ? -1 : run.brokerEpoch();
    }

    /** The partition, if the node is up and hosts it. */
    @Nullable
    Partition partition(int index) {
        return run == null ? null : run.partition(index);
    }

    /** Which run of its process this is; null while it is down. */
    @Nullable
    Object incarnation() {
        return run;
    }

    // ---- the process

    void start() {
        if (run == null) {
            cluster.history().note(() -> "node " + id + " starts");
            syncsFail = false;
            disk.setSyncsFail(false);
            var faulty = new FaultyDisk(disk);
            diskOfRun = faulty;
            tellRoom();
            if (damaged && index != null && (mustReadAll || cluster.has(Bug.LOST_LOG_TAKEN_FOR_NEW))) {
                // Somebody has it read all it has: with an index it would not look at what lies below a checkpoint.
                cluster.history().note(() -> "the index of node " + id + " is dropped");
                index = new SimulatedIndex();
            }
            var fresh = new NodeRun(id, cluster, faulty, index, cleanEpoch, random);
            run = fresh;
            fresh.begin();
        }
    }

    void pause() {
        if (run != null) {
            cluster.history().note(() -> "node " + id + " stands still");
            run.life().pause();
        }
    }

    void resume() {
        if (run != null && run.life().isPaused()) {
            cluster.history().note(() -> "node " + id + " goes on");
            run.life().resume();
        }
    }

    /**
     * Kill -9: what was written is there, but not safer than it was. Where a sync has failed it takes the machine along: the
     * process that gives up its disk asks for that.
     */
    void kill() {
        if (hasFailed()) {
            losePower();
        } else {
            end("is killed", -1);
        }
    }

    /** What was not synced is there in part, or not. */
    void losePower() {
        end("loses its power", -1);
        disk = disk.powerLostNow(random);
    }

    /** It stops in order. */
    void stopCleanly() {
        if (hasFailed()) {
            losePower();
        } else {
            NodeRun stopping = run;
            if (stopping != null) {
                stopping.close();
            }
            end("is stopped", stopping == null || stopping.hasFailed() ? -1 : stopping.brokerEpoch());
        }
    }

    /** It will die in the middle of its {@code operations}-th change to the disk from now; then {@code after} is called. */
    void dieInWrite(int operations, boolean withPower, Runnable after) {
        NodeRun now = run;
        if (now != null && diskOfRun != null) {
            doomed = true;
            diskOfRun.dieDuring(operations, random, () -> {
                if (run == now) {
                    if (withPower) {
                        losePower();
                    } else {
                        kill();
                    }
                    after.run();
                }
            });
        }
    }

    private void end(String how, long noted) {
        if (run != null) {
            cluster.history().note(() -> "node " + id + " " + how);
            run.life().end();
            run = null;
            index = index == null ? null : index.afterCrash(random);
            diskOfRun = null;
            doomed = false;
            cleanEpoch = noted;
        }
    }

    // ---- the disk

    /** Syncs fail from now until the next start, or until they do not. */
    void setSyncsFail(boolean fail) {
        cluster.history().note(() -> "syncs of node " + id + (fail ? " fail" : " do not fail any more"));
        syncsFail = fail;
        disk.setSyncsFail(fail);
    }

    /** Whether its process has given up its data directory, because a sync failed. */
    boolean hasFailed() {
        return run != null && run.hasFailed();
    }

    /** Nothing more fits on its disk: neither above the reserve, nor, if {@code wholly}, at all. */
    void fillDisk(boolean wholly) {
        cluster.history().note(() -> "the disk of node " + id + " is full" + (wholly ? "" : " to its reserve"));
        full = wholly ? FullDisk.NO_BYTE_LEFT : FullDisk.BELOW_RESERVE;
        tellRoom();
    }

    /** There is room on its disk again. */
    void makeRoom() {
        if (full != FullDisk.NOT) {
            cluster.history().note(() -> "the disk of node " + id + " has room again");
            full = FullDisk.NOT;
            tellRoom();
        }
    }

    private void tellRoom() {
        if (diskOfRun != null) {
            diskOfRun.setUsableBytes(full == FullDisk.BELOW_RESERVE ? NodeRun.RESERVE_BYTES - 1 : -1);
            diskOfRun.setFull(full == FullDisk.NO_BYTE_LEFT);
        }
    }

    /** Flips a bit of what is on the disk of this node; false if there is nothing yet. */
    boolean flipBit() {
        Path file = BitRot.flipOne(disk, DATA, run == null && cleanEpoch >= 0, run != null, random);
        if (file != null) {
            cluster.history().note(() -> "a bit of " + file + " on node " + id + " flips");
            damaged = true;
            mustReadAll = true;
            unaware = run;
        }
        return file != null;
    }

    /**
     * Its disk loses all files of a log while it is down; false if it is not, if there are none, or if nothing could ever tell: an
     * index, which says what was there, or an end of its process, after which nobody counts on what it has.
     */
    boolean loseLog(int partition) {
        Path directory = DATA.resolve(SimulatedCluster.TOPIC_NAME + "-" + partition);
        boolean tells = index != null || cleanEpoch < 0;
        if (run != null || !tells || !disk.exists(directory)) {
            return false;
        }
        cluster.history().note(() -> "node " + id + " loses " + directory);
        disk.lose(directory);
        damaged = true;
        mustReadAll = false;
        unaware = null;
        return true;
    }

    /** Somebody reads each record of its logs, the last one first, so that where they lie is looked up each time. */
    void readBack() {
        for (int i = 0; i < cluster.options().partitions(); i++) {
            Partition partition = partition(i);
            if (partition != null && partition.isOpen()) {
                PartitionLog log = partition.log();
                for (long offset = log.logEndOffset() - 1; offset >= log.logStartOffset(); offset--) {
                    log.read(offset, log.logEndOffset(), 1, true, false)
                            .records()
                            .release();
                }
            }
        }
    }

    /** One of its logs has been found damaged; by a reader, if a bit has flipped since its process started. */
    void noteDamageFound() {
        if (isUnawareOfDamage()) {
            cluster.history().note(() -> "a reader has met the damage on node " + id);
            unaware = null;
            damageMet++;
        }
    }

    /** How often a reader has met a bit that had flipped. */
    int damageMet() {
        return damageMet;
    }

    /** Whether a bit has flipped since its process started, and nobody has met it yet. */
    boolean isUnawareOfDamage() {
        return damaged && run != null && run == unaware;
    }

    /** Whether its process is about to die in the middle of a write, or to give up its disk, or has done so. */
    boolean isDoomed() {
        return run != null && (doomed || syncsFail || run.hasFailed());
    }

    /** Whether it may still lack what it lost to a flipped bit. */
    boolean isDamaged() {
        if (damaged && run != null && run != unaware) {
            damaged = false;
            for (int i = 0; i < cluster.options().partitions(); i++) {
                Partition partition = run.partition(i);
                damaged |= partition == null
                        || !partition.isOpen()
                        || partition.log().isDamaged()
                        || !cluster.isInSync(i, id);
            }
        }
        return damaged;
    }

    // ---- what comes over the network

    /** A step of the metadata is there to be read. */
    void metadataGrew() {
        if (run != null) {
            run.membership().readMetadata();
        }
    }

    /** A request has come; nothing happens if nobody is there. */
    void receive(ApiKeys api, short version, ByteBuffer bytes, Consumer<ByteBuffer> answer) {
        NodeRun now = run;
        if (now != null) {
            now.life()
                    .guarded(() -> now.requests().serve(api, version, bytes, answer))
                    .run();
        }
    }

    /** A client's message to a partition has come. What is done in answer reaches others by way of {@link NodeRun#send}. */
    void receive(int index, ClientMessage message) {
        NodeRun now = run;
        if (now != null) {
            now.life()
                    .guarded(() -> {
                        Partition partition = now.partition(index);
                        if (partition != null) {
                            message.to(partition, now);
                        }
                    })
                    .run();
        }
    }

    /** What a client wants of a partition. */
    interface ClientMessage {
        /** It has come to {@code partition} of {@code node}. */
        void to(Partition partition, NodeRun node);
    }

    /** What is wrong on purpose is done after each step. */
    void misbehave() {
        if (run != null && !run.life().isPaused()) {
            run.misbehave();
        }
    }
}

package dwal.replication;

import dwal.environment.Clock;
import dwal.environment.Strand;
import dwal.environment.Timer;
import dwal.log.AppendOrigin;
import dwal.log.AppendOutcome;
import dwal.log.PartitionLog;
import dwal.log.ReadOutcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A partition that this node hosts: its log, and the role this node plays in it. What changes it runs on its strand;
 * reads come from any thread and see what has been published.
 *
 * <p>The log is opened when somebody first needs it, on a thread that may block; appends that come meanwhile wait in
 * their order, so that a new leader never takes a producer's second batch before its first.
 */
public final class Partition {
    private static final Logger LOGGER = LoggerFactory.getLogger(Partition.class);

    /** Wants to know when there may be something new to read. Called on the strand; must be short. */
    public interface Watcher {
        /** High watermark, log start offset, last stable offset or role have changed. */
        void news();
    }

    /**
     * What all partitions of a node share.
     *
     * @param nodeId this node
     * @param blocking runs what may wait for a disk
     */
    public record Surroundings(int nodeId, Clock clock, Timer timer, Executor blocking) {}

    private final TopicIdPartition id;
    private final PartitionLog log;
    private final Surroundings around;
    private final Strand strand;
    private final Set<Watcher> watchers = ConcurrentHashMap.newKeySet();
    private final List<Runnable> waitingForOpen = new ArrayList<>();
    private volatile Role role;
    private volatile boolean open;
    private boolean opening;
    private Assignment assignment;
    private int minInSyncReplicas;

    Partition(
            TopicIdPartition id,
            PartitionLog log,
            Assignment assignment,
            PartitionSettings settings,
            Surroundings around) {
        this.id = id;
        this.log = log;
        this.assignment = assignment;
        this.minInSyncReplicas = settings.minInSyncReplicas();
        this.around = around;
        this.role = new Offline(Errors.NOT_LEADER_OR_FOLLOWER, "The partition is being opened.");
        this.strand = new Strand(this::stop);
    }

    /** Topic id, topic and partition. */
    public TopicIdPartition id() {
        return id;
    }

    /** Its log, for what any thread may ask of it. */
    public PartitionLog log() {
        return log;
    }

    /** The leader epoch if this node leads, else -1. */
    public int leaderEpoch() {
        return role instanceof Leader leader ? leader.epoch() : -1;
    }

    /** Whether reads can be answered at once. */
    public boolean isOpen() {
        return open;
    }

    /** Whether the topic has been deleted: another of the same name is another partition. */
    public boolean isDeleted() {
        return role instanceof Offline offline && offline.error() == Errors.UNKNOWN_TOPIC_OR_PARTITION;
    }

    /** Runs {@code task} on the strand once the log has been opened, which the first call sets off. */
    public void whenOpen(Runnable task) {
        strand.run(() -> runOpen(task));
    }

    /**
     * Appends {@code records} if this node leads.
     *
     * @param acks -1: {@code done} is called when the high watermark has passed the records; 0, 1: when they are written
     * @param timeoutMs how long to wait for the high watermark
     * @param done called once, on the strand
     */
    public void append(
            MemoryRecords records, AppendOrigin origin, short acks, int timeoutMs, Consumer<AppendOutcome> done) {
        strand.run(() -> runOpen(() -> {
            if (role instanceof Leader leader) {
                long before = log.highWatermark();
                leader.append(records, origin, acks, timeoutMs, done);
                if (log.highWatermark() != before) {
                    tellNews();
                }
            } else if (role instanceof Offline offline) {
                done.accept(AppendOutcome.refused(offline.error(), offline.reason()));
            }
        }));
    }

    /**
     * Reads whole batches from {@code offset} on. The partition must be open.
     *
     * @param currentLeaderEpoch the leader epoch the reader knows, or -1
     * @param lastFetchedEpoch epoch of the last record the reader has, or -1
     * @param maxBytes at most so many bytes, but one batch if {@code atLeastOne}
     */
    public FetchOutcome read(
            long offset,
            int currentLeaderEpoch,
            int lastFetchedEpoch,
            Isolation isolation,
            int maxBytes,
            boolean atLeastOne) {
        Errors error = checkLeader(currentLeaderEpoch);
        if (error != Errors.NONE) {
            return FetchOutcome.refused(error);
        }
        long highWatermark = log.highWatermark();
        long lastStable = log.lastStableOffset();
        if (lastFetchedEpoch >= 0 && log.endOffsetFor(lastFetchedEpoch).epoch() < 0) {
            // An epoch that we know nothing of, so nothing to go back to: the reader starts anew by its own rule.
            return FetchOutcome.refused(Errors.OFFSET_OUT_OF_RANGE);
        }
        FetchOutcome.Diverging diverging = divergence(offset, lastFetchedEpoch);
        if (diverging != null) {
            return new FetchOutcome(
                    Errors.NONE, highWatermark, lastStable, log.logStartOffset(), null, List.of(), diverging);
        }
        long limit = switch (isolation) {
            case READ_UNCOMMITTED -> highWatermark;
            case READ_COMMITTED -> lastStable;
            case LOG_END -> log.logEndOffset();
        };
        ReadOutcome read = log.read(offset, limit, maxBytes, atLeastOne, isolation == Isolation.READ_COMMITTED);
        if (read.error() != Errors.NONE) {
            read.records().release();
            return FetchOutcome.refused(read.error());
        }
        return new FetchOutcome(
                Errors.NONE,
                highWatermark,
                lastStable,
                log.logStartOffset(),
                read.records(),
                read.abortedTransactions(),
                null);
    }

    /** {@code NONE} if this node leads and {@code currentLeaderEpoch} is -1 or its epoch; else the error (KIP-320). */
    public Errors checkLeader(int currentLeaderEpoch) {
        Role now = role;
        if (now instanceof Offline offline) {
            return offline.error();
        }
        int epoch = ((Leader) now).epoch();
        if (currentLeaderEpoch < 0 || currentLeaderEpoch == epoch) {
            return Errors.NONE;
        }
        return currentLeaderEpoch < epoch ? Errors.FENCED_LEADER_EPOCH : Errors.UNKNOWN_LEADER_EPOCH;
    }

    /**
     * Raises the log start offset to {@code offset} (-1: the high watermark); {@code done} is called on the strand, once
     * that outlives a crash.
     */
    public void deleteRecordsBefore(long offset, Consumer<AppendOutcome> done) {
        strand.run(() -> runOpen(() -> {
            if (role instanceof Offline offline) {
                done.accept(AppendOutcome.refused(offline.error(), offline.reason()));
                return;
            }
            long highWatermark = log.highWatermark();
            long target = offset == -1 ? highWatermark : offset;
            if (target < 0 || target > highWatermark) {
                done.accept(AppendOutcome.refused(
                        Errors.OFFSET_OUT_OF_RANGE,
                        "Records can be deleted up to the high watermark, which is " + highWatermark + "."));
                return;
            }
            log.deleteRecordsBefore(target, done);
        }));
    }

    /** Tells {@code watcher} of news from now on. */
    public void watch(Watcher watcher) {
        watchers.add(watcher);
    }

    /** Ends what {@link #watch} began. */
    public void unwatch(Watcher watcher) {
        watchers.remove(watcher);
    }

    /** Applies what time brings: retention. Opens the log if need be. */
    public void maintain() {
        whenOpen(() -> log.maintain(around.clock().wallMs()));
    }

    // ---- what the metadata says, from the metadata thread

    void assign(Assignment newer) {
        strand.run(() -> {
            assignment = newer;
            if (open && log.status() == Errors.NONE) {
                takeRole();
            }
        });
    }

    void updateSettings(PartitionSettings settings) {
        strand.run(() -> {
            minInSyncReplicas = settings.minInSyncReplicas();
            if (role instanceof Leader leader) {
                leader.setMinInSyncReplicas(minInSyncReplicas);
            }
            log.updateSettings(settings.log());
        });
    }

    /** The topic is gone: whoever waits is told. */
    void delete() {
        strand.run(() -> changeRole(new Offline(Errors.UNKNOWN_TOPIC_OR_PARTITION, "The topic has been deleted.")));
    }

    // ---- on the strand

    private void runOpen(Runnable task) {
        if (open) {
            task.run();
            return;
        }
        waitingForOpen.add(task);
        if (!opening) {
            opening = true;
            around.blocking().execute(this::openLog);
        }
    }

    /** On a thread that may block. */
    private void openLog() {
        Errors status = log.open();
        strand.run(() -> {
            open = true;
            log.setListener(new LogEvents());
            if (status == Errors.NONE) {
                takeRole();
            } else {
                changeRole(
                        new Offline(status, "The log of " + id.topicPartition() + " is offline; see the node's log."));
            }
            List.copyOf(waitingForOpen).forEach(Runnable::run);
            waitingForOpen.clear();
        });
    }

    private void takeRole() {
        if (isDeleted()) {
            return;
        }
        if (assignment.leaderId() != around.nodeId()) {
            changeRole(new Offline(
                    Errors.NOT_LEADER_OR_FOLLOWER, "The leader is node " + assignment.leaderId() + ", not this one."));
            return;
        }
        var leader = new Leader(
                assignment, log, minInSyncReplicas, new CommitQueue(around.clock(), around.timer(), strand::run));
        log.beginEpoch(leader.epoch());
        changeRole(leader);
        leader.advanceHighWatermark();
    }

    private void changeRole(Role next) {
        Role last = role;
        role = next;
        if (last instanceof Leader leader) {
            leader.resign(
                    next instanceof Offline offline ? offline.error() : Errors.NOT_LEADER_OR_FOLLOWER,
                    "The leadership ended while the records were being replicated; they may be kept or not.");
        }
        tellNews();
    }

    private void tellNews() {
        for (Watcher watcher : watchers) {
            watcher.news();
        }
    }

    /** Impossible things stop the partition rather than spread damage. */
    private void stop(Throwable cause) {
        LOGGER.error("{} is stopped: a rule of its own was broken", id.topicPartition(), cause);
        changeRole(
                new Offline(Errors.KAFKA_STORAGE_ERROR, "The partition was stopped by a fault; see the node's log."));
    }

    private FetchOutcome.@Nullable Diverging divergence(long offset, int lastFetchedEpoch) {
        if (lastFetchedEpoch < 0) {
            return null;
        }
        PartitionLog.EpochEnd end = log.endOffsetFor(lastFetchedEpoch);
        if (end.epoch() < lastFetchedEpoch || end.endOffset() < offset) {
            return new FetchOutcome.Diverging(end.epoch(), end.endOffset());
        }
        return null;
    }

    /** Hops from the log's threads to the strand. */
    private final class LogEvents implements PartitionLog.Listener {
        @Override
        public void synced(long offset) {
            strand.run(() -> {
                if (role instanceof Leader leader && leader.advanceHighWatermark()) {
                    tellNews();
                }
            });
        }

        @Override
        public void startKept(Runnable publish) {
            strand.run(() -> {
                publish.run();
                tellNews();
            });
        }

        @Override
        public void failed(String reason) {
            strand.run(() -> changeRole(new Offline(Errors.KAFKA_STORAGE_ERROR, reason)));
        }
    }
}

package dwal.replication;

import dwal.environment.Clock;
import dwal.environment.Strand;
import dwal.environment.Timer;
import dwal.log.AppendOrigin;
import dwal.log.AppendOutcome;
import dwal.log.LogListener;
import dwal.log.PartitionLog;
import dwal.log.Submission;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A partition that this node hosts: its log, and the role this node plays in it. What changes it runs on its strand;
 * {@link #reads} come from any thread and see what has been published.
 *
 * <p>The log is opened when somebody first needs it ({@link PartitionOpening}).
 */
public final class Partition {
    private static final Logger LOGGER = LoggerFactory.getLogger(Partition.class);

    /** Wants to know when there may be something new to read. Called on the strand; must be short. */
    public interface Watcher {
        /** High watermark, log start offset, last stable offset or role have changed. */
        void news();

        /** There is more behind the high watermark: for those who read up to the log's end. */
        default void appended() {}
    }

    /**
     * What all partitions of a node share.
     *
     * @param nodeId this node
     * @param blocking runs what may wait for a disk
     */
    public record Surroundings(int nodeId, Clock clock, Timer timer, Executor blocking, Replication replication) {
        /** Of a node that replicates nothing. */
        public Surroundings(int nodeId, Clock clock, Timer timer, Executor blocking) {
            this(nodeId, clock, timer, blocking, Replication.alone(nodeId, clock, timer));
        }
    }

    private final TopicIdPartition id;
    private final PartitionLog log;
    private final Surroundings around;
    private final Strand strand;
    /** In the order in which they came, so that a simulation is the same each time; few, and seldom changed. */
    private final List<Watcher> watchers = new CopyOnWriteArrayList<>();

    private final PartitionOpening opening;
    private final Following following;
    private final PartitionReads reads;
    private volatile Role role;
    private boolean stopped;
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
        this.around = around;
        this.role = Offline.now(Errors.NOT_LEADER_OR_FOLLOWER, "The partition is being opened.");
        this.strand = new Strand(this::stop);
        this.opening = new PartitionOpening(log, strand, around.blocking(), this::opened, this::stop);
        this.reads = new PartitionReads(log, around.replication(), () -> role);
        this.following = new Following(id, log, around, strand, () -> role, this::tellNews);
        take(settings);
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
        return opening.isOpen();
    }

    /** What it looks like now; any thread. */
    public PartitionFigures figures() {
        if (!isOpen()) {
            return new PartitionFigures(PartitionFigures.Role.NOT_OPEN, Optional.empty(), Map.of(), strand.length());
        }
        if (role instanceof Leader leader) {
            return new PartitionFigures(
                    PartitionFigures.Role.LEADER, Optional.of(leader.copies()), leader.lags(), strand.length());
        }
        var as = role instanceof Follower ? PartitionFigures.Role.FOLLOWER : PartitionFigures.Role.FAILED;
        return new PartitionFigures(as, Optional.empty(), Map.of(), strand.length());
    }

    /** Whether the topic has been deleted or the partition moved away: if it is here again, it is another object. */
    public boolean isGone() {
        return role instanceof Offline offline && offline.forGood();
    }

    /**
     * Runs {@code task} on the strand once the log has been opened, which the first call sets off, or the partition has been
     * stopped. If it throws the partition is stopped; whoever is to hear of that sees to it in the task.
     */
    public void whenOpen(Runnable task) {
        strand.run(() -> opening.whenOpen(task));
    }

    /** Appends {@code records} as below, which nobody has looked at yet. */
    public void append(MemoryRecords records, AppendOrigin origin, short acks, int timeoutMs, Appending append) {
        append(new Submission.Unchecked(records.buffer(), origin), acks, timeoutMs, append);
    }

    /**
     * Appends {@code records} if this node leads.
     *
     * @param acks -1: it is done when the high watermark has passed the records; 0, 1: when they are written
     * @param timeoutMs how long to wait for the high watermark
     * @param append told what becomes of it
     */
    public void append(Submission records, short acks, int timeoutMs, Appending append) {
        strand.run(() -> {
            boolean isReady = opening.isBegun();
            opening.whenBegun(() -> {
                AppendOutcome outcome = appendNow(records, acks, timeoutMs, append, isReady);
                if (outcome != null) {
                    append.done(outcome);
                }
            });
        });
    }

    /** Null if it waits at the leader. */
    private @Nullable AppendOutcome appendNow(
            Submission records, short acks, int timeoutMs, Appending append, boolean isReady) {
        try {
            append.begins(around.clock().nanoTime(), !isReady);
            return role instanceof Leader leader ? leader.append(records, acks, timeoutMs, append) : refusal();
        } catch (Throwable fault) {
            stop(fault);
            return refusal();
        }
    }

    /** What those get who need a leader, when this node is none. */
    private AppendOutcome refusal() {
        if (role instanceof Offline offline) {
            return AppendOutcome.refused(offline.error(), offline.reason());
        }
        return AppendOutcome.refused(
                Errors.NOT_LEADER_OR_FOLLOWER,
                assignment.hasLeader()
                        ? "The leader is node " + assignment.leaderId() + ", not this one."
                        : "The partition has no leader now.");
    }

    /** Whether the leader's high watermark is known to be no older than what readers were told before (KIP-207). */
    public boolean knowsHighWatermark() {
        return !(role instanceof Leader leader) || leader.knowsHighWatermark();
    }

    /** Takes note of what a follower has stored, if its log agrees with this one. Opens the log if need be. */
    public void followerFetches(ReplicaFetch fetch) {
        strand.run(() -> opening.whenOpen(() -> {
            if (role instanceof Leader leader && reads.isOfThisLog(fetch, leader)) {
                leader.followerFetches(fetch);
            }
        }));
    }

    /** What readers are given; the partition must be open. */
    public PartitionReads reads() {
        return reads;
    }

    /** See {@link PartitionReads#checkLeader}. */
    public Errors checkLeader(int currentLeaderEpoch) {
        return reads.checkLeader(currentLeaderEpoch);
    }

    /** The in-sync followers of this leader that have {@code offset}; none if this node does not lead. Any thread. */
    public List<ReadableReplica> followersThatHave(long offset) {
        return role instanceof Leader leader ? leader.followersThatHave(offset) : List.of();
    }

    /**
     * Raises the log start offset to {@code offset} (-1: the high watermark); {@code waiter} is done once that outlives a crash here and at all live followers.
     *
     * @param timeoutMs how long to wait for the high watermark to be known, and for the followers
     */
    public void deleteRecordsBefore(long offset, int timeoutMs, Waiter waiter) {
        var asker = new Asker(waiter);
        strand.run(() -> opening.whenOpen(() -> {
            try {
                if (role instanceof Leader leader) {
                    leader.deleteRecordsBefore(offset, timeoutMs, asker);
                } else {
                    asker.done(refusal());
                }
            } catch (Throwable fault) {
                stop(fault);
                asker.done(refusal()); // unless it was among those that the leader has answered when it ended
            }
        }));
    }

    /** Somebody who may wait here for an append or a deletion has left ({@link Waiter#hasLeft}). Any thread. */
    public void waiterLeft() {
        strand.run(() -> {
            if (role instanceof Leader leader) {
                leader.waiterLeft();
            }
        });
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
        whenOpen(() -> {
            if (!stopped) {
                log.maintain(around.clock().wallMs());
            }
        });
    }

    // ---- what the metadata says, from the metadata thread

    void assign(Assignment newer) {
        strand.run(() -> {
            assignment = newer;
            if (isOpen()) {
                takeRoleOrRepair();
            } else if (!assignment.isLedBy(around.nodeId())) {
                opening.whenOpen(() -> {}); // a follower must fetch, a leader waits until it is asked
            }
        });
    }

    /** Takes up what the metadata said when the partition was made. */
    void begin() {
        assign(assignment);
    }

    /** Brokers of the cluster have come, gone, or been fenced. */
    void brokersChanged() {
        if (role instanceof Leader) {
            strand.run(() -> {
                if (role instanceof Leader leader) {
                    leader.brokersChanged();
                }
            });
        }
    }

    /** This node is to have the partition no more. */
    void abandon() {
        strand.run(() -> changeRole(
                Offline.forGood(Errors.NOT_LEADER_OR_FOLLOWER, "The partition has been moved away from this node.")));
    }

    void updateSettings(PartitionSettings settings) {
        strand.run(() -> {
            take(settings);
            if (role instanceof Leader leader) {
                leader.setMinInSyncReplicas(minInSyncReplicas);
            }
            log.updateSettings(settings.log());
        });
    }

    private void take(PartitionSettings settings) {
        minInSyncReplicas = settings.minInSyncReplicas();
        reads.setThrottled(settings.throttledLeaders().contains(id.partition(), around.nodeId()));
        following.setThrottled(settings.throttledFollowers().contains(id.partition(), around.nodeId()));
    }

    /** The topic is gone: whoever waits is told. */
    void delete() {
        strand.run(() -> changeRole(Offline.forGood(Errors.UNKNOWN_TOPIC_OR_PARTITION, "The topic has been deleted.")));
    }

    // ---- on the strand

    private void opened(Errors status) {
        log.setListener(new LogEvents());
        if (status != Errors.NONE) {
            fail("The log of " + id.topicPartition() + " is offline; see the node's log.");
        }
        takeRoleOrRepair();
    }

    private void takeRoleOrRepair() {
        if (isGone() || stopped) {
            return;
        }
        if (log.status() == Errors.NONE) {
            takeRole();
        } else if (mayRepair()) {
            around.blocking()
                    .execute(() -> strand.run(() -> {
                        if (!isGone() && mayRepair() && log.dropDamaged() == Errors.NONE) {
                            following.isRepaired();
                            takeRole();
                        }
                    }));
        }
    }

    /**
     * Whether another node leads, and so has the records, and nobody counts on this one (promise D6): who is in sync or
     * eligible may come to lead, and would then lack what it had dropped.
     */
    private boolean mayRepair() {
        int self = around.nodeId();
        return log.isDamaged()
                && assignment.hasLeader()
                && !assignment.isLedBy(self)
                && !assignment.mayComeToLead(self);
    }

    private void takeRole() {
        if (assignment.isLedBy(around.nodeId())) {
            lead();
        } else {
            follow();
        }
    }

    private void lead() {
        if (role instanceof Leader leader && leader.epoch() == assignment.leaderEpoch()) {
            leader.update(assignment);
            return;
        }
        var post = new Leader.Post(id, around, strand::run, this::tellNews, this::tellAppended);
        var leader = new Leader(assignment, log, minInSyncReplicas, post);
        if (role instanceof Leader former) {
            leader.takeOver(former);
        }
        log.beginEpoch(leader.epoch());
        changeRole(leader);
        leader.begin();
    }

    private void follow() {
        if (role instanceof Follower follower
                && follower.epoch() == assignment.leaderEpoch()
                && follower.leaderId() == assignment.leaderId()) {
            return;
        }
        var follower = new Follower(assignment, log);
        changeRole(follower);
        if (assignment.hasLeader()) {
            around.replication().fetchers().follow(following, follower.leaderId(), follower.epoch());
        }
    }

    private void changeRole(Role next) {
        Role last = role;
        if (isGone()) {
            return; // what becomes of its log is nobody's concern any more
        }
        role = next;
        if (last instanceof Leader leader) {
            leader.resign(
                    next instanceof Offline offline ? offline.error() : Errors.NOT_LEADER_OR_FOLLOWER,
                    "The leadership ended while the records were being replicated; they may be kept or not.");
        } else if (last instanceof Follower follower) {
            follower.resign();
            if (follower.leaderId() >= 0) {
                around.replication().fetchers().unfollow(following);
            }
        }
        tellNews();
    }

    private void tellAppended() {
        for (Watcher watcher : watchers) {
            watcher.appended();
        }
    }

    private void tellNews() {
        RuntimeException fault = null;
        for (Watcher watcher : watchers) {
            try {
                watcher.news();
            } catch (RuntimeException e) {
                fault = e; // the others are told all the same
            }
        }
        if (fault != null) {
            throw fault;
        }
    }

    /** Impossible things stop the partition rather than spread damage. Whoever waits for it is told. */
    private void stop(Throwable cause) {
        if (stopped) {
            LOGGER.debug("{} was stopped before this fault", id.topicPartition(), cause);
            return;
        }
        LOGGER.error(
                "{} is stopped until this node is restarted: a rule of its own was broken", id.topicPartition(), cause);
        stopped = true;
        try {
            fail("The partition was stopped by a fault; see the node's log.");
        } catch (RuntimeException | Error another) {
            LOGGER.error("{} met with another fault as it was stopped", id.topicPartition(), another);
        }
        opening.stop();
    }

    /** This node cannot keep the partition: another replica should lead (promise D4), if there is any. */
    private void fail(String reason) {
        if (isGone()) {
            return;
        }
        try {
            changeRole(Offline.now(Errors.KAFKA_STORAGE_ERROR, reason));
        } finally {
            if (assignment.replicas().size() > 1) {
                around.replication().controller().replicaFailed(id);
            }
        }
    }

    /** Hops from the log's threads to the strand. */
    private final class LogEvents implements LogListener {
        @Override
        public void synced(long offset) {
            strand.run(() -> {
                if (role instanceof Leader leader) {
                    leader.stored();
                } else if (role instanceof Follower follower) {
                    follower.stored();
                }
            });
        }

        @Override
        public void onStrand(Runnable task) {
            strand.run(task);
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
            strand.run(() -> {
                if (log.status() != Errors.NONE) { // else it has been repaired before this came
                    fail(reason);
                    takeRoleOrRepair();
                }
            });
        }
    }
}

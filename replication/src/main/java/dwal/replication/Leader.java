package dwal.replication;

import dwal.environment.Timer;
import dwal.log.AppendOutcome;
import dwal.log.PartitionLog;
import dwal.log.Submission;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The leader's role in one partition: appends, follows its followers, decides the high watermark, and proposes who is in
 * sync. Owned by the partition's strand.
 *
 * <p>Rules it keeps: an acks=all append is answered only when the high watermark has passed it (promise D1); the high
 * watermark is what every replica of the maximal in-sync set has stored, and never goes back; it stands still while fewer
 * than min.insync.replicas are in sync (KIP-966). A follower joins when it has all up to the high watermark and up to
 * where this leader began. One that has lacked something for {@code replica.lag.time.max.ms} leaves, and so does at once
 * one that says beyond doubt that it has not even what is committed: it must have lost it.
 */
final class Leader implements Role {
    private static final Logger LOG = LoggerFactory.getLogger(Leader.class);
    private static final short ALL = -1;
    private static final long REVIEW_MS = 1_000;

    /**
     * What a leader needs of the partition it leads.
     *
     * @param strand runs a task on the partition's strand
     * @param news to be called when the high watermark has moved
     * @param appended to be called when there is more for followers to fetch
     */
    record Post(
            TopicIdPartition id,
            Partition.Surroundings around,
            Consumer<Runnable> strand,
            Runnable news,
            Runnable appended) {}

    private final Post post;
    private final PartitionLog log;
    private final CommitQueue commits;
    private final LeaderDeletions deletions;
    private final int epoch;
    private final long epochStartOffset;
    private final InSyncReplicas inSync;
    private final Followers followers;
    private volatile Assignment assignment;
    private volatile int minInSyncReplicas;
    private Timer.@Nullable Timeout lagCheck;
    private boolean resigned;
    /** The follower for which the high watermark waited when it was looked at last. */
    private int holdingBack = Appending.NOBODY;

    private int slowest = Appending.NOBODY;
    private @Nullable String toldDamage;

    Leader(Assignment assignment, PartitionLog log, int minInSyncReplicas, Post post) {
        this.post = post;
        this.log = log;
        this.commits = new CommitQueue(
                post.around.clock(),
                post.around.timer(),
                post.strand,
                post.around.replication().metrics(),
                () -> holdingBack);
        this.followers =
                new Followers(post.around.nodeId(), post.around.replication().expected());
        this.assignment = assignment;
        this.epoch = assignment.leaderEpoch();
        this.epochStartOffset = log.logEndOffset();
        this.deletions =
                new LeaderDeletions(log, followers, post.around, () -> this.assignment, epochStartOffset, post.strand);
        this.minInSyncReplicas = minInSyncReplicas;
        this.inSync = new InSyncReplicas(assignment.inSync(), assignment.partitionEpoch());
        followers.follow(assignment, post.around.clock().nanoTime());
    }

    int epoch() {
        return epoch;
    }

    /** Where this leader's own records begin; any thread. */
    long epochStartOffset() {
        return epochStartOffset;
    }

    /** Whether {@code brokerId} is another node that is to have this partition; any thread. */
    boolean isFollower(int brokerId) {
        return brokerId != post.around.nodeId() && assignment.replicas().contains(brokerId);
    }

    /** Whether {@code brokerId} is in sync; any thread. */
    boolean isInSync(int brokerId) {
        return inSync.committed().contains(brokerId);
    }

    /** How many records each follower lacks; all of them where it has not fetched yet. Any thread. */
    Map<Integer, Long> lags() {
        long end = log.logEndOffset();
        return followers.lags(log.logStartOffset(), end);
    }

    /**
     * Goes on for the appends and deletions that wait at {@code former}, this node's leadership before. Nothing was cut in between,
     * so their records are those that become committed now, and what was deleted is.
     */
    void takeOver(Leader former) {
        commits.takeOver(former.commits);
        deletions.takeOver(former.deletions);
    }

    /** After the role was taken: what can be decided without any fetch is. */
    void begin() {
        post.around.replication().metrics().elected();
        advanceHighWatermark();
        deletions.complete();
        checkLagLater();
    }

    void setMinInSyncReplicas(int minInSyncReplicas) {
        this.minInSyncReplicas = minInSyncReplicas;
        advanceHighWatermark();
    }

    /** Takes what the metadata say of the same leader epoch: other replicas, or other ones in sync. */
    void update(Assignment newer) {
        assignment = newer;
        followers.follow(newer, post.around.clock().nanoTime());
        commit(newer.inSync(), newer.partitionEpoch());
        reviewFollowers();
    }

    /** Whether fewer replicas are in sync than acks=all needs; any thread. */
    boolean isUnderMinInSync() {
        return inSync.committed().size() < needed();
    }

    /** How many replicas are in sync, and how many there are to be; any thread. */
    PartitionFigures.Copies copies() {
        return new PartitionFigures.Copies(
                inSync.committed().size(), assignment.replicas().size(), isUnderMinInSync());
    }

    private int needed() {
        return Math.min(minInSyncReplicas, assignment.replicas().size());
    }

    // ---- appends

    /**
     * Appends {@code records}. Gives what became of them, or null if more must store them, as {@code acks} demands: then
     * {@code append} is told later. One that throws is not told.
     */
    @Nullable
    AppendOutcome append(Submission records, short acks, int timeoutMs, Appending append) {
        int count = inSync.committed().size();
        if (acks == ALL && count < needed()) {
            return AppendOutcome.refused(
                    Errors.NOT_ENOUGH_REPLICAS,
                    "Only " + count + " replicas are in sync, min.insync.replicas asks for " + needed() + ".");
        }
        long before = log.logEndOffset();
        AppendOutcome outcome = log.append(records, epoch);
        if (outcome.error() != Errors.NONE) {
            return outcome;
        }
        if (!followers.isEmpty() && !outcome.duplicate()) {
            long now = post.around.clock().nanoTime();
            for (RemoteReplica follower : followers) {
                follower.leaderAppends(before, now);
            }
            checkLagLater();
            post.appended.run();
        }
        advanceHighWatermark();
        long end = outcome.lastOffset() + 1;
        if (acks != ALL || log.highWatermark() >= end) {
            return outcome;
        }
        commits.await(end, timeoutMs, outcome, log.storedOffset() >= end, append);
        return null;
    }

    // ---- followers

    /** A follower fetches from {@code fetch.offset()} on, and so says what it has stored. The fetch fits this log and epoch. */
    void followerFetches(ReplicaFetch fetch) {
        RemoteReplica follower = followers.get(fetch.replicaId());
        if (follower == null || resigned || follower.isOfEarlierRun(fetch)) {
            return;
        }
        followers.expectNoMore(follower);
        long now = post.around.clock().nanoTime();
        if (follower.isDoubtful(fetch, now)) {
            follower.mayBeAt(fetch, log.logEndOffset(), now);
        } else {
            follower.fetches(fetch, log.logEndOffset(), now);
            checkWhatIsCommitted(follower, fetch);
            if (follower.isStuck()) {
                log.lookForDamage(fetch.offset(), this::onDamage);
            }
        }
        reviewFollowers();
    }

    /**
     * This log is damaged at {@code where}, though readers see no fault in it: no checksum is computed for them. If another
     * replica in sync can lead, it has what is committed, and this log is dropped and fetched from it. The only one leads on:
     * all but what is damaged can still be read and written.
     */
    private void onDamage(String where) {
        if (resigned) {
            return; // whoever leads now, here or elsewhere, hears from that follower, too
        }
        Brokers brokers = post.around.replication().brokers();
        if (inSync.committed().stream().anyMatch(id -> id != post.around.nodeId() && brokers.isEligible(id))) {
            log.damagedAt(where);
        } else if (!where.equals(toldDamage)) {
            toldDamage = where;
            LOG.error(
                    "{} is damaged here. {}. Followers get no further than that, and no other replica in sync could lead, so"
                            + " this one does so. {}",
                    post.id.topicPartition(),
                    where,
                    DamageAdvice.of(post.id.topic(), log.settings()));
        }
    }

    private void checkWhatIsCommitted(RemoteReplica follower, ReplicaFetch fetch) {
        if (inSync.committed().contains(follower.id()) && fetch.offset() < log.highWatermark()) {
            proposeLeaving(
                    List.of(follower.id()),
                    "it fetches from offset " + fetch.offset() + ", below the high watermark " + log.highWatermark()
                            + ": it has lost committed records");
        }
    }

    /** As {@link LeaderDeletions#deleteBefore}. */
    void deleteRecordsBefore(long offset, int timeoutMs, Waiter waiter) {
        deletions.deleteBefore(offset, timeoutMs, waiter);
    }

    /** As {@link Partition#waiterLeft}. */
    void waiterLeft() {
        commits.waiterLeft();
        deletions.waiterLeft();
    }

    /** Does what follows when a follower's position, the in-sync set, or who may be in it has changed. */
    private void reviewFollowers() {
        advanceHighWatermark();
        deletions.complete();
        for (RemoteReplica follower : followers) {
            if (!inSync.isPending()
                    && !inSync.committed().contains(follower.id())
                    && hasAll(follower)
                    && mayJoin(follower)) {
                propose(inSync.proposeWith(follower.id()));
            }
        }
        checkLagLater();
    }

    /** Brokers have come, gone, or been fenced. */
    void brokersChanged() {
        reviewFollowers();
    }

    /** Whether it has all that is committed, and either fetches or has nothing to fetch. */
    private boolean hasAll(RemoteReplica follower) {
        long end = log.logEndOffset();
        long silentNanos = post.around.clock().nanoTime() - follower.lastFetchNanos();
        return follower.endOffset() >= log.highWatermark()
                && follower.endOffset() >= epochStartOffset
                && (follower.endOffset() >= end || silentNanos <= lagMaxNanos());
    }

    private long lagMaxNanos() {
        return TimeUnit.MILLISECONDS.toNanos(post.around.replication().lagTimeMaxMs());
    }

    private boolean mayJoin(RemoteReplica follower) {
        Brokers brokers = post.around.replication().brokers();
        return brokers.isEligible(follower.id())
                && (follower.brokerEpoch() == Brokers.NO_EPOCH
                        || follower.brokerEpoch() == brokers.epochOf(follower.id()))
                && !assignment.lost().contains(follower.id());
    }

    /** The followers in sync that have {@code offset}; any thread. */
    List<ReadableReplica> followersThatHave(long offset) {
        long end = log.logEndOffset();
        long now = post.around.clock().nanoTime();
        return followers.thatHave(offset, inSync.committed(), end, now);
    }

    private void proposeLeaving(List<Integer> leaving, String why) {
        if (!inSync.isPending()) {
            LOG.info("{}: {} should not be in sync any more: {}", post.id.topicPartition(), leaving, why);
            propose(inSync.proposeWithout(leaving));
        }
    }

    private void propose(InSyncReplicas.Proposal proposal) {
        post.around
                .replication()
                .proposals()
                .propose(new IsrProposals.Proposal(
                        post.id,
                        epoch,
                        inSync.partitionEpoch(),
                        followers.members(proposal.replicas()),
                        answer -> post.strand.accept(() -> onAnswer(proposal, answer))));
    }

    private void onAnswer(InSyncReplicas.Proposal proposal, IsrProposals.Answer answer) {
        if (resigned || !inSync.isPending(proposal)) {
            return;
        }
        switch (answer.error()) {
            case NONE -> {
                if (answer.leaderEpoch() == epoch && commit(answer.inSync(), answer.partitionEpoch())) {
                    reviewFollowers();
                }
            }
            case OPERATION_NOT_ATTEMPTED, INELIGIBLE_REPLICA -> {
                // The controller knows this partition epoch and has not applied it, so nobody ever will.
                // Not again at once: what the controller knows more of will come with the metadata.
                inSync.withdraw();
                advanceHighWatermark();
                reviewLater();
            }
            default -> {
                // It may have been applied all the same; the metadata will tell.
            }
        }
    }

    private boolean commit(List<Integer> replicas, int partitionEpoch) {
        List<Integer> before = inSync.committed();
        if (!inSync.commit(replicas, partitionEpoch)) {
            return false;
        }
        post.around.replication().metrics().inSyncChanged(before.size(), replicas.size());
        for (RemoteReplica follower : followers) {
            if (replicas.contains(follower.id()) && !before.contains(follower.id())) {
                follower.joins(post.around.clock().nanoTime());
            }
        }
        return true;
    }

    private void reviewLater() {
        post.around
                .timer()
                .after(
                        REVIEW_MS,
                        () -> post.strand.accept(() -> {
                            if (!resigned) {
                                reviewFollowers();
                            }
                        }));
    }

    // ---- who lags

    /** Sees to it that somebody looks when the next follower will have lagged for too long; no timer if none lags. */
    private void checkLagLater() {
        if (lagCheck != null || resigned) {
            return;
        }
        long end = log.logEndOffset();
        long now = post.around.clock().nanoTime();
        long longest = -1;
        for (RemoteReplica follower : followers) {
            if (follower.endOffset() < end && holdsBack(follower, end, now)) {
                longest = Math.max(longest, follower.lagNanos(end, now));
            }
        }
        if (longest >= 0) {
            long leftMs = post.around.replication().lagTimeMaxMs() - TimeUnit.NANOSECONDS.toMillis(longest);
            lagCheck = post.around.timer().after(Math.max(leftMs, 0) + 1, () -> post.strand.accept(this::checkLag));
        }
    }

    private boolean holdsBack(RemoteReplica follower, long end, long now) {
        return inSync.maximal().contains(follower.id()) || isAboutToJoin(follower, end, now);
    }

    private void checkLag() {
        lagCheck = null;
        if (resigned) {
            return;
        }
        long end = log.logEndOffset();
        long now = post.around.clock().nanoTime();
        List<Integer> late = new ArrayList<>();
        for (int id : inSync.committed()) {
            RemoteReplica follower = followers.get(id);
            if (follower != null && isTooLate(follower, end, now)) {
                late.add(id);
            }
        }
        if (!late.isEmpty()) {
            proposeLeaving(
                    late,
                    "no fetch with all records for " + post.around.replication().lagTimeMaxMs() + " ms");
        }
        advanceHighWatermark();
        if (!inSync.isPending()) {
            checkLagLater();
        }
    }

    private boolean isTooLate(RemoteReplica follower, long end, long now) {
        return follower.lagNanos(end, now) > lagMaxNanos();
    }

    /** Whether it keeps up, and may join as soon as the high watermark lets it: which therefore waits for it. */
    private boolean isAboutToJoin(RemoteReplica follower, long end, long now) {
        return follower.endOffset() >= 0 && !isTooLate(follower, end, now) && mayJoin(follower);
    }

    // ---- the high watermark

    /** This node has stored more. */
    void stored() {
        commits.stored(log.storedOffset());
        advanceHighWatermark();
        commits.timeStored();
    }

    /** Moves the high watermark to what all of the maximal in-sync set have stored. */
    void advanceHighWatermark() {
        long stored = log.storedOffset();
        if (stored <= log.highWatermark() || inSync.committed().size() < needed()) {
            return;
        }
        if (!followers.isEmpty()) {
            stored = Math.min(stored, storedByFollowers());
        }
        if (stored > log.highWatermark()) {
            log.updateHighWatermark(stored);
            commits.complete(stored);
            deletions.advanced();
            post.news.run();
        }
        holdingBack = slowest;
    }

    private long storedByFollowers() {
        long end = log.logEndOffset();
        long stored = end;
        slowest = Appending.NOBODY;
        long now = post.around.clock().nanoTime();
        for (RemoteReplica follower : followers) {
            if (follower.endOffset() < stored && holdsBack(follower, end, now)) {
                stored = follower.endOffset();
                slowest = follower.id();
            }
        }
        return stored;
    }

    /** Whether the high watermark is known to be no older than what an earlier leader told (KIP-207); any thread. */
    boolean knowsHighWatermark() {
        return log.highWatermark() >= epochStartOffset;
    }

    /** Answers all who wait, since this node does not lead any more. */
    void resign(Errors error, String message) {
        resigned = true;
        if (lagCheck != null) {
            lagCheck.cancel();
            lagCheck = null;
        }
        followers.resign();
        commits.fail(error, message);
        deletions.end(error);
    }
}

package dwal.server.fetch;

import dwal.replication.FetchOutcome;
import dwal.replication.Isolation;
import dwal.replication.Partition;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * One fetch request: looks at the partitions that may have news until there is enough to answer, or time is up. The only
 * place of the fetch path that repeats. Owned by the network loop of its connection, which owns its session as long as it
 * waits; {@link #lookAgain} and {@link #hurry} come from any thread.
 */
final class FetchWait {
    /** How long a request waits for logs that are still being opened, even if it does not want to wait for data. */
    private static final long OPENING_MS = 5_000;
    /** Long enough that a follower which is still to hear of what is expected of it does not ask in circles. */
    private static final long SOON_MS = 10;

    private static final Set<Errors> SET_ASIDE =
            EnumSet.of(Errors.UNKNOWN_TOPIC_OR_PARTITION, Errors.UNKNOWN_TOPIC_ID, Errors.TOPIC_AUTHORIZATION_FAILED);

    /** Where a consumer should read (KIP-392). */
    @FunctionalInterface
    interface Choice {
        /** Nobody is sent elsewhere. */
        Choice HERE = (partition, offset) -> FetchOutcome.HERE;

        /** The node to read {@code partition} from, from {@code offset} on, or {@code FetchOutcome.HERE}. */
        int preferred(Partition partition, long offset);
    }

    /** What reading costs. */
    @FunctionalInterface
    interface Toll {
        /** Nothing. */
        Toll FREE = bytes -> null;

        /** Takes it for {@code bytes}; an answer without records instead if the client cannot pay now. */
        @Nullable
        FetchResponseData refusal(long bytes);
    }

    /** What the client may read. */
    @FunctionalInterface
    interface Admission {
        /** All there is. */
        Admission ALL = partition -> true;

        /** Whether it may read {@code partition}. */
        boolean to(FetchedPartition partition);
    }

    /**
     * What the request asks for.
     *
     * @param full whether the answer names all partitions, news or not
     * @param anyReplica whether a consumer that may read from a follower asks
     * @param choice where it should
     * @param toll what it pays
     * @param highWatermarkAtOnce whether a high watermark that has moved is worth an answer
     * @param admission to what it may read
     */
    record Wanted(
            int minBytes,
            int maxBytes,
            int maxWaitMs,
            Isolation isolation,
            boolean full,
            boolean anyReplica,
            Choice choice,
            Toll toll,
            boolean highWatermarkAtOnce,
            Admission admission) {}

    /** What was found for one partition in a round. */
    record Found(FetchedPartition partition, FetchOutcome outcome) {}

    /** All that a look has found, in the order in which Kafka answers: what was read, then ids of no topic, then what else is refused. */
    private record Round(List<Found> read, List<Found> unknown, List<Found> refused) {
        Round(int most) {
            this(new ArrayList<>(most), new ArrayList<>(0), new ArrayList<>(0));
        }

        static boolean isUnread(FetchOutcome outcome) {
            return SET_ASIDE.contains(outcome.error());
        }

        void add(Found one) {
            if (!isUnread(one.outcome)) {
                read.add(one);
            } else if (one.outcome.error() == Errors.UNKNOWN_TOPIC_ID) {
                unknown.add(one);
            } else {
                refused.add(one);
            }
        }

        List<Found> all() {
            read.addAll(unknown);
            unknown.clear();
            read.addAll(refused);
            refused.clear();
            return read;
        }
    }

    private final FetchSession session;
    private final Wanted wanted;
    private final ScheduledExecutorService loop;
    private final Function<FetchedPartition, Errors> whyNotThere;
    private final Function<List<Found>, FetchResponseData> answer;
    private final CompletableFuture<FetchResponseData> stage = new CompletableFuture<>();
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private @Nullable Future<?> alarm;
    /** What this node did not have at the beginning, or the client may not read: the others are waited for. As in Kafka. */
    private @Nullable Set<FetchedPartition> aside;

    private boolean begun;
    private boolean timeIsUp;
    private int opening;
    private boolean opened;

    /**
     * @param whyNotThere the error for a partition that this node does not host
     * @param answer builds the response from what was found
     */
    FetchWait(
            FetchSession session,
            Wanted wanted,
            ScheduledExecutorService loop,
            Function<FetchedPartition, Errors> whyNotThere,
            Function<List<Found>, FetchResponseData> answer) {
        this.session = session;
        this.wanted = wanted;
        this.loop = loop;
        this.whyNotThere = whyNotThere;
        this.answer = answer;
    }

    /** Looks for the first time; the stage completes now or later. */
    CompletableFuture<FetchResponseData> start() {
        timeIsUp = wanted.maxWaitMs <= 0 || session.isEmpty();
        session.setWaiting(this);
        look();
        if (!stage.isDone() && !session.isWatching()) {
            // Watch first and look again, so that nothing falls between.
            session.watch();
            session.all().forEach(FetchedPartition::enqueue);
            look();
        }
        begun = true;
        if (!stage.isDone()) {
            long waitMs = timeIsUp ? OPENING_MS : wanted.maxWaitMs;
            alarm = loop.schedule(this::timeUp, waitMs, TimeUnit.MILLISECONDS);
        }
        return stage;
    }

    /** Whether it has waited for a log to be opened, which nobody wants. */
    boolean hasOpened() {
        return opened;
    }

    /** There may be something new. */
    void lookAgain() {
        if (scheduled.compareAndSet(false, true)) {
            try {
                loop.execute(() -> {
                    scheduled.set(false);
                    look();
                });
            } catch (RejectedExecutionException e) {
                // The network has stopped, and whoever has news is none the wiser for it: nobody waits any more.
            }
        }
    }

    /** Time is up soon, for another reason than news; any thread. */
    void hurry() {
        try {
            var unused = loop.schedule(this::waitNoMore, SOON_MS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            // As when there is news.
        }
    }

    /** Nothing more to wait for but logs that are being opened, and as long for those as ever. */
    void waitNoMore() {
        if (!timeIsUp) {
            if (alarm != null) {
                alarm.cancel(false);
            }
            timeUp();
        }
    }

    /** Another request of the same session came: this one is out of turn. */
    void displace() {
        if (stage.complete(new FetchResponseData().setErrorCode(Errors.INVALID_FETCH_SESSION_EPOCH.code()))) {
            end();
        }
    }

    /** Nobody waits for the answer any more. */
    void abandon() {
        if (stage.complete(new FetchResponseData())) {
            end();
        }
    }

    private void timeUp() {
        if (timeIsUp) {
            opening = Integer.MIN_VALUE; // no more patience
        }
        timeIsUp = true;
        if (!stage.isDone()) {
            if (session.replica() == null) {
                session.all().forEach(FetchedPartition::enqueue);
            }
            look();
        }
        if (!stage.isDone()) {
            alarm = loop.schedule(this::timeUp, OPENING_MS, TimeUnit.MILLISECONDS);
        }
    }

    private void look() {
        if (stage.isDone()) {
            return;
        }
        boolean patient = opening != Integer.MIN_VALUE;
        if (patient) {
            opening = 0;
        }
        List<FetchedPartition> news = session.takeNews();
        Collection<FetchedPartition> candidates = wanted.full ? List.copyOf(session.all()) : news;
        var round = new Round(candidates.size());
        try {
            lookAt(candidates, round, patient);
        } catch (RuntimeException | Error fault) {
            end();
            round.all().forEach(one -> one.outcome.release());
            stage.completeExceptionally(fault);
        }
    }

    private void lookAt(Collection<FetchedPartition> candidates, Round round, boolean patient) {
        long bytes = 0;
        int left = wanted.maxBytes;
        boolean urgent = false;
        for (FetchedPartition candidate : candidates) {
            FetchOutcome outcome = lookAt(candidate, left, bytes == 0, patient);
            if (outcome != null) {
                round.add(new Found(candidate, outcome));
                bytes += outcome.sizeInBytes();
                if (!Round.isUnread(outcome)) {
                    // After one that failed for less than no bytes none are left, as in Kafka.
                    left = Math.max(left - outcome.sizeInBytes(), 0);
                }
                urgent |= !isAside(candidate, outcome) && isUrgent(candidate, outcome);
            }
        }
        List<Found> found = round.all();
        boolean hopeless = asideCount() == session.all().size();
        boolean enough = timeIsUp || urgent || hopeless || bytes >= wanted.minBytes;
        if (enough && opening <= 0) {
            FetchResponseData refusal = wanted.toll.refusal(bytes);
            if (refusal == null) {
                respond(found);
            } else {
                putBack(found);
                end();
                stage.complete(refusal);
            }
        } else {
            putBack(found);
        }
    }

    private boolean isAside(FetchedPartition candidate, FetchOutcome outcome) {
        boolean canBe =
                session.replica() == null && outcome.error() != Errors.NONE && SET_ASIDE.contains(outcome.error());
        if (canBe && !begun) {
            setAside(candidate);
        }
        return canBe && aside != null && aside.contains(candidate);
    }

    private void setAside(FetchedPartition candidate) {
        if (aside == null) {
            aside = new HashSet<>();
        }
        aside.add(candidate);
    }

    private int asideCount() {
        return aside == null ? 0 : aside.size();
    }

    private boolean isUrgent(FetchedPartition candidate, FetchOutcome outcome) {
        return outcome.error() != Errors.NONE
                || outcome.diverging() != null
                || outcome.preferredReadReplica() != FetchOutcome.HERE
                || (wanted.highWatermarkAtOnce && candidate.isNew(outcome))
                // Somebody waits until all followers have deleted what was deleted here.
                || (session.replica() != null && candidate.hasNewStart(outcome));
    }

    /** Null if the partition is still being opened, in which case it will have news. */
    private @Nullable FetchOutcome lookAt(
            FetchedPartition candidate, int bytesLeft, boolean atLeastOne, boolean patient) {
        Partition partition = candidate.partition();
        if (!wanted.admission.to(candidate)) {
            return FetchOutcome.refused(Errors.TOPIC_AUTHORIZATION_FAILED);
        }
        if (partition == null) {
            return FetchOutcome.refused(whyNotThere.apply(candidate));
        }
        if (!partition.isOpen()) {
            if (!patient) {
                return FetchOutcome.refused(Errors.NOT_LEADER_OR_FOLLOWER);
            }
            opening++;
            opened = true;
            partition.whenOpen(candidate::news);
            return null;
        }
        ReadingReplica replica = session.replica();
        return replica == null
                ? candidate.readAsConsumer(partition, wanted, bytesLeft, atLeastOne)
                : candidate.readAsReplica(partition, replica, bytesLeft, atLeastOne);
    }

    private void respond(List<Found> found) {
        List<Found> told = new ArrayList<>(found.size());
        for (Found one : found) {
            if (wanted.full || one.partition.isNew(one.outcome)) {
                one.partition.told(one.outcome);
                one.partition.sent(one.outcome);
                told.add(one);
            } else {
                one.outcome.release();
            }
            if (one.partition.isUnfinished(one.outcome, wanted.isolation)) {
                one.partition.enqueue();
            }
        }
        end();
        if (!stage.complete(answer.apply(told))) {
            found.forEach(one -> one.outcome.release());
        }
    }

    private void putBack(List<Found> found) {
        for (Found one : found) {
            if (one.partition.isNew(one.outcome) || one.partition.isUnfinished(one.outcome, wanted.isolation)) {
                one.partition.enqueue();
            }
            one.outcome.release();
        }
    }

    private void end() {
        if (session.waiting() == this) {
            session.setWaiting(null);
        }
        if (alarm != null) {
            alarm.cancel(false);
        }
    }
}

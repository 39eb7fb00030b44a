package dwal.server.fetch;

import dwal.protocol.CloseConnection;
import dwal.protocol.Handler;
import dwal.protocol.RecordsSlice;
import dwal.protocol.RequestContext;
import dwal.protocol.RequestTimes;
import dwal.replication.ExpectedFollowers;
import dwal.replication.FetchOutcome;
import dwal.replication.Isolation;
import dwal.replication.Partitions;
import dwal.server.fetch.FetchWait.Choice;
import dwal.server.fetch.FetchWait.Found;
import dwal.server.fetch.FetchWait.Toll;
import dwal.server.fetch.FetchWait.Wanted;
import dwal.server.quota.ClientQuota;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchRequestData.ForgottenTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.AbortedTransaction;
import org.apache.kafka.common.message.FetchResponseData.EpochEndOffset;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.replica.ClientMetadata;
import org.apache.kafka.common.requests.FetchMetadata;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.metadata.PartitionRegistration;
import org.jspecify.annotations.Nullable;

/**
 * Fetch: finds or opens the reader's session, lets a {@link FetchWait} gather what there is, and builds the answer. Any
 * network loop: each request is handled on that of its connection.
 */
public final class FetchHandler implements Handler<FetchRequestData> {
    private static final short RACK_NAMED = 11;
    private static final short TOPIC_IDS = 13;
    private static final short STORAGE_ERROR_KNOWN = 6;
    private static final short LEADER_NAMED = 16;
    /** What Kafka's replicas call themselves that move from one directory to another on the same node. */
    private static final int FUTURE_REPLICA = -3;

    /** About what a partition takes up that a waiting request names: in the request, and among those set aside. */
    private static final long NAMED_BYTES = 128;

    private final Partitions partitions;
    private final FetchSessions sessions;
    private final Supplier<MetadataImage> metadata;
    private final int maxBytes;
    private final @Nullable PreferredReplicas preferred;
    private final ExpectedFollowers expected;
    private final ClientQuota quota;
    private final ReadAccess access;

    /** One that lets everybody read. */
    public FetchHandler(
            Partitions partitions,
            FetchSessions sessions,
            Supplier<MetadataImage> metadata,
            int maxBytes,
            @Nullable PreferredReplicas preferred,
            ClientQuota quota) {
        this(partitions, sessions, metadata, maxBytes, preferred, quota, ReadAccess.ALL);
    }

    /**
     * @param metadata what the cluster looks like now
     * @param maxBytes {@code fetch.max.bytes}: the most that one answer holds
     * @param preferred tells consumers where to read; null if all read from leaders unless they want otherwise themselves
     * @param quota of bytes that clients may fetch
     * @param access what consumers may read
     */
    public FetchHandler(
            Partitions partitions,
            FetchSessions sessions,
            Supplier<MetadataImage> metadata,
            int maxBytes,
            @Nullable PreferredReplicas preferred,
            ClientQuota quota,
            ReadAccess access) {
        this.partitions = partitions;
        this.sessions = sessions;
        this.metadata = metadata;
        this.maxBytes = maxBytes;
        this.preferred = preferred;
        this.quota = quota;
        this.access = access;
        this.expected = partitions.expectedFollowers();
        expected.onExpected(sessions::hurry);
    }

    @Override
    public CompletionStage<FetchResponseData> handle(RequestContext context, FetchRequestData request) {
        boolean usesTopicIds = context.apiVersion() >= TOPIC_IDS;
        int named = named(request);
        if (named > sessions.mostPartitions()) {
            return CompletableFuture.failedFuture(new CloseConnection("its Fetch names " + named
                    + " partitions, more than all sessions together may have: " + sessions.mostPartitions()));
        }
        return isFull(request)
                ? handleFull(context, request, usesTopicIds)
                : handleNext(context, request, usesTopicIds);
    }

    private CompletionStage<FetchResponseData> handleNext(
            RequestContext context, FetchRequestData request, boolean usesTopicIds) {
        FetchSession session = sessions.get(request.sessionId());
        ScheduledExecutorService loop = context.connection().loop();
        if (session != null && !session.owner().is(loop)) {
            return new SessionMove(
                            session,
                            loop,
                            () -> check(session, request, usesTopicIds, replica(context, request)),
                            () -> handleNext(context, request, usesTopicIds))
                    .start(context.asked());
        }
        Errors error = check(session, request, usesTopicIds, replica(context, request));
        if (session == null || error != Errors.NONE) {
            return CompletableFuture.completedFuture(new FetchResponseData().setErrorCode(error.code()));
        }
        session.displaceWaiting();
        session.update(request);
        if (session.isEmpty()) {
            sessions.remove(session.id());
            return CompletableFuture.completedFuture(new FetchResponseData());
        }
        if (!sessions.mayKeep(session)) {
            // As if it had been made to go before: the client begins another, as small or without a session.
            return CompletableFuture.completedFuture(
                    new FetchResponseData().setErrorCode(Errors.FETCH_SESSION_ID_NOT_FOUND.code()));
        }
        sessions.used(session);
        return begin(context, request, session, false);
    }

    private CompletionStage<FetchResponseData> handleFull(
            RequestContext context, FetchRequestData request, boolean usesTopicIds) {
        if (request.sessionId() != FetchMetadata.INVALID_SESSION_ID) {
            sessions.remove(request.sessionId());
        }
        var session = new FetchSession(
                partitions,
                usesTopicIds,
                replica(context, request),
                context.connection().loop());
        session.update(request);
        boolean wantsSession = request.sessionEpoch() == FetchMetadata.INITIAL_EPOCH;
        if (wantsSession && sessions.tryKeep(session)) {
            session.watch();
            return begin(context, request, session, true);
        }
        return begin(context, request, session, true).whenComplete((answer, failure) -> session.close());
    }

    /** Epoch 0 opens a session, -1 ends one: both name all partitions. */
    private static boolean isFull(FetchRequestData request) {
        return request.sessionEpoch() == FetchMetadata.INITIAL_EPOCH
                || request.sessionEpoch() == FetchMetadata.FINAL_EPOCH;
    }

    private static Errors check(
            @Nullable FetchSession session,
            FetchRequestData request,
            boolean usesTopicIds,
            @Nullable ReadingReplica replica) {
        if (session == null || !Objects.equals(session.replica(), replica)) {
            return Errors.FETCH_SESSION_ID_NOT_FOUND;
        }
        if (session.epoch() != request.sessionEpoch()) {
            return Errors.INVALID_FETCH_SESSION_EPOCH;
        }
        return session.usesTopicIds() == usesTopicIds ? Errors.NONE : Errors.FETCH_SESSION_TOPIC_ID_ERROR;
    }

    private CompletableFuture<FetchResponseData> begin(
            RequestContext context, FetchRequestData request, FetchSession session, boolean full) {
        boolean consumer = session.replica() == null;
        int most = consumer ? mostForConsumer(context, request) : request.maxBytes();
        var wanted = new Wanted(
                Math.min(request.minBytes(), most),
                most,
                request.maxWaitMs(),
                isolation(context, request),
                full,
                consumer && context.apiVersion() >= RACK_NAMED,
                consumer ? choice(context, request) : Choice.HERE,
                consumer && quota.isSet() ? toll(context, session, full) : Toll.FREE,
                // Consumers that were sent to a follower wait for what it does not know to be committed yet.
                !consumer && preferred != null,
                consumer && access != ReadAccess.ALL
                        ? partition -> mayRead(context, partition)
                        : FetchWait.Admission.ALL);
        var wait = new FetchWait(
                session,
                wanted,
                context.connection().loop(),
                this::whyNotHere,
                found -> answer(context, session.id(), wanted.isolation(), found));
        CompletableFuture<FetchResponseData> stage = wait.start();
        ReadingReplica replica = session.replica();
        if (replica != null) {
            context.times().exempt();
        }
        if (replica != null && !stage.isDone() && expected.isExpected(replica.id())) {
            wait.hurry();
        }
        if (stage.isDone()) {
            return stage;
        }
        context.asked().whenGone(wait::abandon);
        long waitBytes = waitBytes(context, request, session);
        if (!sessions.mayWait(waitBytes)) {
            wait.waitNoMore();
            return stage.isDone() ? stage : counted(stage, wait, context.times(), 0);
        }
        return counted(stage, wait, context.times(), waitBytes);
    }

    /** How many partitions it names. */
    private static int named(FetchRequestData request) {
        int named = 0;
        for (FetchTopic topic : request.topics()) {
            named += topic.partitions().size();
        }
        for (ForgottenTopic topic : request.forgottenTopicsData()) {
            named += topic.partitions().size();
        }
        return named;
    }

    /** About how much memory the fetch holds while it waits, but for what its session holds anyway. */
    private static long waitBytes(RequestContext context, FetchRequestData request, FetchSession session) {
        long kept = session.id() == FetchMetadata.INVALID_SESSION_ID ? session.bytes() : 0;
        return context.asked().bytes() + named(request) * NAMED_BYTES + kept;
    }

    /** An id that was never known is not denied: that it is not is no secret to one who has it. */
    private boolean mayRead(RequestContext context, FetchedPartition partition) {
        String topic = partition.topicName(metadata.get());
        return topic == null || access.mayRead(context, topic);
    }

    /** No more than its quota could ever allow at once, or it would wait for ever. */
    private int mostForConsumer(RequestContext context, FetchRequestData request) {
        int most = Math.min(request.maxBytes(), maxBytes);
        return quota.isSet() ? Math.min(most, quota.mostAtOnce(context)) : most;
    }

    /** Who must pause gets nothing, and is to ask again; a session that would begin with that does not begin. */
    private Toll toll(RequestContext context, FetchSession session, boolean full) {
        return bytes -> {
            int ms = quota.use(context, (double) bytes);
            if (ms == 0) {
                return null;
            }
            quota.giveBack(context, (double) bytes);
            if (bytes > quota.mostAtOnce(context) && quota.use(context, 0) == 0) {
                // One batch that is larger than its quota could ever allow would never be read. It pauses after it.
                quota.use(context, (double) bytes);
                return null;
            }
            int id = session.id();
            if (full && id != FetchMetadata.INVALID_SESSION_ID) {
                sessions.remove(id);
                id = FetchMetadata.INVALID_SESSION_ID;
            }
            return new FetchResponseData().setSessionId(id).setThrottleTimeMs(ms);
        };
    }

    private CompletableFuture<FetchResponseData> counted(
            CompletableFuture<FetchResponseData> stage, FetchWait wait, RequestTimes times, long bytes) {
        long since = sessions.waits();
        return stage.whenComplete((answer, failure) -> {
            long nanos = sessions.waitsNoMore(since, bytes);
            if (!wait.hasOpened()) {
                times.waitedAsWanted(nanos);
            }
        });
    }

    private Choice choice(RequestContext context, FetchRequestData request) {
        PreferredReplicas selecting = preferred;
        if (selecting == null || context.apiVersion() < RACK_NAMED) {
            return Choice.HERE;
        }
        ClientMetadata client = PreferredReplicas.client(context, request.rackId());
        return (partition, offset) -> selecting.of(partition, offset, client);
    }

    private static int replicaId(RequestContext context, FetchRequestData request) {
        return context.apiVersion() >= 15 ? request.replicaState().replicaId() : request.replicaId();
    }

    private static @Nullable ReadingReplica replica(RequestContext context, FetchRequestData request) {
        int id = replicaId(context, request);
        return id < 0 ? null : new ReadingReplica(id, request.replicaState().replicaEpoch());
    }

    private static Isolation isolation(RequestContext context, FetchRequestData request) {
        int replica = replicaId(context, request);
        if (replica >= 0 || replica == FUTURE_REPLICA) {
            return Isolation.LOG_END;
        }
        return Isolation.ofConsumer(request.isolationLevel());
    }

    /** As in Kafka, a topic is unknown by its id only where the session has never known its name. */
    private Errors whyNotHere(FetchedPartition missing) {
        MetadataImage image = metadata.get();
        String topic = missing.topicName(image);
        if (topic == null) {
            return Errors.UNKNOWN_TOPIC_ID;
        }
        // Another topic may have its name by now, which is none of what was asked for.
        return missing.isDeleted(image) && partitions.find(topic, missing.key.index()) != null
                ? Errors.INCONSISTENT_TOPIC_ID
                : Partitions.whyNotHere(image, topic, missing.key.index());
    }

    private FetchResponseData answer(RequestContext context, int sessionId, Isolation isolation, List<Found> found) {
        var response = new FetchResponseData().setSessionId(sessionId);
        FetchableTopicResponse topic = null;
        for (Found one : found) {
            FetchedPartition.PartitionKey key = one.partition().key;
            if (topic == null
                    || !topic.topic().equals(key.topic())
                    || !topic.topicId().equals(key.topicId())) {
                topic = new FetchableTopicResponse().setTopic(key.topic()).setTopicId(key.topicId());
                response.responses().add(topic);
            }
            topic.partitions().add(partitionData(context, key, isolation, one.outcome()));
        }
        return response;
    }

    private PartitionData partitionData(
            RequestContext context, FetchedPartition.PartitionKey key, Isolation isolation, FetchOutcome outcome) {
        RecordsSlice records = outcome.records();
        var data = new PartitionData()
                .setPartitionIndex(key.index())
                .setErrorCode(error(context, outcome.error()).code())
                .setHighWatermark(outcome.highWatermark())
                .setLastStableOffset(outcome.lastStableOffset())
                .setLogStartOffset(outcome.logStartOffset())
                .setPreferredReadReplica(outcome.preferredReadReplica())
                .setRecords(records == null ? MemoryRecords.EMPTY : records);
        if (isolation != Isolation.READ_COMMITTED && isHere(outcome.error())) {
            data.setAbortedTransactions(null);
        } else if (!outcome.abortedTransactions().isEmpty()) {
            data.setAbortedTransactions(outcome.abortedTransactions().stream()
                    .map(aborted -> new AbortedTransaction()
                            .setProducerId(aborted.producerId())
                            .setFirstOffset(aborted.firstOffset()))
                    .toList());
        }
        FetchOutcome.Diverging diverging = outcome.diverging();
        if (diverging != null) {
            data.setDivergingEpoch(
                    new EpochEndOffset().setEpoch(diverging.epoch()).setEndOffset(diverging.endOffset()));
        }
        if (context.apiVersion() >= LEADER_NAMED
                && (outcome.error() == Errors.NOT_LEADER_OR_FOLLOWER
                        || outcome.error() == Errors.FENCED_LEADER_EPOCH)) {
            nameLeader(key, data);
        }
        return data;
    }

    /** Whether a partition was looked at, and so says by null that aborted transactions were not asked for, as Kafka does. */
    private static boolean isHere(Errors error) {
        return error != Errors.UNKNOWN_TOPIC_OR_PARTITION
                && error != Errors.UNKNOWN_TOPIC_ID
                && error != Errors.TOPIC_AUTHORIZATION_FAILED;
    }

    /** Clients of before version 6 do not know the storage error, and would give up. */
    private static Errors error(RequestContext context, Errors error) {
        return error == Errors.KAFKA_STORAGE_ERROR && context.apiVersion() < STORAGE_ERROR_KNOWN
                ? Errors.NOT_LEADER_OR_FOLLOWER
                : error;
    }

    /** Spares the client a metadata request (KIP-951). */
    private void nameLeader(FetchedPartition.PartitionKey key, PartitionData data) {
        if (Uuid.ZERO_UUID.equals(key.topicId())) {
            return;
        }
        PartitionRegistration now = metadata.get().topics().getPartition(key.topicId(), key.index());
        if (now != null) {
            data.currentLeader().setLeaderId(now.leader).setLeaderEpoch(now.leaderEpoch);
        }
    }
}

package dwal.replication;

import dwal.environment.Strand;
import dwal.environment.Timer;
import dwal.protocol.Peer;
import dwal.replication.Replicated.Next;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchRequestData.ForgottenTopic;
import org.apache.kafka.common.message.FetchRequestData.ReplicaState;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsPartitionResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.FetchMetadata;
import org.apache.kafka.common.requests.ListOffsetsRequest;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches many partitions from one leader over one line, in a fetch session (KIP-227): a request names the partitions
 * whose position has changed, an answer those that have news, and nothing here ever goes over all of them but for the
 * first request of a session. Has a strand of its own.
 *
 * <p>One request at a time. The next is sent when all partitions of the last answer have stored what came for them:
 * what the leader gets meanwhile comes with it, so that a busy follower takes few and large answers.
 */
final class ReplicaFetcher {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicaFetcher.class);
    /** A leader that waits for news answers after this much more than it was asked to wait, or never. */
    private static final int LEAST_TIMEOUT_MS = 1_000;
    /** Of a partition that went wrong; then twice as long each time, up to {@code replica.fetch.backoff.ms}. */
    private static final int FIRST_PAUSE_MS = 20;

    /** One partition: named in requests while it has a position, else waiting for something. */
    private static final class Fetched {
        final Replicated partition;
        final int leaderEpoch;
        Next.@Nullable Fetch position;
        boolean inSession;
        int lastPauseMs;

        Fetched(Replicated partition, int leaderEpoch) {
            this.partition = partition;
            this.leaderEpoch = leaderEpoch;
        }
    }

    /** What a partition says that it wants next. A partition that stops by a fault may say so after it has spoken. */
    private final class Reply implements Consumer<Next> {
        private final Fetched one;
        private final Runnable then;
        private final boolean toAnswer;
        private boolean heard;

        Reply(Fetched one, Runnable then) {
            this(one, then, false);
        }

        /** @param toAnswer whether it is to something that the leader has sent */
        Reply(Fetched one, Runnable then, boolean toAnswer) {
            this.one = one;
            this.then = then;
            this.toAnswer = toAnswer;
        }

        @Override
        public void accept(Next next) {
            strand.run(() -> {
                if (!heard) {
                    heard = true;
                    if (toAnswer && next instanceof Next.Fetch) {
                        one.lastPauseMs = 0;
                    }
                    take(one, next);
                    then.run();
                }
            });
        }
    }

    private final int nodeId;
    private final int leaderId;
    private final PartitionController controller;
    private final Peer peer;
    private final Timer timer;
    private final ReplicationSettings settings;
    private final Strand strand;
    private final Map<TopicIdPartition, Fetched> partitions = new HashMap<>();
    private final Set<Fetched> changed = new LinkedHashSet<>();
    private final List<TopicIdPartition> forgotten = new ArrayList<>();
    private final Map<Uuid, Map<Integer, Fetched>> inSession = new HashMap<>();
    private int ready;
    private int sessionId = FetchMetadata.INVALID_SESSION_ID;
    private int sessionEpoch = FetchMetadata.INITIAL_EPOCH;
    private boolean underWay;
    private int unstored;
    private final LeaderErrors errors;
    private @Nullable String toldFailure;
    private boolean closed;

    ReplicaFetcher(
            int nodeId,
            int leaderId,
            PartitionController controller,
            Peer peer,
            Timer timer,
            ReplicationSettings settings) {
        this.nodeId = nodeId;
        this.leaderId = leaderId;
        this.controller = controller;
        this.peer = peer;
        this.timer = timer;
        this.settings = settings;
        this.errors = new LeaderErrors(leaderId);
        this.strand = new Strand(failure -> {
            LOG.error("Fetching from node {} met a fault; it begins anew", leaderId, failure);
            beginAnew();
        });
    }

    // ---- what partitions ask for, from any thread

    void add(Replicated partition, int leaderEpoch) {
        strand.run(() -> {
            Fetched known = partitions.get(partition.id());
            if (known != null && known.leaderEpoch >= leaderEpoch) {
                return;
            }
            if (known != null) {
                drop(known);
            }
            var fresh = new Fetched(partition, leaderEpoch);
            partitions.put(partition.id(), fresh);
            partition.position(leaderEpoch, new Reply(fresh, this::send));
        });
    }

    void remove(Replicated partition, int leaderEpoch) {
        strand.run(() -> {
            Fetched known = partitions.get(partition.id());
            if (known != null && known.leaderEpoch == leaderEpoch) {
                drop(known);
                closeIfIdle();
            }
        });
    }

    void close() {
        strand.run(() -> {
            closed = true;
            peer.close();
        });
    }

    // ---- on the strand

    private boolean isCurrent(Fetched one) {
        return partitions.get(one.partition.id()) == one;
    }

    private void drop(Fetched one) {
        setPosition(one, null);
        partitions.remove(one.partition.id());
        errors.forget(one.partition.id());
        forget(one);
    }

    private void forget(Fetched one) {
        changed.remove(one);
        if (one.inSession) {
            one.inSession = false;
            TopicIdPartition id = one.partition.id();
            forgotten.add(id);
            Map<Integer, Fetched> topic = inSession.get(id.topicId());
            if (topic != null && topic.remove(id.partition()) != null && topic.isEmpty()) {
                inSession.remove(id.topicId());
            }
        }
    }

    private void setPosition(Fetched one, Next.@Nullable Fetch position) {
        if ((one.position == null) != (position == null)) {
            ready += position == null ? -1 : 1;
        }
        one.position = position;
    }

    /** Does for {@code one} what its partition wants next. */
    private void take(Fetched one, Next next) {
        if (!isCurrent(one)) {
            return;
        }
        if (next instanceof Next.Fetch position) {
            setPosition(one, position);
            changed.add(one);
            forgotten.remove(one.partition.id());
        } else if (next instanceof Next.AskOffsets ask) {
            askOffsets(one, ask);
        } else if (next == Next.STOP) {
            drop(one);
        } else {
            pause(one);
        }
    }

    /** Leaves {@code one} out for a while: at first a short one, for leader and follower hear of news one after the other. */
    private void pause(Fetched one) {
        setPosition(one, null);
        forget(one);
        one.lastPauseMs = Math.min(Math.max(2 * one.lastPauseMs, FIRST_PAUSE_MS), settings.fetchBackoffMs());
        timer.after(
                one.lastPauseMs,
                () -> strand.run(() -> {
                    if (isCurrent(one)) {
                        one.partition.position(one.leaderEpoch, new Reply(one, this::send));
                    }
                }));
    }

    private void send() {
        if (underWay || unstored > 0 || closed) {
            return;
        }
        if (ready == 0) {
            closeIfIdle();
            return;
        }
        underWay = true;
        FetchRequestData request = request();
        int timeoutMs = Math.max(settings.socketTimeoutMs(), settings.fetchWaitMaxMs() + LEAST_TIMEOUT_MS);
        peer.send(ApiKeys.FETCH, request, timeoutMs, answer -> strand.run(() -> onAnswer(answer)));
    }

    private void closeIfIdle() {
        if (partitions.isEmpty() && !underWay && unstored == 0) {
            endSession();
            peer.close();
        }
    }

    private FetchRequestData request() {
        boolean full = sessionEpoch == FetchMetadata.INITIAL_EPOCH;
        if (full) {
            endSession();
        }
        var request = new FetchRequestData()
                .setReplicaState(new ReplicaState().setReplicaId(nodeId).setReplicaEpoch(controller.brokerEpoch()))
                .setMaxWaitMs(settings.fetchWaitMaxMs())
                .setMinBytes(settings.fetchMinBytes())
                .setMaxBytes(settings.fetchResponseMaxBytes())
                .setSessionId(sessionId)
                .setSessionEpoch(sessionEpoch);
        Map<Uuid, FetchTopic> topics = new LinkedHashMap<>();
        for (Fetched one : full ? List.copyOf(partitions.values()) : changed) {
            if (one.position != null) {
                name(one, one.position, topics);
            }
        }
        changed.clear();
        request.setTopics(new ArrayList<>(topics.values()));
        request.setForgottenTopicsData(forgottenTopics());
        return request;
    }

    private void name(Fetched one, Next.Fetch position, Map<Uuid, FetchTopic> topics) {
        TopicIdPartition id = one.partition.id();
        topics.computeIfAbsent(
                        id.topicId(),
                        topicId -> new FetchTopic().setTopicId(topicId).setTopic(id.topic()))
                .partitions()
                .add(new FetchPartition()
                        .setPartition(id.partition())
                        .setCurrentLeaderEpoch(position.leaderEpoch())
                        .setFetchOffset(position.offset())
                        .setLastFetchedEpoch(position.lastFetchedEpoch())
                        .setLogStartOffset(position.logStartOffset())
                        .setPartitionMaxBytes(settings.fetchMaxBytes()));
        one.inSession = true;
        inSession.computeIfAbsent(id.topicId(), topicId -> new HashMap<>()).put(id.partition(), one);
    }

    private List<ForgottenTopic> forgottenTopics() {
        Map<Uuid, ForgottenTopic> topics = new LinkedHashMap<>();
        for (TopicIdPartition id : forgotten) {
            topics.computeIfAbsent(
                            id.topicId(),
                            topicId -> new ForgottenTopic().setTopicId(topicId).setTopic(id.topic()))
                    .partitions()
                    .add(id.partition());
        }
        forgotten.clear();
        return new ArrayList<>(topics.values());
    }

    /** The next request opens a session, and names the last one, which it thereby ends at the leader, too. */
    private void endSession() {
        sessionEpoch = FetchMetadata.INITIAL_EPOCH;
        forgotten.clear();
        inSession.values().forEach(topic -> topic.values().forEach(one -> one.inSession = false));
        inSession.clear();
    }

    private void beginAnew() {
        endSession();
        underWay = false;
        later();
    }

    /** Sends after a pause. */
    private void later() {
        underWay = true;
        timer.after(
                settings.fetchBackoffMs(),
                () -> strand.run(() -> {
                    underWay = false;
                    send();
                }));
    }

    // ---- answers

    private void onAnswer(Peer.Answer answer) {
        underWay = false;
        if (closed) {
            answer.release(); // mostly the failure that closing has brought about
            return;
        }
        if (!(answer.body() instanceof FetchResponseData response)) {
            answer.release();
            tell(String.valueOf(answer.failure()));
            beginAnew();
            return;
        }
        Errors error = Errors.forCode(response.errorCode());
        if (error != Errors.NONE) {
            answer.release();
            boolean session = error == Errors.FETCH_SESSION_ID_NOT_FOUND
                    || error == Errors.INVALID_FETCH_SESSION_EPOCH
                    || error == Errors.FETCH_SESSION_TOPIC_ID_ERROR;
            if (!session || sessionEpoch == FetchMetadata.INITIAL_EPOCH) {
                tell(error.message());
                beginAnew();
            } else {
                endSession();
                if (error == Errors.FETCH_SESSION_ID_NOT_FOUND) {
                    sessionId = FetchMetadata.INVALID_SESSION_ID;
                }
                send();
            }
            return;
        }
        toldFailure = null;
        goOn(response);
        distribute(response, answer);
    }

    private void goOn(FetchResponseData response) {
        if (sessionEpoch == FetchMetadata.INITIAL_EPOCH) {
            sessionId = response.sessionId();
            sessionEpoch = sessionId == FetchMetadata.INVALID_SESSION_ID ? FetchMetadata.INITIAL_EPOCH : 1;
        } else {
            sessionEpoch = FetchMetadata.nextEpoch(sessionEpoch);
        }
    }

    private void distribute(FetchResponseData response, Peer.Answer answer) {
        // One more than there are partitions, so that nothing is sent before all have been given out.
        unstored = 1;
        for (FetchResponseData.FetchableTopicResponse topic : response.responses()) {
            Map<Integer, Fetched> known = inSession.getOrDefault(topic.topicId(), Map.of());
            for (PartitionData said : topic.partitions()) {
                Fetched one = known.get(said.partitionIndex());
                if (one != null && one.position != null && isCurrent(one)) {
                    long asked = one.position.offset();
                    // It has one again when this is stored; until then nothing else in the answer is for it.
                    setPosition(one, null);
                    unstored++;
                    errors.answered(one.partition.id(), Errors.forCode(said.errorCode()));
                    one.partition.replicate(
                            one.leaderEpoch, asked, said, bytesOf(said), new Reply(one, () -> stored(answer), true));
                }
            }
        }
        errors.tell();
        stored(answer);
    }

    private void stored(Peer.Answer answer) {
        unstored--;
        if (unstored == 0) {
            answer.release();
            send();
        }
    }

    private static @Nullable ByteBuffer bytesOf(PartitionData said) {
        return said.records() instanceof MemoryRecords records ? records.buffer() : null;
    }

    private void askOffsets(Fetched one, Next.AskOffsets ask) {
        setPosition(one, null);
        forget(one);
        askOffset(one, ListOffsetsRequest.LATEST_TIMESTAMP, end -> {
            if (end < ask.offset()) {
                startOver(one, -1, end);
            } else {
                askOffset(one, ListOffsetsRequest.EARLIEST_TIMESTAMP, start -> startOver(one, start, end));
            }
        });
    }

    private void startOver(Fetched one, long start, long end) {
        one.partition.startOver(one.leaderEpoch, start, end, new Reply(one, this::send));
    }

    private void askOffset(Fetched one, long timestamp, Consumer<Long> done) {
        TopicIdPartition id = one.partition.id();
        var request = new ListOffsetsRequestData().setReplicaId(nodeId);
        request.topics()
                .add(new ListOffsetsTopic()
                        .setName(id.topic())
                        .setPartitions(List.of(new ListOffsetsPartition()
                                .setPartitionIndex(id.partition())
                                .setCurrentLeaderEpoch(one.leaderEpoch)
                                .setTimestamp(timestamp))));
        peer.send(
                ApiKeys.LIST_OFFSETS,
                request,
                settings.socketTimeoutMs(),
                answer -> strand.run(() -> {
                    ListOffsetsPartitionResponse said = only(answer);
                    answer.release();
                    if (said == null || said.errorCode() != Errors.NONE.code()) {
                        take(one, Next.RETRY);
                    } else if (isCurrent(one)) {
                        done.accept(said.offset());
                    }
                }));
    }

    private static @Nullable ListOffsetsPartitionResponse only(Peer.Answer answer) {
        return answer.body() instanceof ListOffsetsResponseData response
                        && response.topics().size() == 1
                        && response.topics().get(0).partitions().size() == 1
                ? response.topics().get(0).partitions().get(0)
                : null;
    }

    // ---- the node's log: each trouble once

    private void tell(String failure) {
        if (!failure.equals(toldFailure)) {
            toldFailure = failure;
            LOG.warn("Fetching from node {} fails and is tried again: {}", leaderId, failure);
        }
    }
}

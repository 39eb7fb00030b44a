package dwal.gateway.log;

import dwal.environment.Clock;
import dwal.protocol.RequestTimes;
import dwal.server.DoorSettings;
import dwal.server.Doors;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceDataCollection;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.FetchMetadata;
import org.apache.kafka.common.requests.ListOffsetsRequest;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.TopicImage;
import org.apache.kafka.metadata.PartitionRegistration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The logs of the cluster, each wherever its leader is: what is asked of them is asked as a client of Kafka would. Reads end at the
 * high watermark, or at the last stable offset. Any thread; nothing blocks, and no returned future fails.
 */
public final class ClusterLogs implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterLogs.class);
    private static final long RETRY_MS = 50;
    private static final long CREATION_RETRY_MS = 500;
    /** How much longer than a request itself its answer may take over the network. */
    private static final int NETWORK_MS = 5_000;

    /** Twice what one who reads on holds at a time, about: they leave the half to others. */
    private static final int BYTES_PER_TAIL = 128 * 1024;

    /** What passes: a leader changes, a topic is new. */
    private static final Set<Errors> PASSING = Set.of(
            Errors.NOT_LEADER_OR_FOLLOWER,
            Errors.LEADER_NOT_AVAILABLE,
            Errors.REPLICA_NOT_AVAILABLE,
            Errors.UNKNOWN_TOPIC_OR_PARTITION,
            Errors.UNKNOWN_TOPIC_ID,
            Errors.INCONSISTENT_TOPIC_ID);

    private final Supplier<MetadataImage> metadata;
    private final Clock clock;
    private final DoorSettings settings;
    private final QueuedBytes memory;
    private final int mostTails;
    private final AtomicInteger tails;
    private final Supplier<KafkaRequests> lines;
    /** Apart: on one connection, an append would wait for the reads before it. */
    private final KafkaRequests writes;

    private final KafkaRequests reads;
    private final Pauses.OfDoors pauses;

    /** Where a partition is. */
    private record Place(TopicPartition partition, Uuid topicId, int leader) {}

    /**
     * The logs as {@code node} reaches them.
     *
     * @param memory counts what was read of them
     * @param pauses while a quota is used up
     */
    public ClusterLogs(Doors.Inside node, DoorSettings settings, QueuedBytes memory, Pauses.OfDoors pauses) {
        this.memory = memory;
        this.tails = new AtomicInteger();
        this.mostTails = (int) Math.max(1, Math.min(memory.limit() / BYTES_PER_TAIL, Integer.MAX_VALUE));
        this.metadata = node.metadata();
        this.clock = node.clock();
        this.settings = settings;
        this.lines = () -> new KafkaRequests(node);
        this.writes = lines.get();
        this.reads = lines.get();
        this.pauses = pauses;
    }

    private ClusterLogs(ClusterLogs all, Caller caller) {
        this.memory = all.memory;
        this.tails = all.tails;
        this.mostTails = all.mostTails;
        this.metadata = all.metadata;
        this.clock = all.clock;
        this.settings = all.settings;
        this.lines = () -> all.lines.get().as(caller);
        this.writes = all.writes.as(caller);
        this.reads = all.reads.as(caller);
        this.pauses = all.pauses;
    }

    /** The same logs as {@code caller} may read and write them. */
    public ClusterLogs as(Caller caller) {
        return reads.isGuarded() ? new ClusterLogs(this, caller) : this;
    }

    private static <T> @Nullable Answer<T> whyNotSeen(KafkaRequests line, String topic) {
        return line.whyNot(ApiKeys.METADATA, AclOperation.DESCRIBE, ResourceType.TOPIC, topic);
    }

    /** How many partitions {@code topic} has. */
    public CompletableFuture<Answer<Integer>> partitionCount(String topic) {
        return partitionCount(topic, false, () -> {});
    }

    /**
     * The same of one that is to be written to: if there is none, it is created if the settings allow.
     *
     * @param times where that is noted
     */
    CompletableFuture<Answer<Integer>> partitionCountToWrite(String topic, RequestTimes times) {
        return partitionCount(topic, true, () -> times.topicCreated(clock.nanoTime()));
    }

    private CompletableFuture<Answer<Integer>> partitionCount(String topic, boolean mayCreate, Runnable onCreated) {
        Answer<Integer> unseen = whyNotSeen(writes, topic);
        if (unseen != null) {
            return CompletableFuture.completedFuture(unseen);
        }
        TopicImage there = topic(topic);
        if (there != null) {
            return CompletableFuture.completedFuture(
                    Answer.of(there.partitions().size()));
        }
        return persistently(writes, new TopicPartition(topic, 0), mayCreate, false, place -> {
            onCreated.run();
            return CompletableFuture.completedFuture(knownPartitionCount(topic));
        });
    }

    private Answer<Integer> knownPartitionCount(String topic) {
        TopicImage there = topic(topic);
        return there == null
                ? Answer.refused(Errors.UNKNOWN_TOPIC_OR_PARTITION, null)
                : Answer.of(there.partitions().size());
    }

    /**
     * Appends {@code batch} to {@code partition}.
     *
     * @param times where it is noted how that went, if this node leads
     * @param patient whether it waits while a quota is used up, for a while
     */
    public CompletableFuture<Answer<Appended>> append(
            TopicPartition partition, Batch batch, RequestTimes times, boolean patient) {
        return append(partition, batch, times, false, patient);
    }

    CompletableFuture<Answer<Appended>> append(
            TopicPartition partition, Batch batch, RequestTimes times, boolean mayCreate, boolean patient) {
        long deadline = clock.nanoTime() + TimeUnit.MILLISECONDS.toNanos(settings.requestTimeoutMs());
        CompletableFuture<Answer<Appended>> appended = tryAppend(partition, batch, times, mayCreate);
        return patient ? appended.thenCompose(answer -> later(answer, partition, batch, times, deadline)) : appended;
    }

    private CompletableFuture<Answer<Appended>> later(
            Answer<Appended> answer, TopicPartition partition, Batch batch, RequestTimes times, long deadline) {
        long leftMs = TimeUnit.NANOSECONDS.toMillis(deadline - clock.nanoTime());
        if (answer.retryMs() == 0 || answer.retryMs() > leftMs) {
            return CompletableFuture.completedFuture(answer);
        }
        return writes.pause(answer.retryMs())
                .thenCompose(over -> tryAppend(partition, batch, times, false))
                .thenCompose(again -> later(again, partition, batch, times, deadline));
    }

    private CompletableFuture<Answer<Appended>> tryAppend(
            TopicPartition partition, Batch batch, RequestTimes times, boolean mayCreate) {
        boolean creates = mayCreate && topic(partition.topic()) == null;
        return persistently(writes, partition, mayCreate, batch.isIdempotent(), place -> {
            if (creates) {
                times.topicCreated(clock.nanoTime());
            }
            return produce(place, batch, times);
        });
    }

    /**
     * Reads at least one batch from {@code offset} on, up to about {@code maxBytes}, without waiting for one.
     *
     * @return without records at the end of the log; {@code OFFSET_OUT_OF_RANGE} before its start, and beyond its end
     */
    public CompletableFuture<Answer<Fetched>> read(
            TopicPartition partition, long offset, IsolationLevel isolation, int maxBytes) {
        return read(reads, partition, offset, isolation, 0, maxBytes, false);
    }

    /** The offset that {@code from} means now. An offset is taken as it is. */
    public CompletableFuture<Answer<Long>> offset(TopicPartition partition, ReadFrom from, IsolationLevel isolation) {
        if (from instanceof ReadFrom.Offset at) {
            return CompletableFuture.completedFuture(Answer.of(at.offset()));
        }
        if (from instanceof ReadFrom.Timestamp at) {
            return listOffset(reads, partition, at.ms(), isolation)
                    .thenCompose(found -> found.isRefused() || found.get() >= 0
                            ? CompletableFuture.completedFuture(found)
                            : end(partition, isolation));
        }
        long count = ((ReadFrom.Last) from).count();
        return end(partition, isolation)
                .thenCompose(end -> end.isRefused() || count == 0
                        ? CompletableFuture.completedFuture(end)
                        : listOffset(reads, partition, ListOffsetsRequest.EARLIEST_TIMESTAMP, isolation)
                                .thenApply(start -> start.isRefused()
                                        ? start
                                        : Answer.of(Math.max(start.get(), end.get() - count))));
    }

    private CompletableFuture<Answer<Long>> end(TopicPartition partition, IsolationLevel isolation) {
        return listOffset(reads, partition, ListOffsetsRequest.LATEST_TIMESTAMP, isolation);
    }

    /** Reads on from some offset of {@code partition}; to be closed. A refusal if as many read on as may. */
    public Answer<LogTail> tail(TopicPartition partition, IsolationLevel isolation) {
        return tail(partition, isolation, false);
    }

    Answer<LogTail> tail(TopicPartition partition, IsolationLevel isolation, boolean mayCreate) {
        if (tails.incrementAndGet() > mostTails) {
            tails.decrementAndGet();
            return Answer.refused(
                    Errors.THROTTLING_QUOTA_EXCEEDED,
                    mostTails + " clients read on, or wait for records, already, as many as"
                            + " dwal.gateway.queued.max.bytes=" + memory.limit() + " has room for: try again later");
        }
        return Answer.of(new LogTail(this, lines.get(), partition, isolation, mayCreate, tails::decrementAndGet));
    }

    /** How many read on, or wait. */
    public int tails() {
        return tails.get();
    }

    CompletableFuture<Answer<Fetched>> read(
            KafkaRequests line,
            TopicPartition partition,
            long offset,
            IsolationLevel isolation,
            int waitMs,
            int maxBytes,
            boolean mayCreate) {
        return persistently(
                line, partition, mayCreate, true, place -> fetch(line, place, offset, isolation, waitMs, maxBytes));
    }

    /** The offset of {@code timestamp}, which may be one of Kafka's special ones; -1 where there is none. */
    CompletableFuture<Answer<Long>> listOffset(
            KafkaRequests line, TopicPartition partition, long timestamp, IsolationLevel isolation) {
        return persistently(line, partition, false, true, place -> listOffset(line, place, timestamp, isolation));
    }

    // ---- where the leader is

    /** The same as {@link #retrying}; what went wrong in a way that nobody thought of is a refusal too. */
    private <T> CompletableFuture<Answer<T>> persistently(
            KafkaRequests line,
            TopicPartition partition,
            boolean mayCreate,
            boolean mayRepeat,
            Function<Place, CompletableFuture<Answer<T>>> attempt) {
        Answer<T> notYet = line.whyNotYet();
        if (notYet != null) {
            return CompletableFuture.completedFuture(notYet);
        }
        // Lest it be told from what the node knows whether there is such a topic.
        Answer<T> unseen = whyNotSeen(line, partition.topic());
        if (unseen != null) {
            return CompletableFuture.completedFuture(unseen);
        }
        long deadline = clock.nanoTime() + TimeUnit.MILLISECONDS.toNanos(settings.requestTimeoutMs());
        return retrying(
                        line,
                        partition,
                        deadline,
                        mayCreate && settings.createTopics() && !Topic.isInternal(partition.topic()),
                        mayRepeat,
                        attempt)
                .exceptionally(defect -> {
                    LOG.error("A request to the log of {} failed by a defect of this node", partition, defect);
                    return Answer.refused(Errors.UNKNOWN_SERVER_ERROR, "The node made a mistake; its log says more");
                });
    }

    /** Tries until it works, or fails for good, or time is up. */
    private <T> CompletableFuture<Answer<T>> retrying(
            KafkaRequests line,
            TopicPartition partition,
            long deadline,
            boolean mayCreate,
            boolean mayRepeat,
            Function<Place, CompletableFuture<Answer<T>>> attempt) {
        CompletableFuture<Answer<T>> tried = find(line, partition, mayCreate)
                .thenCompose(place -> place.isRefused()
                        ? CompletableFuture.completedFuture(place.refusedToo())
                        : attempt.apply(place.get()));
        return tried.thenCompose(answer -> {
            boolean there = isThere(partition);
            boolean passes =
                    PASSING.contains(answer.error()) && (there || (mayCreate && topic(partition.topic()) == null));
            boolean again = passes || (mayRepeat && answer.error() == Errors.NETWORK_EXCEPTION);
            if (!again || clock.nanoTime() - deadline >= 0) {
                return CompletableFuture.completedFuture(answer);
            }
            return line.pause(there ? RETRY_MS : CREATION_RETRY_MS)
                    .thenCompose(over -> retrying(line, partition, deadline, mayCreate, mayRepeat, attempt));
        });
    }

    private boolean isThere(TopicPartition partition) {
        TopicImage topic = topic(partition.topic());
        return topic != null && topic.partitions().containsKey(partition.partition());
    }

    private @Nullable TopicImage topic(String name) {
        return metadata.get().topics().getTopic(name);
    }

    private CompletableFuture<Answer<Place>> find(KafkaRequests line, TopicPartition partition, boolean mayCreate) {
        return topic(partition.topic()) != null || !mayCreate
                ? CompletableFuture.completedFuture(place(partition))
                : create(line, partition.topic())
                        .thenApply(created -> created.isRefused() ? created.refusedToo() : place(partition));
    }

    private Answer<Place> place(TopicPartition partition) {
        TopicImage topic = topic(partition.topic());
        if (topic == null) {
            return Answer.refused(
                    Errors.UNKNOWN_TOPIC_OR_PARTITION,
                    "There is no topic " + partition.topic()
                            + (settings.createTopics() ? "" : ", and auto.create.topics.enable=false"));
        }
        PartitionRegistration found = topic.partitions().get(partition.partition());
        if (found == null) {
            return Answer.refused(
                    Errors.UNKNOWN_TOPIC_OR_PARTITION,
                    "Topic " + partition.topic() + " has no partition " + partition.partition() + ", but "
                            + topic.partitions().size() + ", numbered from 0");
        }
        return found.leader < 0
                ? Answer.refused(Errors.LEADER_NOT_AVAILABLE, "The log of " + partition + " has no leader now")
                : Answer.of(new Place(partition, topic.id(), found.leader));
    }

    /** As a client that asks for the topic does; whether it is there soon is seen in the metadata. */
    private CompletableFuture<Answer<Boolean>> create(KafkaRequests line, String topic) {
        var request = new MetadataRequestData()
                .setAllowAutoTopicCreation(true)
                .setTopics(List.of(new MetadataRequestTopic().setName(topic)));
        return line.<MetadataResponseData, Boolean>askHere(ApiKeys.METADATA, request, answer -> {
            MetadataResponseTopic told = answer.topics().iterator().next();
            Errors error = Errors.forCode(told.errorCode());
            return error == Errors.NONE || PASSING.contains(error)
                    ? Answer.of(Boolean.TRUE)
                    : Answer.refused(
                            error, "There is no topic " + topic + ", and it cannot be created: " + error.message());
        });
    }

    // ---- what is asked there

    private CompletableFuture<Answer<Appended>> produce(Place place, Batch batch, RequestTimes times) {
        Answer<Appended> tooSoon = pauses.writes().tooSoon(place.leader());
        if (tooSoon != null) {
            return CompletableFuture.completedFuture(tooSoon);
        }
        var topics = new TopicProduceDataCollection();
        topics.add(new TopicProduceData()
                .setName(place.partition().topic())
                .setTopicId(place.topicId())
                .setPartitionData(List.of(new PartitionProduceData()
                        .setIndex(place.partition().partition())
                        .setRecords(encoded(batch)))));
        var request = new ProduceRequestData()
                .setAcks(batch.acks())
                .setTimeoutMs(settings.requestTimeoutMs())
                .setTopicData(topics);
        return writes.<ProduceResponseData, Appended>ask(
                place.leader(), ApiKeys.PRODUCE, request, settings.requestTimeoutMs() + NETWORK_MS, times, answer -> {
                    pauses.writes().told(place.leader(), answer.throttleTimeMs());
                    return appended(answer);
                });
    }

    /** Anew for each attempt: an append writes offsets into it. */
    private static MemoryRecords encoded(Batch batch) {
        SimpleRecord[] records = batch.records().toArray(SimpleRecord[]::new);
        return batch.isIdempotent()
                ? MemoryRecords.withIdempotentRecords(
                        Compression.NONE, batch.producerId(), (short) 0, batch.baseSequence(), records)
                : MemoryRecords.withRecords(Compression.NONE, records);
    }

    private static Answer<Appended> appended(ProduceResponseData answer) {
        PartitionProduceResponse partition =
                answer.responses().iterator().next().partitionResponses().get(0);
        Errors error = Errors.forCode(partition.errorCode());
        return error == Errors.NONE
                ? Answer.of(new Appended(partition.baseOffset(), partition.logAppendTimeMs()))
                : Answer.refused(error, reason(partition));
    }

    private static @Nullable String reason(PartitionProduceResponse refused) {
        return refused.recordErrors().isEmpty()
                ? refused.errorMessage()
                : refused.recordErrors().get(0).batchIndexErrorMessage();
    }

    private CompletableFuture<Answer<Fetched>> fetch(
            KafkaRequests line, Place place, long offset, IsolationLevel isolation, int waitMs, int maxBytes) {
        // Of another node's handler this one would be asked, who may read all.
        Answer<Fetched> denied = line.whyNot(
                ApiKeys.FETCH,
                AclOperation.READ,
                ResourceType.TOPIC,
                place.partition().topic());
        if (denied != null) {
            return CompletableFuture.completedFuture(denied);
        }
        Answer<Fetched> tooSoon = pauses.reads().tooSoon(place.leader());
        if (tooSoon != null) {
            return CompletableFuture.completedFuture(tooSoon);
        }
        var request = new FetchRequestData()
                .setMaxWaitMs(waitMs)
                .setMinBytes(1)
                .setMaxBytes(maxBytes)
                .setIsolationLevel(isolation.id())
                .setSessionId(FetchMetadata.INVALID_SESSION_ID)
                .setSessionEpoch(FetchMetadata.FINAL_EPOCH)
                .setTopics(List.of(new FetchTopic()
                        .setTopic(place.partition().topic())
                        .setTopicId(place.topicId())
                        .setPartitions(List.of(new FetchPartition()
                                .setPartition(place.partition().partition())
                                .setFetchOffset(offset)
                                .setPartitionMaxBytes(maxBytes)))));
        return line.<FetchResponseData, Fetched>ask(
                place.leader(), ApiKeys.FETCH, request, waitMs + settings.requestTimeoutMs() + NETWORK_MS, answer -> {
                    pauses.reads().told(place.leader(), answer.throttleTimeMs());
                    Answer<Fetched> nothing =
                            answer.responses().isEmpty() ? pauses.reads().tooSoon(place.leader()) : null;
                    return nothing != null ? nothing : fetched(answer, offset);
                });
    }

    private Answer<Fetched> fetched(FetchResponseData answer, long offset) {
        Errors error = Errors.forCode(answer.errorCode());
        if (error != Errors.NONE || answer.responses().isEmpty()) {
            return Answer.refused(error == Errors.NONE ? Errors.UNKNOWN_SERVER_ERROR : error, null);
        }
        PartitionData partition = answer.responses().get(0).partitions().get(0);
        Errors ofPartition = Errors.forCode(partition.errorCode());
        int size = RecordReader.size(partition.records());
        if (ofPartition != Errors.NONE || !memory.tryHold(size)) {
            RecordReader.release(partition.records());
            return ofPartition == Errors.NONE ? noRoom(size, offset) : refused(ofPartition, offset);
        }
        ByteBuffer bytes = RecordReader.copy(partition.records());
        List<FetchResponseData.AbortedTransaction> aborted = partition.abortedTransactions();
        var records = new RecordReader(
                bytes,
                offset,
                aborted == null ? List.of() : aborted,
                settings.maxRequestBytes(),
                () -> memory.release(size));
        return Answer.of(new Fetched(
                records, partition.logStartOffset(), partition.highWatermark(), partition.lastStableOffset()));
    }

    private static Answer<Fetched> refused(Errors error, long offset) {
        return error == Errors.OFFSET_OUT_OF_RANGE ? outOfRange(offset) : Answer.refused(error, null);
    }

    private Answer<Fetched> noRoom(int bytes, long offset) {
        return bytes > memory.limit()
                ? Answer.refused(
                        Errors.MESSAGE_TOO_LARGE,
                        "The batch at offset " + offset + " has " + bytes
                                + " bytes, and all that is held here may have dwal.gateway.queued.max.bytes="
                                + memory.limit() + ": read it by Kafka's protocol")
                : Answer.refused(
                        Errors.THROTTLING_QUOTA_EXCEEDED,
                        "What is held for clients would be more than dwal.gateway.queued.max.bytes=" + memory.limit()
                                + ": try again later");
    }

    static <T> Answer<T> outOfRange(long offset) {
        return Answer.refused(Errors.OFFSET_OUT_OF_RANGE, "There is no record at offset " + offset);
    }

    private CompletableFuture<Answer<Long>> listOffset(
            KafkaRequests line, Place place, long timestamp, IsolationLevel isolation) {
        var request = new ListOffsetsRequestData()
                .setReplicaId(ListOffsetsRequest.CONSUMER_REPLICA_ID)
                .setIsolationLevel(isolation.id())
                .setTopics(List.of(new ListOffsetsTopic()
                        .setName(place.partition().topic())
                        .setPartitions(List.of(new ListOffsetsPartition()
                                .setPartitionIndex(place.partition().partition())
                                .setTimestamp(timestamp)))));
        return line.<ListOffsetsResponseData, Long>ask(
                place.leader(), ApiKeys.LIST_OFFSETS, request, settings.requestTimeoutMs() + NETWORK_MS, answer -> {
                    var partition = answer.topics().get(0).partitions().get(0);
                    Errors error = Errors.forCode(partition.errorCode());
                    return error == Errors.NONE ? Answer.of(partition.offset()) : Answer.refused(error, null);
                });
    }

    @Override
    public void close() {
        writes.close();
        reads.close();
    }
}

package dwal.gateway.log;

import dwal.environment.Clock;
import dwal.server.DoorSettings;
import dwal.server.Doors;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
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
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceDataCollection;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.FetchMetadata;
import org.apache.kafka.common.requests.ListOffsetsRequest;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.TopicImage;
import org.apache.kafka.metadata.PartitionRegistration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log without a name: partition 0 of {@code dwal.default.topic}, wherever its leader is. Appends wait for the high watermark,
 * as {@code acks=all}, and reads end there. Any thread; nothing blocks, and no returned future fails.
 */
public final class DefaultLog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DefaultLog.class);
    private static final int PARTITION = 0;
    private static final short ALL = -1;
    private static final long RETRY_MS = 50;
    private static final long CREATION_RETRY_MS = 500;
    /** How much longer than a request itself its answer may take over the network. */
    private static final int NETWORK_MS = 5_000;
    /** One batch: the first one is given however large it is. */
    private static final int ONE_BATCH = 1;

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
    private final Supplier<KafkaRequests> lines;
    /** Apart: on one connection, an append would wait for the reads before it. */
    private final KafkaRequests writes;

    private final KafkaRequests reads;

    /** Where the partition is. */
    private record Place(Uuid topicId, int leader) {}

    /** The log as {@code node} reaches it. */
    public DefaultLog(Doors.Inside node, DoorSettings settings) {
        this.metadata = node.metadata();
        this.clock = node.clock();
        this.settings = settings;
        this.lines = () -> new KafkaRequests(node);
        this.writes = lines.get();
        this.reads = lines.get();
    }

    /** Appends {@code values} together; gives the offset of the first, the others follow it. */
    public CompletableFuture<Answer<Long>> append(List<ByteBuffer> values) {
        return persistently(writes, true, false, place -> produce(place, values));
    }

    /** Reads the record at {@code offset}; {@code OFFSET_OUT_OF_RANGE} where there is none. */
    public CompletableFuture<Answer<LogRecord>> read(long offset) {
        return persistently(reads, false, true, place -> fetch(reads, place, offset, 0, ONE_BATCH))
                .thenApply(fetched -> {
                    if (fetched.error() == Errors.UNKNOWN_TOPIC_OR_PARTITION) {
                        return outOfRange(offset);
                    }
                    return fetched.isRefused() ? fetched.refusedToo() : find(fetched.get(), offset);
                });
    }

    private static Answer<LogRecord> find(ByteBuffer bytes, long offset) {
        try (var reader = new RecordReader(bytes, offset)) {
            LogRecord record = reader.next();
            return record != null && record.offset() == offset ? Answer.of(record) : outOfRange(offset);
        }
    }

    private static <T> Answer<T> outOfRange(long offset) {
        return Answer.refused(Errors.OFFSET_OUT_OF_RANGE, "There is no record at offset " + offset);
    }

    /** Reads on from some offset; to be closed. */
    public LogTail tail() {
        return new LogTail(this, lines.get());
    }

    /**
     * Reads at least one batch from {@code offset} on, up to about {@code maxBytes}; waits up to {@code waitMs} for one.
     *
     * @return an empty reader at the end of the log; {@code OFFSET_OUT_OF_RANGE} before its start, and beyond its end
     */
    CompletableFuture<Answer<RecordReader>> readOn(KafkaRequests line, long offset, int waitMs, int maxBytes) {
        return persistently(line, true, true, place -> fetch(line, place, offset, waitMs, maxBytes))
                .thenApply(fetched -> fetched.isRefused()
                        ? fetched.refusedToo()
                        : Answer.of(new RecordReader(fetched.get(), offset)));
    }

    /** The first offset of the log. */
    CompletableFuture<Answer<Long>> startOffset(KafkaRequests line) {
        return persistently(line, false, true, place -> listEarliest(line, place));
    }

    // ---- where the leader is

    /** The same as {@link #retrying}; what went wrong in a way that nobody thought of is a refusal too. */
    private <T> CompletableFuture<Answer<T>> persistently(
            KafkaRequests line,
            boolean mayCreate,
            boolean mayRepeat,
            Function<Place, CompletableFuture<Answer<T>>> attempt) {
        long deadline = clock.nanoTime() + TimeUnit.MILLISECONDS.toNanos(settings.requestTimeoutMs());
        return retrying(line, deadline, mayCreate, mayRepeat, attempt).exceptionally(defect -> {
            LOG.error("A request to the log failed by a defect of this node", defect);
            return Answer.refused(Errors.UNKNOWN_SERVER_ERROR, "The node made a mistake; its log says more");
        });
    }

    /** Tries until it works, or fails for good, or time is up. */
    private <T> CompletableFuture<Answer<T>> retrying(
            KafkaRequests line,
            long deadline,
            boolean mayCreate,
            boolean mayRepeat,
            Function<Place, CompletableFuture<Answer<T>>> attempt) {
        CompletableFuture<Answer<T>> tried = find(line, mayCreate)
                .thenCompose(place -> place.isRefused()
                        ? CompletableFuture.completedFuture(place.refusedToo())
                        : attempt.apply(place.get()));
        return tried.thenCompose(answer -> {
            boolean passes = PASSING.contains(answer.error()) && (isThere() || (mayCreate && settings.createTopics()));
            boolean again = passes || (mayRepeat && answer.error() == Errors.NETWORK_EXCEPTION);
            if (!again || clock.nanoTime() - deadline >= 0) {
                return CompletableFuture.completedFuture(answer);
            }
            return line.pause(isThere() ? RETRY_MS : CREATION_RETRY_MS)
                    .thenCompose(over -> retrying(line, deadline, mayCreate, mayRepeat, attempt));
        });
    }

    private boolean isThere() {
        return topic() != null;
    }

    private @Nullable TopicImage topic() {
        return metadata.get().topics().getTopic(settings.defaultTopic());
    }

    private CompletableFuture<Answer<Place>> find(KafkaRequests line, boolean mayCreate) {
        return isThere() || !mayCreate || !settings.createTopics()
                ? CompletableFuture.completedFuture(place())
                : create(line).thenApply(created -> place());
    }

    private Answer<Place> place() {
        TopicImage topic = topic();
        if (topic == null) {
            return Answer.refused(
                    Errors.UNKNOWN_TOPIC_OR_PARTITION,
                    "There is no topic " + settings.defaultTopic()
                            + (settings.createTopics() ? "" : ", and auto.create.topics.enable=false"));
        }
        PartitionRegistration partition = topic.partitions().get(PARTITION);
        return partition == null || partition.leader < 0
                ? Answer.refused(Errors.LEADER_NOT_AVAILABLE, "The log has no leader now")
                : Answer.of(new Place(topic.id(), partition.leader));
    }

    /** As a client that asks for the topic does. */
    private CompletableFuture<Answer<Boolean>> create(KafkaRequests line) {
        var request = new MetadataRequestData()
                .setAllowAutoTopicCreation(true)
                .setTopics(List.of(new MetadataRequestTopic().setName(settings.defaultTopic())));
        return line.<MetadataResponseData, Boolean>askHere(
                ApiKeys.METADATA, request, answer -> Answer.of(Boolean.TRUE));
    }

    // ---- what is asked there

    private CompletableFuture<Answer<Long>> produce(Place place, List<ByteBuffer> values) {
        long now = clock.wallMs();
        // Anew for each attempt: an append writes offsets into it.
        MemoryRecords records = MemoryRecords.withRecords(
                Compression.NONE,
                values.stream()
                        .map(value -> new SimpleRecord(now, null, value.duplicate(), Record.EMPTY_HEADERS))
                        .toArray(SimpleRecord[]::new));
        var topics = new TopicProduceDataCollection();
        topics.add(new TopicProduceData()
                .setName(settings.defaultTopic())
                .setTopicId(place.topicId())
                .setPartitionData(
                        List.of(new PartitionProduceData().setIndex(PARTITION).setRecords(records))));
        var request = new ProduceRequestData()
                .setAcks(ALL)
                .setTimeoutMs(settings.requestTimeoutMs())
                .setTopicData(topics);
        return writes.<ProduceResponseData, Long>ask(
                place.leader(),
                ApiKeys.PRODUCE,
                request,
                settings.requestTimeoutMs() + NETWORK_MS,
                DefaultLog::appended);
    }

    private static Answer<Long> appended(ProduceResponseData answer) {
        PartitionProduceResponse partition =
                answer.responses().iterator().next().partitionResponses().get(0);
        Errors error = Errors.forCode(partition.errorCode());
        return error == Errors.NONE
                ? Answer.of(partition.baseOffset())
                : Answer.refused(error, partition.errorMessage());
    }

    private CompletableFuture<Answer<ByteBuffer>> fetch(
            KafkaRequests line, Place place, long offset, int waitMs, int maxBytes) {
        var request = new FetchRequestData()
                .setMaxWaitMs(waitMs)
                .setMinBytes(1)
                .setMaxBytes(maxBytes)
                .setSessionId(FetchMetadata.INVALID_SESSION_ID)
                .setSessionEpoch(FetchMetadata.FINAL_EPOCH)
                .setTopics(List.of(new FetchTopic()
                        .setTopic(settings.defaultTopic())
                        .setTopicId(place.topicId())
                        .setPartitions(List.of(new FetchPartition()
                                .setPartition(PARTITION)
                                .setFetchOffset(offset)
                                .setPartitionMaxBytes(maxBytes)))));
        return line.<FetchResponseData, ByteBuffer>ask(
                place.leader(),
                ApiKeys.FETCH,
                request,
                waitMs + settings.requestTimeoutMs() + NETWORK_MS,
                answer -> fetched(answer, offset));
    }

    private static Answer<ByteBuffer> fetched(FetchResponseData answer, long offset) {
        Errors error = Errors.forCode(answer.errorCode());
        if (error != Errors.NONE || answer.responses().isEmpty()) {
            return Answer.refused(error == Errors.NONE ? Errors.UNKNOWN_SERVER_ERROR : error, null);
        }
        PartitionData partition = answer.responses().get(0).partitions().get(0);
        ByteBuffer bytes = RecordReader.copy(partition.records());
        Errors ofPartition = Errors.forCode(partition.errorCode());
        if (ofPartition == Errors.OFFSET_OUT_OF_RANGE) {
            return outOfRange(offset);
        }
        return ofPartition == Errors.NONE ? Answer.of(bytes) : Answer.refused(ofPartition, null);
    }

    private CompletableFuture<Answer<Long>> listEarliest(KafkaRequests line, Place place) {
        var request = new ListOffsetsRequestData()
                .setReplicaId(ListOffsetsRequest.CONSUMER_REPLICA_ID)
                .setTopics(List.of(new ListOffsetsTopic()
                        .setName(settings.defaultTopic())
                        .setPartitions(List.of(new ListOffsetsPartition()
                                .setPartitionIndex(PARTITION)
                                .setTimestamp(ListOffsetsRequest.EARLIEST_TIMESTAMP)))));
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

package dwal.gateway.log;

import dwal.gateway.log.LeaderSearch.Place;
import dwal.protocol.RequestTimes;
import dwal.server.DoorSettings;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.acl.AclOperation;
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
import org.jspecify.annotations.Nullable;

/** What is asked of the leader of a partition, in Kafka's protocol. Any thread; nothing blocks, and no returned future fails. */
final class LeaderRequests {
    /** How much longer than a request itself its answer may take over the network. */
    private static final int NETWORK_MS = 5_000;

    private final DoorSettings settings;
    private final QueuedBytes memory;
    private final Pauses.OfDoors pauses;

    LeaderRequests(DoorSettings settings, QueuedBytes memory, Pauses.OfDoors pauses) {
        this.settings = settings;
        this.memory = memory;
        this.pauses = pauses;
    }

    CompletableFuture<Answer<Appended>> produce(KafkaRequests line, Place place, Batch batch, RequestTimes times) {
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
        return line.<ProduceResponseData, Appended>ask(
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

    CompletableFuture<Answer<Fetched>> fetch(
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

    CompletableFuture<Answer<Long>> listOffset(
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
}

package dwal.server.authorization;

import static dwal.server.authorization.Rules.and;
import static dwal.server.authorization.Rules.answer;
import static dwal.server.authorization.Rules.refused;
import static dwal.server.authorization.Rules.takeOut;

import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import dwal.protocol.batch.BatchView;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.DeleteRecordsRequestData;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsTopic;
import org.apache.kafka.common.message.DeleteRecordsResponseData;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsPartitionResult;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsTopicResult;
import org.apache.kafka.common.message.DescribeLogDirsRequestData;
import org.apache.kafka.common.message.DescribeLogDirsResponseData;
import org.apache.kafka.common.message.DescribeProducersRequestData;
import org.apache.kafka.common.message.DescribeProducersRequestData.TopicRequest;
import org.apache.kafka.common.message.DescribeProducersResponseData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsPartitionResponse;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsTopicResponse;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopic;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.EpochEndOffset;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.OffsetForLeaderTopicResult;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.message.ProduceResponseData.TopicProduceResponse;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.DeleteRecordsResponse;
import org.apache.kafka.common.requests.FetchMetadata;
import org.apache.kafka.common.requests.FetchResponse;
import org.apache.kafka.common.resource.ResourceType;
import org.jspecify.annotations.Nullable;

/** What is demanded of those who read and write logs. Any thread. */
record LogRules(Authorization may, Topics topics) {
    private static final short REPLICA_STATE_SINCE = 15;
    private static final Errors DENIED = Errors.TOPIC_AUTHORIZATION_FAILED;

    /** Whether the client may not do {@code operation}; a topic that is not known is left to the handler. */
    private boolean denied(RequestContext context, AclOperation operation, @Nullable String topic) {
        return topic != null && !may.allows(context, operation, ResourceType.TOPIC, topic);
    }

    // ---- to write

    CompletionStage<? extends ApiMessage> produce(
            RequestContext context, ProduceRequestData request, Handler<ProduceRequestData> next) {
        if (hasTransactions(request) && !mayWriteAs(context, request.transactionalId())) {
            return refused(Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
        }
        List<TopicProduceData> denied = takeOut(
                request.topicData(),
                topic -> denied(context, AclOperation.WRITE, topics.name(topic.topicId(), topic.name())));
        if (denied.isEmpty()) {
            return next.handle(context, request);
        }
        CompletionStage<ProduceResponseData> rest = request.topicData().isEmpty()
                ? CompletableFuture.completedFuture(new ProduceResponseData())
                : answer(context, request, next);
        if (request.acks() == 0) {
            // It expects no answer: that its connection is closed is all it can be told.
            return rest.thenCompose(nothing -> refused(DENIED));
        }
        return rest.thenApply(answer -> {
            denied.forEach(topic -> answer.responses().add(refusal(topic)));
            return answer;
        });
    }

    private static TopicProduceResponse refusal(TopicProduceData topic) {
        var refusal = new TopicProduceResponse().setName(topic.name()).setTopicId(topic.topicId());
        for (PartitionProduceData partition : topic.partitionData()) {
            refusal.partitionResponses()
                    .add(new PartitionProduceResponse()
                            .setIndex(partition.index())
                            .setErrorCode(DENIED.code())
                            .setBaseOffset(-1));
        }
        return refusal;
    }

    private boolean mayWriteAs(RequestContext context, @Nullable String transactionalId) {
        return transactionalId != null
                && may.allows(context, AclOperation.WRITE, ResourceType.TRANSACTIONAL_ID, transactionalId);
    }

    /** By the first batch of each partition, which is the only one there may be. */
    private static boolean hasTransactions(ProduceRequestData request) {
        for (TopicProduceData topic : request.topicData()) {
            for (PartitionProduceData partition : topic.partitionData()) {
                if (partition.records() instanceof MemoryRecords records) {
                    ByteBuffer bytes = records.buffer();
                    if (bytes.remaining() >= BatchView.HEADER_BYTES
                            && new BatchView().over(bytes, bytes.position()).isTransactional()) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    /** WRITE on the transactional id; without one, IDEMPOTENT_WRITE on the cluster or WRITE on any topic. */
    CompletionStage<? extends ApiMessage> initProducerId(
            RequestContext context, InitProducerIdRequestData request, Handler<InitProducerIdRequestData> next) {
        if (request.transactionalId() != null) {
            boolean allowed = mayWriteAs(context, request.transactionalId())
                    && (!request.enable2Pc()
                            || may.allows(
                                    context,
                                    AclOperation.TWO_PHASE_COMMIT,
                                    ResourceType.TRANSACTIONAL_ID,
                                    request.transactionalId()));
            return allowed ? next.handle(context, request) : refused(Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
        }
        boolean allowed =
                may.allowsQuietly(context, AclOperation.IDEMPOTENT_WRITE, ResourceType.CLUSTER, Authorization.CLUSTER)
                        || may.allowsOnAny(context, AclOperation.WRITE, ResourceType.TOPIC)
                        || may.allowsOnCluster(context, AclOperation.IDEMPOTENT_WRITE);
        return allowed ? next.handle(context, request) : refused(Errors.CLUSTER_AUTHORIZATION_FAILED);
    }

    CompletionStage<? extends ApiMessage> deleteRecords(
            RequestContext context, DeleteRecordsRequestData request, Handler<DeleteRecordsRequestData> next) {
        List<DeleteRecordsTopic> denied = takeOut(
                request.topics(), request::setTopics, topic -> denied(context, AclOperation.DELETE, topic.name()));
        CompletionStage<DeleteRecordsResponseData> rest = answer(context, request, next);
        return rest.thenApply(answer -> {
            denied.forEach(topic -> answer.topics().add(refusal(topic)));
            return answer;
        });
    }

    private static DeleteRecordsTopicResult refusal(DeleteRecordsTopic topic) {
        var refusal = new DeleteRecordsTopicResult().setName(topic.name());
        topic.partitions()
                .forEach(partition -> refusal.partitions()
                        .add(new DeleteRecordsPartitionResult()
                                .setPartitionIndex(partition.partitionIndex())
                                .setLowWatermark(DeleteRecordsResponse.INVALID_LOW_WATERMARK)
                                .setErrorCode(DENIED.code())));
        return refusal;
    }

    // ---- to read

    /** CLUSTER_ACTION for followers. What consumers may read is looked at with the partitions of their sessions. */
    CompletionStage<? extends ApiMessage> fetch(
            RequestContext context, FetchRequestData request, Handler<FetchRequestData> next) {
        int replica = context.apiVersion() >= REPLICA_STATE_SINCE
                ? request.replicaState().replicaId()
                : request.replicaId();
        if (replica < 0 || may.allowsOnCluster(context, AclOperation.CLUSTER_ACTION)) {
            return next.handle(context, request);
        }
        var refusal = new FetchResponseData();
        if (request.sessionEpoch() != FetchMetadata.INITIAL_EPOCH
                && request.sessionEpoch() != FetchMetadata.FINAL_EPOCH) {
            return CompletableFuture.completedFuture(refusal.setErrorCode(Errors.FETCH_SESSION_ID_NOT_FOUND.code()));
        }
        request.topics().forEach(topic -> {
            var refused = new FetchableTopicResponse().setTopic(topic.topic()).setTopicId(topic.topicId());
            topic.partitions()
                    .forEach(partition ->
                            refused.partitions().add(FetchResponse.partitionResponse(partition.partition(), DENIED)));
            refusal.responses().add(refused);
        });
        return CompletableFuture.completedFuture(refusal);
    }

    CompletionStage<? extends ApiMessage> listOffsets(
            RequestContext context, ListOffsetsRequestData request, Handler<ListOffsetsRequestData> next) {
        List<ListOffsetsTopic> denied = takeOut(
                request.topics(), request::setTopics, topic -> denied(context, AclOperation.DESCRIBE, topic.name()));
        CompletionStage<ListOffsetsResponseData> rest = answer(context, request, next);
        return rest.thenApply(answer -> answer.setTopics(and(answer.topics(), denied, LogRules::refusal)));
    }

    private static ListOffsetsTopicResponse refusal(ListOffsetsTopic topic) {
        var refusal = new ListOffsetsTopicResponse().setName(topic.name());
        topic.partitions()
                .forEach(partition -> refusal.partitions()
                        .add(new ListOffsetsPartitionResponse()
                                .setPartitionIndex(partition.partitionIndex())
                                .setErrorCode(DENIED.code())));
        return refusal;
    }

    /** CLUSTER_ACTION, as followers have it, or DESCRIBE. */
    CompletionStage<? extends ApiMessage> offsetForLeaderEpoch(
            RequestContext context,
            OffsetForLeaderEpochRequestData request,
            Handler<OffsetForLeaderEpochRequestData> next) {
        if (may.allowsQuietly(context, AclOperation.CLUSTER_ACTION, ResourceType.CLUSTER, Authorization.CLUSTER)) {
            return next.handle(context, request);
        }
        List<OffsetForLeaderTopic> denied =
                takeOut(request.topics(), topic -> denied(context, AclOperation.DESCRIBE, topic.topic()));
        CompletionStage<OffsetForLeaderEpochResponseData> rest = answer(context, request, next);
        return rest.thenApply(answer -> {
            denied.forEach(topic -> answer.topics().add(refusal(topic)));
            return answer;
        });
    }

    private static OffsetForLeaderTopicResult refusal(OffsetForLeaderTopic topic) {
        var refusal = new OffsetForLeaderTopicResult().setTopic(topic.topic());
        topic.partitions()
                .forEach(partition -> refusal.partitions()
                        .add(new EpochEndOffset()
                                .setPartition(partition.partition())
                                .setErrorCode(DENIED.code())));
        return refusal;
    }

    CompletionStage<? extends ApiMessage> describeProducers(
            RequestContext context, DescribeProducersRequestData request, Handler<DescribeProducersRequestData> next) {
        List<TopicRequest> denied = takeOut(
                request.topics(),
                request::setTopics,
                topic -> isValid(topic.name()) && denied(context, AclOperation.READ, topic.name()));
        CompletionStage<DescribeProducersResponseData> rest = answer(context, request, next);
        return rest.thenApply(answer -> answer.setTopics(and(answer.topics(), denied, LogRules::refusal)));
    }

    private static boolean isValid(String topic) {
        try {
            Topic.validate(topic);
            return true;
        } catch (InvalidTopicException e) {
            return false;
        }
    }

    private static DescribeProducersResponseData.TopicResponse refusal(TopicRequest topic) {
        var refusal = new DescribeProducersResponseData.TopicResponse().setName(topic.name());
        topic.partitionIndexes()
                .forEach(partition -> refusal.partitions()
                        .add(new DescribeProducersResponseData.PartitionResponse()
                                .setPartitionIndex(partition)
                                .setErrorCode(DENIED.code())
                                .setErrorMessage(DENIED.message())));
        return refusal;
    }

    CompletionStage<? extends ApiMessage> describeLogDirs(
            RequestContext context, DescribeLogDirsRequestData request, Handler<DescribeLogDirsRequestData> next) {
        return may.allowsOnCluster(context, AclOperation.DESCRIBE)
                ? next.handle(context, request)
                : CompletableFuture.completedFuture(
                        new DescribeLogDirsResponseData().setErrorCode(Errors.CLUSTER_AUTHORIZATION_FAILED.code()));
    }
}

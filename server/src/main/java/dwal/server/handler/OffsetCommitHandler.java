package dwal.server.handler;

import dwal.coordinator.Groups;
import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.OffsetCommitResponse;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.TopicImage;
import org.jspecify.annotations.Nullable;

/**
 * OffsetCommit: partitions that do not exist are answered here, the rest goes to the group. Topics are named up to version
 * 9 and identified from 10 on. Any thread.
 *
 * @param metadata what the cluster looks like now
 */
public record OffsetCommitHandler(Groups groups, Supplier<MetadataImage> metadata)
        implements Handler<OffsetCommitRequestData> {

    @Override
    public CompletionStage<OffsetCommitResponseData> handle(RequestContext context, OffsetCommitRequestData request) {
        boolean byId = OffsetCommitResponse.useTopicIds(context.apiVersion());
        OffsetCommitResponse.Builder response = OffsetCommitResponse.newBuilder(byId);
        List<OffsetCommitRequestTopic> existing = new ArrayList<>();
        MetadataImage image = metadata.get();
        for (OffsetCommitRequestTopic topic : request.topics()) {
            TopicImage known = find(image, topic, byId);
            if (known == null) {
                Errors error = byId ? Errors.UNKNOWN_TOPIC_ID : Errors.UNKNOWN_TOPIC_OR_PARTITION;
                response.addPartitions(
                        topic.topicId(),
                        topic.name(),
                        topic.partitions(),
                        OffsetCommitRequestPartition::partitionIndex,
                        error);
            } else {
                addExisting(existing, known, topic, response);
            }
        }
        if (existing.isEmpty()) {
            return CompletableFuture.completedFuture(response.build().data());
        }
        return groups.commitOffsets(context, withTopics(request, existing))
                .thenApply(committed -> response.merge(committed).build().data());
    }

    private static @Nullable TopicImage find(MetadataImage image, OffsetCommitRequestTopic topic, boolean byId) {
        return byId ? image.topics().getTopic(topic.topicId()) : image.topics().getTopic(topic.name());
    }

    private static void addExisting(
            List<OffsetCommitRequestTopic> existing,
            TopicImage known,
            OffsetCommitRequestTopic topic,
            OffsetCommitResponse.Builder response) {
        var kept = new OffsetCommitRequestTopic().setTopicId(known.id()).setName(known.name());
        for (OffsetCommitRequestPartition partition : topic.partitions()) {
            if (known.partitions().containsKey(partition.partitionIndex())) {
                kept.partitions().add(partition);
            } else {
                response.addPartition(
                        known.id(), known.name(), partition.partitionIndex(), Errors.UNKNOWN_TOPIC_OR_PARTITION);
            }
        }
        if (!kept.partitions().isEmpty()) {
            existing.add(kept);
        }
    }

    private static OffsetCommitRequestData withTopics(
            OffsetCommitRequestData request, List<OffsetCommitRequestTopic> topics) {
        return new OffsetCommitRequestData()
                .setGroupId(request.groupId())
                .setMemberId(request.memberId())
                .setGenerationIdOrMemberEpoch(request.generationIdOrMemberEpoch())
                .setRetentionTimeMs(request.retentionTimeMs())
                .setGroupInstanceId(request.groupInstanceId())
                .setTopics(topics);
    }
}

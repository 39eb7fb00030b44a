package dwal.server.handler;

import dwal.coordinator.Groups;
import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestPartition;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopic;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopicCollection;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.OffsetDeleteResponse;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.TopicImage;

/**
 * OffsetDelete: a group forgets offsets of topics that it no longer reads; partitions that do not exist are answered here.
 * Any thread.
 *
 * @param metadata what the cluster looks like now
 */
public record OffsetDeleteHandler(Groups groups, Supplier<MetadataImage> metadata)
        implements Handler<OffsetDeleteRequestData> {

    @Override
    public CompletionStage<OffsetDeleteResponseData> handle(RequestContext context, OffsetDeleteRequestData request) {
        var response = new OffsetDeleteResponse.Builder();
        var existing = new OffsetDeleteRequestTopicCollection();
        MetadataImage image = metadata.get();
        for (OffsetDeleteRequestTopic topic : request.topics()) {
            TopicImage known = image.topics().getTopic(topic.name());
            var kept = new OffsetDeleteRequestTopic().setName(topic.name());
            for (OffsetDeleteRequestPartition partition : topic.partitions()) {
                if (known != null && known.partitions().containsKey(partition.partitionIndex())) {
                    kept.partitions().add(partition);
                } else {
                    response.addPartition(topic.name(), partition.partitionIndex(), Errors.UNKNOWN_TOPIC_OR_PARTITION);
                }
            }
            if (!kept.partitions().isEmpty()) {
                existing.add(kept);
            }
        }
        var rest = new OffsetDeleteRequestData().setGroupId(request.groupId()).setTopics(existing);
        return groups.deleteOffsets(context, rest)
                .thenApply(deleted -> response.merge(deleted).build().data());
    }
}

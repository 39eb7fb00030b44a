package dwal.server.handler;

import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import dwal.replication.Partition;
import dwal.replication.Partitions;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.DescribeProducersRequestData;
import org.apache.kafka.common.message.DescribeProducersRequestData.TopicRequest;
import org.apache.kafka.common.message.DescribeProducersResponseData;
import org.apache.kafka.common.message.DescribeProducersResponseData.PartitionResponse;
import org.apache.kafka.common.message.DescribeProducersResponseData.ProducerState;
import org.apache.kafka.common.message.DescribeProducersResponseData.TopicResponse;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.image.MetadataImage;

/** DescribeProducers: who has lately written to a partition with a producer id (KIP-664). */
public final class DescribeProducersHandler implements Handler<DescribeProducersRequestData> {
    private final Partitions partitions;
    private final Supplier<MetadataImage> metadata;

    /** @param metadata what the cluster looks like now */
    public DescribeProducersHandler(Partitions partitions, Supplier<MetadataImage> metadata) {
        this.partitions = partitions;
        this.metadata = metadata;
    }

    @Override
    public CompletionStage<DescribeProducersResponseData> handle(
            RequestContext context, DescribeProducersRequestData request) {
        var response = new DescribeProducersResponseData();
        var all = new PartitionAnswers();
        for (TopicRequest topic : request.topics()) {
            var topicAnswer = new TopicResponse().setName(topic.name());
            response.topics().add(topicAnswer);
            for (int index : topic.partitionIndexes()) {
                var into = new PartitionResponse().setPartitionIndex(index);
                topicAnswer.partitions().add(into);
                Partition partition = partitions.find(topic.name(), index);
                if (partition == null) {
                    refuse(into, topic.name(), index);
                } else {
                    all.addWhenOpen(partition, () -> fill(into, partition), error -> into.setErrorCode(error.code()));
                }
            }
        }
        return all.then(response);
    }

    private void refuse(PartitionResponse into, String topic, int index) {
        try {
            Topic.validate(topic);
            Errors error = Partitions.whyNotHere(metadata.get(), topic, index);
            into.setErrorCode(error.code()).setErrorMessage(error.message());
        } catch (InvalidTopicException e) {
            into.setErrorCode(Errors.INVALID_TOPIC_EXCEPTION.code()).setErrorMessage(e.getMessage());
        }
    }

    private static void fill(PartitionResponse into, Partition partition) {
        for (var producer : partition.log().producers()) {
            into.activeProducers()
                    .add(new ProducerState()
                            .setProducerId(producer.producerId())
                            .setProducerEpoch(producer.producerEpoch())
                            .setLastSequence(producer.lastSequence())
                            .setLastTimestamp(producer.lastTimestampMs())
                            .setCoordinatorEpoch(producer.coordinatorEpoch())
                            .setCurrentTxnStartOffset(producer.currentTransactionStartOffset()));
        }
    }
}

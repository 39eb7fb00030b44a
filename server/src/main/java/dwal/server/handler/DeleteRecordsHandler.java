package dwal.server.handler;

import dwal.log.AppendOutcome;
import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import dwal.replication.Partition;
import dwal.replication.Partitions;
import dwal.replication.Waiter;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.DeleteRecordsRequestData;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsPartition;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsTopic;
import org.apache.kafka.common.message.DeleteRecordsResponseData;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsPartitionResult;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsPartitionResultCollection;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsTopicResult;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsTopicResultCollection;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.image.MetadataImage;

/** DeleteRecords: raises the log start offset of each partition (KIP-107). */
public final class DeleteRecordsHandler implements Handler<DeleteRecordsRequestData> {
    private final Partitions partitions;
    private final Supplier<MetadataImage> metadata;

    /** @param metadata what the cluster looks like now */
    public DeleteRecordsHandler(Partitions partitions, Supplier<MetadataImage> metadata) {
        this.partitions = partitions;
        this.metadata = metadata;
    }

    @Override
    public CompletionStage<DeleteRecordsResponseData> handle(RequestContext context, DeleteRecordsRequestData request) {
        // Collections grow slowly, and would with their last element if there were no room for one more.
        var response = new DeleteRecordsResponseData()
                .setTopics(
                        new DeleteRecordsTopicResultCollection(request.topics().size() + 1));
        var all = new PartitionAnswers();
        var left = new AtomicBoolean();
        for (DeleteRecordsTopic topic : request.topics()) {
            var topicAnswer = new DeleteRecordsTopicResult()
                    .setName(topic.name())
                    .setPartitions(new DeleteRecordsPartitionResultCollection(
                            topic.partitions().size() + 1));
            for (DeleteRecordsPartition wanted : topic.partitions()) {
                var into = new DeleteRecordsPartitionResult()
                        .setPartitionIndex(wanted.partitionIndex())
                        .setLowWatermark(-1);
                topicAnswer.partitions().add(into);
                Partition partition = partitions.find(topic.name(), wanted.partitionIndex());
                if (partition == null) {
                    into.setErrorCode(Partitions.whyNotHere(metadata.get(), topic.name(), wanted.partitionIndex())
                            .code());
                } else if (Topic.isInternal(topic.name())) {
                    into.setErrorCode(Errors.INVALID_TOPIC_EXCEPTION.code());
                } else {
                    all.add(done -> partition.deleteRecordsBefore(
                            wanted.offset(), request.timeoutMs(), new Deletion(into, done, left)));
                }
            }
            if (!topic.partitions().isEmpty()) {
                response.topics().add(topicAnswer);
            }
        }
        CompletableFuture<DeleteRecordsResponseData> answer = all.then(response);
        if (!answer.isDone()) {
            context.asked().whenGone(() -> {
                left.set(true);
                leave(request);
            });
        }
        return answer;
    }

    /** Nobody waits for the answer any more: nothing is to be held for it. */
    private void leave(DeleteRecordsRequestData request) {
        for (DeleteRecordsTopic topic : request.topics()) {
            for (DeleteRecordsPartition wanted : topic.partitions()) {
                Partition partition = partitions.find(topic.name(), wanted.partitionIndex());
                if (partition != null) {
                    partition.waiterLeft();
                }
            }
        }
    }

    /**
     * Of one partition.
     *
     * @param told what became of it is in {@code into}
     * @param left whether the client has
     */
    private record Deletion(DeleteRecordsPartitionResult into, Runnable told, AtomicBoolean left) implements Waiter {
        @Override
        public void done(AppendOutcome outcome) {
            into.setErrorCode(outcome.error().code()).setLowWatermark(outcome.logStartOffset());
            told.run();
        }

        @Override
        public boolean hasLeft() {
            return left.get();
        }
    }
}

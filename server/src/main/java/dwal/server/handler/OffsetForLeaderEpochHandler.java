package dwal.server.handler;

import dwal.log.EpochEnd;
import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import dwal.replication.Partition;
import dwal.replication.Partitions;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderPartition;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopic;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.EpochEndOffset;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.OffsetForLeaderTopicResult;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.OffsetForLeaderTopicResultCollection;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.image.MetadataImage;

/** OffsetForLeaderEpoch: where a leader epoch ends, so that readers notice a cut log (KIP-320). */
public final class OffsetForLeaderEpochHandler implements Handler<OffsetForLeaderEpochRequestData> {
    private final Partitions partitions;
    private final Supplier<MetadataImage> metadata;

    /** @param metadata what the cluster looks like now */
    public OffsetForLeaderEpochHandler(Partitions partitions, Supplier<MetadataImage> metadata) {
        this.partitions = partitions;
        this.metadata = metadata;
    }

    @Override
    public CompletionStage<OffsetForLeaderEpochResponseData> handle(
            RequestContext context, OffsetForLeaderEpochRequestData request) {
        // The collection grows slowly, and would with its last element if there were no room for one more.
        var response = new OffsetForLeaderEpochResponseData()
                .setTopics(new OffsetForLeaderTopicResultCollection(
                        request.topics().size() + 1));
        var all = new PartitionAnswers();
        for (OffsetForLeaderTopic topic : request.topics()) {
            var topicAnswer = new OffsetForLeaderTopicResult().setTopic(topic.topic());
            response.topics().add(topicAnswer);
            for (OffsetForLeaderPartition wanted : topic.partitions()) {
                var into = new EpochEndOffset().setPartition(wanted.partition());
                topicAnswer.partitions().add(into);
                Partition partition = partitions.find(topic.topic(), wanted.partition());
                if (partition == null) {
                    into.setErrorCode(Partitions.whyNotHere(metadata.get(), topic.topic(), wanted.partition())
                            .code());
                } else {
                    all.addWhenOpen(
                            partition, () -> fill(into, partition, wanted), error -> into.setErrorCode(error.code()));
                }
            }
        }
        return all.then(response);
    }

    private static void fill(EpochEndOffset into, Partition partition, OffsetForLeaderPartition wanted) {
        Errors error = partition.checkLeader(wanted.currentLeaderEpoch());
        if (error != Errors.NONE) {
            into.setErrorCode(error.code());
            return;
        }
        EpochEnd end = partition.log().endOffsetFor(wanted.leaderEpoch());
        into.setLeaderEpoch(end.epoch()).setEndOffset(end.endOffset());
    }
}

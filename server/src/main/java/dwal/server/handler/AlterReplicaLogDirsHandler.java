package dwal.server.handler;

import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import dwal.replication.Partitions;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.common.message.AlterReplicaLogDirsRequestData;
import org.apache.kafka.common.message.AlterReplicaLogDirsRequestData.AlterReplicaLogDir;
import org.apache.kafka.common.message.AlterReplicaLogDirsRequestData.AlterReplicaLogDirTopic;
import org.apache.kafka.common.message.AlterReplicaLogDirsResponseData;
import org.apache.kafka.common.message.AlterReplicaLogDirsResponseData.AlterReplicaLogDirPartitionResult;
import org.apache.kafka.common.message.AlterReplicaLogDirsResponseData.AlterReplicaLogDirTopicResult;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.TopicImage;

/**
 * AlterReplicaLogDirs on a node with one directory, as Kafka answers there: a replica is where it is to be, or is to go where
 * there is nothing. Any thread.
 *
 * @param partitions the replicas here
 * @param metadata the newest image
 * @param directory the one directory
 */
record AlterReplicaLogDirsHandler(Partitions partitions, Supplier<MetadataImage> metadata, Path directory)
        implements Handler<AlterReplicaLogDirsRequestData> {

    @Override
    public CompletionStage<AlterReplicaLogDirsResponseData> handle(
            RequestContext context, AlterReplicaLogDirsRequestData request) {
        Map<String, AlterReplicaLogDirTopicResult> topics = new LinkedHashMap<>();
        for (AlterReplicaLogDir to : request.dirs()) {
            boolean isThere = directory.toAbsolutePath().normalize().toString().equals(to.path());
            for (AlterReplicaLogDirTopic topic : to.topics()) {
                var result = topics.computeIfAbsent(
                        topic.name(), name -> new AlterReplicaLogDirTopicResult().setTopicName(name));
                for (int index : topic.partitions()) {
                    result.partitions()
                            .add(new AlterReplicaLogDirPartitionResult()
                                    .setPartitionIndex(index)
                                    .setErrorCode(outcome(isThere, topic.name(), index)
                                            .code()));
                }
            }
        }
        var response = new AlterReplicaLogDirsResponseData();
        response.results().addAll(topics.values());
        return CompletableFuture.completedFuture(response);
    }

    private Errors outcome(boolean isThere, String topic, int index) {
        if (!isThere) {
            return Errors.LOG_DIR_NOT_FOUND;
        }
        if (partitions.find(topic, index) != null) {
            return Errors.NONE;
        }
        return isUnknown(topic, index) ? Errors.UNKNOWN_TOPIC_OR_PARTITION : Errors.REPLICA_NOT_AVAILABLE;
    }

    private boolean isUnknown(String topic, int index) {
        TopicImage known = metadata.get().topics().getTopic(topic);
        return known == null || !known.partitions().containsKey(index);
    }
}

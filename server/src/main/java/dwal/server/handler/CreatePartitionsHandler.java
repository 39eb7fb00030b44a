package dwal.server.handler;

import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import dwal.replication.metadata.ClusterMetadata;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsTopic;
import org.apache.kafka.common.message.CreatePartitionsResponseData;
import org.apache.kafka.common.message.CreatePartitionsResponseData.CreatePartitionsTopicResult;
import org.apache.kafka.common.protocol.Errors;

/**
 * CreatePartitions: the controller adds partitions to topics, or says why not. Names that come twice are refused here.
 * Any thread.
 *
 * @param metadata the cluster that the topics are in
 */
record CreatePartitionsHandler(ClusterMetadata metadata) implements Handler<CreatePartitionsRequestData> {

    @Override
    public CompletionStage<CreatePartitionsResponseData> handle(
            RequestContext context, CreatePartitionsRequestData request) {
        Map<String, CreatePartitionsTopic> wanted = new HashMap<>();
        Set<String> twice = new HashSet<>();
        for (CreatePartitionsTopic topic : request.topics()) {
            if (wanted.put(topic.name(), topic) != null) {
                twice.add(topic.name());
            }
        }
        wanted.keySet().removeAll(twice);
        var response = new CreatePartitionsResponseData();
        for (String name : twice) {
            response.results()
                    .add(new CreatePartitionsTopicResult()
                            .setName(name)
                            .setErrorCode(Errors.INVALID_REQUEST.code())
                            .setErrorMessage("Duplicate topic name."));
        }
        List<CreatePartitionsTopic> topics = new ArrayList<>(wanted.values());
        var controllerContext = ControllerCalls.context(metadata, context, request.timeoutMs());
        return ControllerCalls.attempt(
                        () -> metadata.controller().createPartitions(controllerContext, topics, request.validateOnly()))
                .thenCompose(results -> {
                    response.results().addAll(results);
                    return request.validateOnly()
                            ? CompletableFuture.completedFuture(response)
                            : whenGrown(wanted, results, response);
                });
    }

    private CompletableFuture<CreatePartitionsResponseData> whenGrown(
            Map<String, CreatePartitionsTopic> wanted,
            List<CreatePartitionsTopicResult> results,
            CreatePartitionsResponseData response) {
        CompletableFuture<CreatePartitionsResponseData> answer = CompletableFuture.completedFuture(response);
        for (CreatePartitionsTopicResult result : results) {
            CreatePartitionsTopic topic = wanted.get(result.name());
            if (topic != null && result.errorCode() == Errors.NONE.code()) {
                answer = answer.thenCompose(
                        given -> ControllerCalls.grown(metadata, topic.name(), topic.count(), given));
            }
        }
        return answer;
    }
}

package dwal.server.handler;

import dwal.protocol.RequestContext;
import dwal.replication.metadata.ClusterMetadata;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsTopic;
import org.apache.kafka.common.message.CreatePartitionsResponseData;
import org.apache.kafka.common.message.CreatePartitionsResponseData.CreatePartitionsTopicResult;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.server.config.QuotaConfig;

/**
 * CreateTopics, DeleteTopics and CreatePartitions: the active controller does it, and the client is answered when this node
 * knows of it, too. Any thread.
 */
record TopicChanges(ClusterMetadata metadata, Forwarding forwarding) {

    CompletableFuture<CreateTopicsResponseData> create(RequestContext context, CreateTopicsRequestData request) {
        CompletableFuture<CreateTopicsResponseData> done = forwarding.ask(context, request, request.timeoutMs());
        done = done.thenApply(answer -> throttled(context, answer, answer.throttleTimeMs()));
        return request.validateOnly() ? done : done.thenCompose(answer -> Visibility.created(metadata, answer));
    }

    CompletableFuture<DeleteTopicsResponseData> delete(RequestContext context, DeleteTopicsRequestData request) {
        CompletableFuture<DeleteTopicsResponseData> done = forwarding.ask(context, request, request.timeoutMs());
        done = done.thenApply(answer -> throttled(context, answer, answer.throttleTimeMs()));
        return done.thenCompose(answer -> {
            Set<Uuid> deleted = new HashSet<>();
            answer.responses().forEach(topic -> {
                if (topic.errorCode() == Errors.NONE.code()) {
                    deleted.add(topic.topicId());
                }
            });
            return Visibility.gone(metadata, deleted, answer);
        });
    }

    CompletableFuture<CreatePartitionsResponseData> createPartitions(
            RequestContext context, CreatePartitionsRequestData request) {
        CompletableFuture<CreatePartitionsResponseData> done = forwarding.ask(context, request, request.timeoutMs());
        done = done.thenApply(answer -> throttled(context, answer, answer.throttleTimeMs()));
        return request.validateOnly() ? done : done.thenCompose(answer -> whenGrown(request, answer));
    }

    /** The controller counts what clients change, and the node that they are connected to has them pause. */
    private static <A> A throttled(RequestContext context, A answer, int ms) {
        context.times().throttled(ms, QuotaConfig.CONTROLLER_MUTATION_RATE_OVERRIDE_CONFIG);
        return answer;
    }

    private CompletableFuture<CreatePartitionsResponseData> whenGrown(
            CreatePartitionsRequestData request, CreatePartitionsResponseData response) {
        Map<String, Integer> counts = new HashMap<>();
        for (CreatePartitionsTopic topic : request.topics()) {
            counts.put(topic.name(), topic.count());
        }
        CompletableFuture<CreatePartitionsResponseData> answer = CompletableFuture.completedFuture(response);
        for (CreatePartitionsTopicResult result : response.results()) {
            Integer count = counts.get(result.name());
            if (count != null && result.errorCode() == Errors.NONE.code()) {
                answer = answer.thenCompose(given -> Visibility.grown(metadata, result.name(), count, given));
            }
        }
        return answer;
    }
}

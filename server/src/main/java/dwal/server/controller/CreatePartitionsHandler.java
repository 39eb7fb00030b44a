package dwal.server.controller;

import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import dwal.replication.metadata.ClusterMetadata;
import dwal.server.quota.ClientQuotas;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsTopic;
import org.apache.kafka.common.message.CreatePartitionsResponseData;
import org.apache.kafka.common.message.CreatePartitionsResponseData.CreatePartitionsTopicResult;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.image.TopicImage;
import org.apache.kafka.server.quota.ControllerMutationQuota;

/**
 * CreatePartitions: the controller adds partitions to topics, or says why not. Names that come twice are refused here.
 * Any thread.
 *
 * @param metadata the cluster that the topics are in
 * @param quotas how many partitions a client may create
 */
record CreatePartitionsHandler(ClusterMetadata metadata, ClientQuotas quotas)
        implements Handler<CreatePartitionsRequestData> {
    private static final int STRICT_SINCE = 3;
    /**
     * What Kafka's controller adds in one step; of CreateTopics it refuses more by itself. Here it would first make a record for
     * each, and have no memory left.
     */
    private static final int MOST_AT_ONCE = 10_000;

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
        wanted.values().removeIf(topic -> {
            boolean tooMany = isTooMuch(topic);
            if (tooMany) {
                response.results()
                        .add(new CreatePartitionsTopicResult()
                                .setName(topic.name())
                                .setErrorCode(Errors.POLICY_VIOLATION.code())
                                .setErrorMessage("Excessively large number of partitions per request."));
            }
            return tooMany;
        });
        for (String name : twice) {
            response.results()
                    .add(new CreatePartitionsTopicResult()
                            .setName(name)
                            .setErrorCode(Errors.INVALID_REQUEST.code())
                            .setErrorMessage("Duplicate topic name."));
        }
        List<CreatePartitionsTopic> topics = new ArrayList<>(wanted.values());
        ControllerMutationQuota quota = quotas.mutations(context, STRICT_SINCE);
        var controllerContext = ControllerContext.of(metadata, context, request.timeoutMs(), quota);
        return metadata.controller()
                .createPartitions(controllerContext, topics, request.validateOnly())
                .thenApply(results -> {
                    response.results().addAll(results);
                    return response.setThrottleTimeMs(quotas.pauseAfter(context, quota));
                });
    }

    private boolean isTooMuch(CreatePartitionsTopic topic) {
        TopicImage now = metadata.image().topics().getTopic(topic.name());
        return now != null && (long) topic.count() - now.partitions().size() > MOST_AT_ONCE;
    }
}

package dwal.server.controller;

import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import dwal.replication.metadata.ClusterMetadata;
import dwal.server.quota.ClientQuotas;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.server.quota.ControllerMutationQuota;

/**
 * CreateTopics: the controller creates them, or says what is wrong with each. Names that come twice are refused here,
 * and so is the metadata log itself. Any thread.
 *
 * @param metadata the cluster to create them in
 * @param quotas how many partitions a client may create
 * @param compacted told of what was created
 */
record CreateTopicsHandler(ClusterMetadata metadata, ClientQuotas quotas, CompactedTopics compacted)
        implements Handler<CreateTopicsRequestData> {
    private static final int STRICT_SINCE = 6;

    @Override
    public CompletionStage<CreateTopicsResponseData> handle(RequestContext context, CreateTopicsRequestData request) {
        Set<String> names = new HashSet<>();
        Set<String> twice = new HashSet<>();
        for (CreatableTopic topic : request.topics()) {
            if (!names.add(topic.name())) {
                twice.add(topic.name());
            }
        }
        names.removeAll(twice);
        boolean metadataLog = names.remove(Topic.CLUSTER_METADATA_TOPIC_NAME);
        CreateTopicsRequestData accepted = request.duplicate();
        accepted.topics().removeIf(topic -> !names.contains(topic.name()));
        ControllerMutationQuota quota = quotas.mutations(context, STRICT_SINCE);
        var controllerContext = ControllerContext.of(metadata, context, request.timeoutMs(), quota);
        return metadata.controller()
                .createTopics(controllerContext, accepted, names, true)
                .thenApply(answer -> {
                    if (!request.validateOnly()) {
                        compacted.note(answer);
                    }
                    twice.forEach(name -> refuse(answer, name, "Duplicate topic name."));
                    if (metadataLog) {
                        refuse(
                                answer,
                                Topic.CLUSTER_METADATA_TOPIC_NAME,
                                "Creation of internal topic " + Topic.CLUSTER_METADATA_TOPIC_NAME + " is prohibited.");
                    }
                    return answer.setThrottleTimeMs(quotas.pauseAfter(context, quota));
                });
    }

    private static void refuse(CreateTopicsResponseData answer, String name, String reason) {
        answer.topics()
                .add(new CreatableTopicResult()
                        .setName(name)
                        .setErrorCode(Errors.INVALID_REQUEST.code())
                        .setErrorMessage(reason));
    }
}

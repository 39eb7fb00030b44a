package dwal.server.handler;

import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import dwal.replication.metadata.ClusterMetadata;
import dwal.server.handler.ConfigChanges.Change;
import java.util.AbstractMap.SimpleImmutableEntry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData.AlterConfigsResourceResponse;
import org.apache.kafka.common.requests.ApiError;
import org.jspecify.annotations.Nullable;

/**
 * IncrementalAlterConfigs: sets, deletes, appends to and takes from single keys. What is refused here does not reach the
 * controller; each resource has its own answer. Any thread.
 */
record IncrementalAlterConfigsHandler(ClusterMetadata metadata, ConfigChanges changes)
        implements Handler<IncrementalAlterConfigsRequestData> {

    @Override
    public CompletionStage<IncrementalAlterConfigsResponseData> handle(
            RequestContext context, IncrementalAlterConfigsRequestData request) {
        var answers = new ConfigAnswers();
        Map<ConfigResource, Map<String, Map.Entry<OpType, @Nullable String>>> wanted = new HashMap<>();
        for (AlterConfigsResource resource : request.resources()) {
            ConfigResource key = answers.add(resource.resourceType(), resource.resourceName());
            answers.attempt(key, () -> {
                List<Change> list = new ArrayList<>();
                Map<String, Map.Entry<OpType, @Nullable String>> byName = new HashMap<>();
                for (AlterableConfig config : resource.configs()) {
                    OpType operation = OpType.forId(config.configOperation());
                    if (operation == null) {
                        throw new InvalidRequestException("Unknown operations type " + config.configOperation());
                    }
                    list.add(new Change(config.name(), operation, config.value()));
                    byName.put(config.name(), new SimpleImmutableEntry<>(operation, config.value()));
                }
                changes.check(key, list);
                wanted.put(key, byName);
            });
        }
        wanted.keySet().removeAll(answers.failed());
        return answers.complete(
                        wanted.isEmpty(),
                        () -> metadata.controller()
                                .incrementalAlterConfigs(
                                        ControllerCalls.context(metadata, context, ConfigAnswers.PATIENCE_MS),
                                        wanted,
                                        request.validateOnly(),
                                        false))
                .thenApply(IncrementalAlterConfigsHandler::response);
    }

    private static IncrementalAlterConfigsResponseData response(List<ConfigAnswers.Answer> answers) {
        var response = new IncrementalAlterConfigsResponseData();
        for (ConfigAnswers.Answer answer : answers) {
            ApiError error = answer.error();
            response.responses()
                    .add(new AlterConfigsResourceResponse()
                            .setResourceType(answer.type())
                            .setResourceName(answer.name())
                            .setErrorCode(error.error().code())
                            .setErrorMessage(error.message()));
        }
        return response;
    }
}

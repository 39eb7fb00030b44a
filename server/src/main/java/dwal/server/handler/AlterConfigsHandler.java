package dwal.server.handler;

import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import dwal.replication.metadata.ClusterMetadata;
import dwal.server.handler.ConfigChanges.Change;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.AlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.message.AlterConfigsResponseData;
import org.apache.kafka.common.message.AlterConfigsResponseData.AlterConfigsResourceResponse;
import org.apache.kafka.common.requests.ApiError;

/**
 * AlterConfigs, the old way that replaces all keys of a resource: what the request leaves out goes back to its default.
 * Any thread.
 */
record AlterConfigsHandler(ClusterMetadata metadata, ConfigChanges changes)
        implements Handler<AlterConfigsRequestData> {

    @Override
    public CompletionStage<AlterConfigsResponseData> handle(RequestContext context, AlterConfigsRequestData request) {
        var answers = new ConfigAnswers();
        Map<ConfigResource, Map<String, String>> wanted = new HashMap<>();
        for (AlterConfigsResource resource : request.resources()) {
            ConfigResource key = answers.add(resource.resourceType(), resource.resourceName());
            answers.attempt(key, () -> {
                if (key.type() == ConfigResource.Type.BROKER_LOGGER) {
                    throw new InvalidRequestException("Unknown resource type " + resource.resourceType());
                }
                List<Change> list = new ArrayList<>();
                Map<String, String> values = new HashMap<>();
                for (AlterableConfig config : resource.configs()) {
                    list.add(new Change(config.name(), OpType.SET, config.value()));
                    values.put(config.name(), config.value());
                }
                changes.checkReplacement(key, list);
                wanted.put(key, values);
            });
        }
        wanted.keySet().removeAll(answers.failed());
        return answers.complete(
                        wanted.isEmpty(),
                        () -> metadata.controller()
                                .legacyAlterConfigs(
                                        ControllerCalls.context(metadata, context, ConfigAnswers.PATIENCE_MS),
                                        wanted,
                                        request.validateOnly(),
                                        false))
                .thenApply(AlterConfigsHandler::response);
    }

    private static AlterConfigsResponseData response(List<ConfigAnswers.Answer> answers) {
        var response = new AlterConfigsResponseData();
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

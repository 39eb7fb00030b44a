package dwal.server.handler;

import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import dwal.server.handler.ConfigChanges.Change;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.AlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.message.AlterConfigsResponseData;
import org.apache.kafka.common.message.AlterConfigsResponseData.AlterConfigsResourceResponse;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;

/**
 * AlterConfigs, the old way that replaces all keys of a resource: what the request leaves out goes back to its default.
 * Any thread.
 */
record AlterConfigsHandler(ConfigChanges changes, Forwarding forwarding) implements Handler<AlterConfigsRequestData> {

    @Override
    public CompletionStage<AlterConfigsResponseData> handle(RequestContext context, AlterConfigsRequestData request) {
        var answers = new ConfigAnswers();
        for (AlterConfigsResource resource : request.resources()) {
            ConfigResource key = answers.add(resource.resourceType(), resource.resourceName());
            answers.attempt(key, () -> {
                if (key.type() == ConfigResource.Type.BROKER_LOGGER) {
                    throw new InvalidRequestException("Unknown resource type " + resource.resourceType());
                }
                changes.checkReplacement(key, changes(resource));
            });
        }
        AlterConfigsRequestData accepted = request.duplicate();
        accepted.resources().removeIf(resource -> answers.isKnown(resource.resourceType(), resource.resourceName()));
        return answers.complete(accepted.resources().isEmpty(), () -> askController(context, accepted))
                .thenApply(AlterConfigsHandler::response);
    }

    private static List<Change> changes(AlterConfigsResource resource) {
        List<Change> list = new ArrayList<>();
        for (AlterableConfig config : resource.configs()) {
            list.add(new Change(config.name(), OpType.SET, config.value()));
        }
        return list;
    }

    private CompletableFuture<Map<ConfigResource, ApiError>> askController(
            RequestContext context, AlterConfigsRequestData accepted) {
        CompletableFuture<AlterConfigsResponseData> answer = forwarding.ask(context, accepted);
        return answer.thenApply(given -> {
            Map<ConfigResource, ApiError> errors = new HashMap<>();
            given.responses()
                    .forEach(each -> errors.put(
                            new ConfigResource(ConfigResource.Type.forId(each.resourceType()), each.resourceName()),
                            new ApiError(Errors.forCode(each.errorCode()), each.errorMessage())));
            return errors;
        });
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

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
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData.AlterConfigsResourceResponse;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;

/**
 * IncrementalAlterConfigs: sets, deletes, appends to and takes from single keys. What is refused here does not reach the
 * controller, and log levels are changed here; each resource has its own answer. Any thread.
 */
record IncrementalAlterConfigsHandler(ConfigChanges changes, BrokerLoggers loggers, Forwarding forwarding)
        implements Handler<IncrementalAlterConfigsRequestData> {

    @Override
    public CompletionStage<IncrementalAlterConfigsResponseData> handle(
            RequestContext context, IncrementalAlterConfigsRequestData request) {
        var answers = new ConfigAnswers();
        for (AlterConfigsResource resource : request.resources()) {
            ConfigResource key = answers.add(resource.resourceType(), resource.resourceName());
            if (key.type() != ConfigResource.Type.BROKER_LOGGER) {
                answers.attempt(key, () -> changes.check(key, changes(resource)));
            } else if (!answers.isKnown(resource.resourceType(), resource.resourceName())) {
                answers.done(key, loggers.change(resource, request.validateOnly()));
            }
        }
        IncrementalAlterConfigsRequestData accepted = request.duplicate();
        accepted.resources().removeIf(resource -> answers.isKnown(resource.resourceType(), resource.resourceName()));
        return answers.complete(accepted.resources().isEmpty(), () -> askController(context, accepted))
                .thenApply(IncrementalAlterConfigsHandler::response);
    }

    static List<Change> changes(AlterConfigsResource resource) {
        List<Change> list = new ArrayList<>();
        for (AlterableConfig config : resource.configs()) {
            OpType operation = OpType.forId(config.configOperation());
            if (operation == null) {
                throw new InvalidRequestException("Unknown operations type " + config.configOperation());
            }
            list.add(new Change(config.name(), operation, config.value()));
        }
        return list;
    }

    private CompletableFuture<Map<ConfigResource, ApiError>> askController(
            RequestContext context, IncrementalAlterConfigsRequestData accepted) {
        CompletableFuture<IncrementalAlterConfigsResponseData> answer = forwarding.ask(context, accepted);
        return answer.thenApply(given -> {
            Map<ConfigResource, ApiError> errors = new HashMap<>();
            given.responses()
                    .forEach(each -> errors.put(
                            new ConfigResource(ConfigResource.Type.forId(each.resourceType()), each.resourceName()),
                            new ApiError(Errors.forCode(each.errorCode()), each.errorMessage())));
            return errors;
        });
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

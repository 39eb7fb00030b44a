package dwal.server.controller;

import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import dwal.replication.metadata.ClusterMetadata;
import dwal.server.handler.BrokerLoggers;
import java.util.AbstractMap.SimpleImmutableEntry;
import java.util.HashMap;
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
 * IncrementalAlterConfigs, as the controller sees it: brokers have looked at what only they can judge. Any thread.
 *
 * @param metadata of the cluster
 * @param loggers of this node, which tools may ask it to change when they are told of controllers only
 */
record IncrementalAlterConfigsHandler(ClusterMetadata metadata, BrokerLoggers loggers)
        implements Handler<IncrementalAlterConfigsRequestData> {
    private static final int PATIENCE_MS = 30_000;

    @Override
    public CompletionStage<IncrementalAlterConfigsResponseData> handle(
            RequestContext context, IncrementalAlterConfigsRequestData request) {
        var response = new IncrementalAlterConfigsResponseData();
        var wanted = new WantedConfigs<Map<String, Map.Entry<OpType, @Nullable String>>>();
        for (AlterConfigsResource resource : request.resources()) {
            if (resource.resourceType() == ConfigResource.Type.BROKER_LOGGER.id()) {
                ApiError error = loggers.change(resource, request.validateOnly());
                response.responses()
                        .add(answer(
                                new ConfigResource(ConfigResource.Type.BROKER_LOGGER, resource.resourceName()), error));
            } else {
                wanted.add(resource.resourceType(), resource.resourceName(), changes(resource));
            }
        }
        return metadata.controller()
                .incrementalAlterConfigs(
                        ControllerContext.of(metadata, context, PATIENCE_MS),
                        wanted.byResource(),
                        request.validateOnly(),
                        false)
                .thenApply(results -> {
                    wanted.withErrors(results)
                            .forEach((resource, error) -> response.responses().add(answer(resource, error)));
                    return response;
                });
    }

    private static Map<String, Map.Entry<OpType, @Nullable String>> changes(AlterConfigsResource resource) {
        Map<String, Map.Entry<OpType, @Nullable String>> changes = new HashMap<>();
        for (AlterableConfig config : resource.configs()) {
            OpType operation = OpType.forId(config.configOperation());
            if (operation == null) {
                throw new InvalidRequestException("Unknown operations type " + config.configOperation());
            }
            changes.put(config.name(), new SimpleImmutableEntry<>(operation, config.value()));
        }
        return changes;
    }

    private static AlterConfigsResourceResponse answer(ConfigResource resource, ApiError error) {
        return new AlterConfigsResourceResponse()
                .setResourceType(resource.type().id())
                .setResourceName(resource.name())
                .setErrorCode(error.error().code())
                .setErrorMessage(error.message());
    }
}

package dwal.server.controller;

import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import dwal.replication.metadata.ClusterMetadata;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.AlterConfigsResponseData;
import org.apache.kafka.common.message.AlterConfigsResponseData.AlterConfigsResourceResponse;
import org.apache.kafka.common.requests.ApiError;

/**
 * AlterConfigs, as the controller sees it: brokers have looked at what only they can judge. Any thread.
 *
 * @param metadata of the cluster
 */
record AlterConfigsHandler(ClusterMetadata metadata) implements Handler<AlterConfigsRequestData> {
    private static final int PATIENCE_MS = 30_000;

    @Override
    public CompletionStage<AlterConfigsResponseData> handle(RequestContext context, AlterConfigsRequestData request) {
        var response = new AlterConfigsResponseData();
        var wanted = new WantedConfigs<Map<String, String>>();
        for (AlterConfigsResource resource : request.resources()) {
            Map<String, String> values = new HashMap<>();
            resource.configs().forEach(config -> values.put(config.name(), config.value()));
            wanted.add(resource.resourceType(), resource.resourceName(), values);
        }
        return metadata.controller()
                .legacyAlterConfigs(
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

    private static AlterConfigsResourceResponse answer(ConfigResource resource, ApiError error) {
        return new AlterConfigsResourceResponse()
                .setResourceType(resource.type().id())
                .setResourceName(resource.name())
                .setErrorCode(error.error().code())
                .setErrorMessage(error.message());
    }
}

package dwal.server.handler;

import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.ListConfigResourcesRequestData;
import org.apache.kafka.common.message.ListConfigResourcesResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ListConfigResourcesRequest;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.metadata.BrokerRegistration;

/**
 * ListConfigResources: the names of what can be configured, by type. Any thread.
 *
 * @param metadata the newest image
 */
record ListConfigResourcesHandler(Supplier<MetadataImage> metadata) implements Handler<ListConfigResourcesRequestData> {

    @Override
    public CompletionStage<ListConfigResourcesResponseData> handle(
            RequestContext context, ListConfigResourcesRequestData request) {
        var response = new ListConfigResourcesResponseData();
        if (context.apiVersion() == 0) {
            // Version 0 has no field for the types: it was made for one of them.
            request.setResourceTypes(List.of(ConfigResource.Type.CLIENT_METRICS.id()));
        }
        Set<Byte> supported = new ListConfigResourcesRequest.Builder(request)
                .build(context.apiVersion())
                .supportedResourceTypes();
        Set<Byte> types = new HashSet<>(request.resourceTypes());
        if (!supported.containsAll(types)) {
            response.setErrorCode(Errors.UNSUPPORTED_VERSION.code());
            return CompletableFuture.completedFuture(response);
        }
        MetadataImage image = metadata.get();
        for (byte id : types.isEmpty() ? supported : types) {
            ConfigResource.Type type = ConfigResource.Type.forId(id);
            switch (type) {
                case TOPIC -> image.topics().topicsByName().keySet().forEach(topic -> add(response, type, topic));
                case BROKER, BROKER_LOGGER -> {
                    for (BrokerRegistration broker : image.cluster().brokers().values()) {
                        if (!broker.fenced()) {
                            add(response, type, Integer.toString(broker.id()));
                        }
                    }
                }
                case GROUP, CLIENT_METRICS ->
                    image.configs().resourceData().forEach((resource, configs) -> {
                        if (resource.type() == type && !configs.data().isEmpty()) {
                            add(response, type, resource.name());
                        }
                    });
                case UNKNOWN -> throw new AssertionError("not among the supported types: " + id);
            }
        }
        return CompletableFuture.completedFuture(response);
    }

    private static void add(ListConfigResourcesResponseData response, ConfigResource.Type type, String name) {
        response.configResources()
                .add(new ListConfigResourcesResponseData.ConfigResource()
                        .setResourceType(type.id())
                        .setResourceName(name));
    }
}

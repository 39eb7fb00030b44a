package dwal.server.controller;

import dwal.protocol.RequestContext;
import dwal.replication.metadata.ClusterMetadata;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.controller.ControllerRequestContext;

/** What the controller wants to know of who asks. */
final class ControllerContext {
    private ControllerContext() {}

    /** @param timeoutMs for how long whoever asks waits */
    static ControllerRequestContext of(ClusterMetadata metadata, RequestContext context, int timeoutMs) {
        var header = new RequestHeaderData()
                .setRequestApiKey(context.apiKey().id)
                .setRequestApiVersion(context.apiVersion())
                .setCorrelationId(context.correlationId())
                .setClientId(context.clientId());
        return metadata.context(header, context.connection().principal(), timeoutMs);
    }
}

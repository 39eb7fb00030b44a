package dwal.server.controller;

import dwal.protocol.RequestContext;
import dwal.replication.metadata.ClusterMetadata;
import java.util.function.Consumer;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.controller.ControllerRequestContext;
import org.apache.kafka.server.quota.ControllerMutationQuota;

/** What the controller wants to know of who asks. */
final class ControllerContext {
    private ControllerContext() {}

    /** @param timeoutMs for how long whoever asks waits */
    static ControllerRequestContext of(ClusterMetadata metadata, RequestContext context, int timeoutMs) {
        return of(metadata, context, timeoutMs, partitions -> {});
    }

    /** The same of one whose changes count against a quota (KIP-599). */
    static ControllerRequestContext of(
            ClusterMetadata metadata, RequestContext context, int timeoutMs, ControllerMutationQuota quota) {
        return of(metadata, context, timeoutMs, quota::record);
    }

    private static ControllerRequestContext of(
            ClusterMetadata metadata, RequestContext context, int timeoutMs, Consumer<Integer> changes) {
        var header = new RequestHeaderData()
                .setRequestApiKey(context.apiKey().id)
                .setRequestApiVersion(context.apiVersion())
                .setCorrelationId(context.correlationId())
                .setClientId(context.clientId());
        return metadata.context(header, context.connection().principal(), timeoutMs, changes);
    }
}

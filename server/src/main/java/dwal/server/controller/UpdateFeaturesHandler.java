package dwal.server.controller;

import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import dwal.replication.metadata.ClusterMetadata;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.UpdateFeaturesRequestData;
import org.apache.kafka.common.message.UpdateFeaturesResponseData;

/**
 * UpdateFeatures: the controller raises or lowers levels of features, or says who does not support that. Any thread.
 *
 * @param metadata of the cluster
 */
record UpdateFeaturesHandler(ClusterMetadata metadata) implements Handler<UpdateFeaturesRequestData> {

    @Override
    public CompletionStage<UpdateFeaturesResponseData> handle(
            RequestContext context, UpdateFeaturesRequestData request) {
        var controllerContext = ControllerContext.of(metadata, context, request.timeoutMs());
        return metadata.controller().updateFeatures(controllerContext, request);
    }
}

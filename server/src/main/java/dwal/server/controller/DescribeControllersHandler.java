package dwal.server.controller;

import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import dwal.replication.metadata.ClusterMetadata;
import dwal.server.handler.EndpointTypes;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.clients.admin.EndpointType;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.DescribeClusterResponseData.DescribeClusterBroker;
import org.apache.kafka.metadata.ControllerRegistration;

/**
 * DescribeCluster, asked of a controller: the controllers, and which of them is active (KIP-919). Any thread.
 *
 * @param metadata what is known of the cluster
 */
record DescribeControllersHandler(ClusterMetadata metadata) implements Handler<DescribeClusterRequestData> {

    @Override
    public CompletionStage<DescribeClusterResponseData> handle(
            RequestContext context, DescribeClusterRequestData request) {
        DescribeClusterResponseData refusal = EndpointTypes.refusal(context, request, EndpointType.CONTROLLER);
        return CompletableFuture.completedFuture(refusal != null ? refusal : answer(context));
    }

    private DescribeClusterResponseData answer(RequestContext context) {
        var response = new DescribeClusterResponseData()
                .setClusterId(metadata.clusterId())
                .setControllerId(metadata.activeControllerId().orElse(-1))
                .setEndpointType(EndpointType.CONTROLLER.id());
        for (ControllerRegistration controller :
                metadata.image().cluster().controllers().values()) {
            controller
                    .node(context.connection().listener())
                    .ifPresent(node -> response.brokers()
                            .add(new DescribeClusterBroker()
                                    .setBrokerId(node.id())
                                    .setHost(node.host())
                                    .setPort(node.port())));
        }
        return response;
    }
}

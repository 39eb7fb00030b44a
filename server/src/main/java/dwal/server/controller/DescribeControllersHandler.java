package dwal.server.controller;

import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import dwal.replication.metadata.ClusterMetadata;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.clients.admin.EndpointType;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.DescribeClusterResponseData.DescribeClusterBroker;
import org.apache.kafka.common.protocol.Errors;
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
        return CompletableFuture.completedFuture(answer(context, request));
    }

    private DescribeClusterResponseData answer(RequestContext context, DescribeClusterRequestData request) {
        EndpointType wanted = EndpointType.fromId(request.endpointType());
        if (wanted == EndpointType.UNKNOWN) {
            return refuse(
                    context, Errors.UNSUPPORTED_ENDPOINT_TYPE, "Unsupported endpoint type " + request.endpointType());
        }
        if (wanted != EndpointType.CONTROLLER) {
            return refuse(
                    context,
                    Errors.MISMATCHED_ENDPOINT_TYPE,
                    "The request was sent to an endpoint of type CONTROLLER, but we wanted an endpoint of type "
                            + wanted);
        }
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

    private static DescribeClusterResponseData refuse(RequestContext context, Errors error, String reason) {
        // Clients of version 0 do not know the errors about endpoint types.
        Errors known = context.apiVersion() == 0 ? Errors.INVALID_REQUEST : error;
        return new DescribeClusterResponseData().setErrorCode(known.code()).setErrorMessage(reason);
    }
}

package dwal.server.handler;

import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import dwal.replication.metadata.ClusterMetadata;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.clients.admin.EndpointType;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.DescribeClusterResponseData.DescribeClusterBroker;
import org.apache.kafka.metadata.BrokerRegistration;

/**
 * DescribeCluster: the brokers, fenced ones too if asked for. Any thread.
 *
 * @param metadata what is known of the cluster
 */
record DescribeClusterHandler(ClusterMetadata metadata) implements Handler<DescribeClusterRequestData> {

    @Override
    public CompletionStage<DescribeClusterResponseData> handle(
            RequestContext context, DescribeClusterRequestData request) {
        DescribeClusterResponseData refusal = EndpointTypes.refusal(context, request, EndpointType.BROKER);
        return CompletableFuture.completedFuture(refusal != null ? refusal : answer(context, request));
    }

    private DescribeClusterResponseData answer(RequestContext context, DescribeClusterRequestData request) {
        var view = new ListenerView(metadata.image(), context.connection().listener());
        var response = new DescribeClusterResponseData()
                .setClusterId(metadata.clusterId())
                .setEndpointType(EndpointType.BROKER.id());
        for (BrokerRegistration broker : view.image().cluster().brokers().values()) {
            if (!broker.fenced() || request.includeFencedBrokers()) {
                view.node(broker.id())
                        .ifPresent(node -> response.brokers()
                                .add(new DescribeClusterBroker()
                                        .setBrokerId(node.id())
                                        .setHost(node.host())
                                        .setPort(node.port())
                                        .setRack(node.rack())
                                        .setIsFenced(broker.fenced())));
            }
        }
        int controller = view.controllerId(metadata.nodeId());
        response.setControllerId(response.brokers().find(controller) == null ? -1 : controller);
        if (request.includeClusterAuthorizedOperations()) {
            response.setClusterAuthorizedOperations(AllowedOperations.ON_CLUSTER);
        }
        return response;
    }
}

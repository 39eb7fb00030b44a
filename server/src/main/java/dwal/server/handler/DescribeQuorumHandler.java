package dwal.server.handler;

import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import dwal.replication.metadata.ClusterMetadata;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.DescribeQuorumRequestData;
import org.apache.kafka.common.message.DescribeQuorumResponseData;

/**
 * DescribeQuorum: the metadata quorum describes itself. Any thread.
 *
 * @param metadata of which the quorum is a part
 */
record DescribeQuorumHandler(ClusterMetadata metadata) implements Handler<DescribeQuorumRequestData> {

    @Override
    public CompletionStage<DescribeQuorumResponseData> handle(
            RequestContext context, DescribeQuorumRequestData request) {
        return ControllerCalls.attempt(() -> metadata.askQuorum(
                        context.connection().listener(), context.correlationId(), context.apiVersion(), request))
                .thenApply(answer -> (DescribeQuorumResponseData) answer);
    }
}

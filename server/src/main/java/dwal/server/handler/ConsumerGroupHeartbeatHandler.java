package dwal.server.handler;

import dwal.coordinator.Groups;
import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;

/** ConsumerGroupHeartbeat: a member of a consumer group tells its state and gets its assignment (KIP-848). Any thread. */
public record ConsumerGroupHeartbeatHandler(Groups groups) implements Handler<ConsumerGroupHeartbeatRequestData> {

    @Override
    public CompletionStage<ConsumerGroupHeartbeatResponseData> handle(
            RequestContext context, ConsumerGroupHeartbeatRequestData request) {
        return groups.consumerHeartbeat(context, request);
    }
}

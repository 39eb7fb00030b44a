package dwal.server.handler;

import dwal.coordinator.Groups;
import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;

/** Heartbeat: a member of a classic group is alive, and hears of rebalances. Any thread. */
public record HeartbeatHandler(Groups groups) implements Handler<HeartbeatRequestData> {

    @Override
    public CompletionStage<HeartbeatResponseData> handle(RequestContext context, HeartbeatRequestData request) {
        return groups.heartbeat(context, request);
    }
}

package dwal.server.handler;

import dwal.coordinator.Groups;
import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.requests.JoinGroupResponse;

/** JoinGroup: a member wants into a classic group; answered when the others have come too. Any thread. */
public record JoinGroupHandler(Groups groups) implements Handler<JoinGroupRequestData> {

    @Override
    public CompletionStage<JoinGroupResponseData> handle(RequestContext context, JoinGroupRequestData request) {
        context.times().onlyWaits();
        if (context.apiVersion() == 0) {
            // Version 0 has one time-out for both, as in Kafka's JoinGroupRequest.
            request.setRebalanceTimeoutMs(request.sessionTimeoutMs());
        }
        // Up to version 6 a protocol name cannot be null, from 7 on it is never empty.
        return groups.join(context, request)
                .thenApply(response -> new JoinGroupResponse(response, context.apiVersion()).data());
    }
}

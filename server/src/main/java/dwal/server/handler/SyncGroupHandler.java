package dwal.server.handler;

import dwal.coordinator.Groups;
import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.errors.InconsistentGroupProtocolException;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;

/** SyncGroup: members of a classic group get their assignments, the leader brings them. Any thread. */
public record SyncGroupHandler(Groups groups) implements Handler<SyncGroupRequestData> {
    private static final short PROTOCOL_REQUIRED_SINCE = 5;

    @Override
    public CompletionStage<SyncGroupResponseData> handle(RequestContext context, SyncGroupRequestData request) {
        if (context.apiVersion() >= PROTOCOL_REQUIRED_SINCE
                && (request.protocolType() == null || request.protocolName() == null)) {
            return CompletableFuture.failedFuture(
                    new InconsistentGroupProtocolException("SyncGroup must name the protocol and its type"));
        }
        context.times().onlyWaits();
        return groups.sync(context, request);
    }
}

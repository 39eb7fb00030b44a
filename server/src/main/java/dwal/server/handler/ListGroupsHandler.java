package dwal.server.handler;

import dwal.coordinator.Groups;
import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;

/** ListGroups: the groups that this node coordinates, by state and type. Any thread. */
public record ListGroupsHandler(Groups groups) implements Handler<ListGroupsRequestData> {

    @Override
    public CompletionStage<ListGroupsResponseData> handle(RequestContext context, ListGroupsRequestData request) {
        return groups.list(context, request);
    }
}

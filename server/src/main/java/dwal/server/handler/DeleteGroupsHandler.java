package dwal.server.handler;

import dwal.coordinator.Groups;
import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DeleteGroupsResponseData;

/** DeleteGroups: groups without members go, with their offsets. Any thread. */
public record DeleteGroupsHandler(Groups groups) implements Handler<DeleteGroupsRequestData> {

    @Override
    public CompletionStage<DeleteGroupsResponseData> handle(RequestContext context, DeleteGroupsRequestData request) {
        List<String> ids = request.groupsNames().stream().distinct().toList();
        return groups.delete(context, ids).thenApply(results -> new DeleteGroupsResponseData().setResults(results));
    }
}

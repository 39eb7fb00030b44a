package dwal.server.handler;

import dwal.coordinator.Groups;
import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.protocol.Errors;

/**
 * DescribeGroups: classic groups with their members. What is no classic group is answered as dead; since version 6 with
 * {@code GROUP_ID_NOT_FOUND} and the reason. Any thread.
 */
public record DescribeGroupsHandler(Groups groups) implements Handler<DescribeGroupsRequestData> {
    private static final short OPERATIONS_SINCE = 3;

    @Override
    public CompletionStage<DescribeGroupsResponseData> handle(
            RequestContext context, DescribeGroupsRequestData request) {
        boolean withOperations = context.apiVersion() >= OPERATIONS_SINCE && request.includeAuthorizedOperations();
        return groups.describeClassic(context, request.groups()).thenApply(described -> {
            if (withOperations) {
                described.stream()
                        .filter(group -> group.errorCode() == Errors.NONE.code())
                        .forEach(group -> group.setAuthorizedOperations(GroupOperations.all()));
            }
            return new DescribeGroupsResponseData().setGroups(described);
        });
    }
}

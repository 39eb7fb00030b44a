package dwal.server.handler;

import dwal.coordinator.Groups;
import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.ConsumerGroupDescribeRequestData;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.protocol.Errors;

/** ConsumerGroupDescribe: consumer groups with their members and assignments (KIP-848). Any thread. */
public record ConsumerGroupDescribeHandler(Groups groups) implements Handler<ConsumerGroupDescribeRequestData> {

    @Override
    public CompletionStage<ConsumerGroupDescribeResponseData> handle(
            RequestContext context, ConsumerGroupDescribeRequestData request) {
        return groups.describeConsumer(context, request.groupIds()).thenApply(described -> {
            if (request.includeAuthorizedOperations()) {
                described.stream()
                        .filter(group -> group.errorCode() == Errors.NONE.code())
                        .forEach(group -> group.setAuthorizedOperations(GroupOperations.all()));
            }
            return new ConsumerGroupDescribeResponseData().setGroups(described);
        });
    }
}

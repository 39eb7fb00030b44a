package dwal.server.handler;

import dwal.coordinator.Groups;
import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.requests.LeaveGroupResponse;

/** LeaveGroup: members go, one of them up to version 2, any number since. Any thread. */
public record LeaveGroupHandler(Groups groups) implements Handler<LeaveGroupRequestData> {
    private static final short MANY_MEMBERS_SINCE = 3;

    @Override
    public CompletionStage<LeaveGroupResponseData> handle(RequestContext context, LeaveGroupRequestData request) {
        return groups.leave(context, inTheNewShape(context.apiVersion(), request))
                .thenApply(response -> new LeaveGroupResponse(response, context.apiVersion()).data());
    }

    private static LeaveGroupRequestData inTheNewShape(short version, LeaveGroupRequestData request) {
        if (version >= MANY_MEMBERS_SINCE) {
            return request;
        }
        return new LeaveGroupRequestData()
                .setGroupId(request.groupId())
                .setMembers(List.of(new MemberIdentity().setMemberId(request.memberId())));
    }
}

package dwal.coordinator;

import dwal.protocol.RequestContext;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.kafka.common.errors.CoordinatorLoadInProgressException;
import org.apache.kafka.common.errors.CoordinatorNotAvailableException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.DeleteGroupsResponseData.DeletableGroupResultCollection;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.utils.BufferSupplier;
import org.apache.kafka.coordinator.group.GroupCoordinatorService;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;
import org.jspecify.annotations.Nullable;

/** Hands requests to the embedded coordinator while it serves, refuses them before and after; any thread. */
final class GroupRequests implements Groups {

    private sealed interface State {}

    private record Starting() implements State {}

    private record Serving(GroupCoordinatorService service) implements State {}

    private record Stopped(String reason) implements State {}

    /** Changed under this object's lock only: nobody serves after the end. */
    private volatile State state = new Starting();

    private volatile boolean consumerProtocol;
    private volatile short groupVersion;

    // ---- the coordinator's life

    void useConsumerProtocol(boolean enabled) {
        consumerProtocol = enabled;
    }

    void useGroupVersion(short version) {
        groupVersion = version;
    }

    /** From now on requests go to {@code service}; one that comes when we have stopped already is shut down. */
    void serve(GroupCoordinatorService service) {
        synchronized (this) {
            if (state instanceof Starting) {
                state = new Serving(service);
                return;
            }
        }
        service.shutdown();
    }

    /** From now on requests are refused; gives the service that was served, which the caller shuts down. */
    synchronized @Nullable GroupCoordinatorService stop(String reason) {
        GroupCoordinatorService service = state instanceof Serving serving ? serving.service : null;
        state = new Stopped(reason);
        return service;
    }

    // ---- requests

    private <T> CompletableFuture<T> ask(Function<GroupCoordinatorService, CompletableFuture<T>> question) {
        State now = state;
        if (now instanceof Serving serving) {
            try {
                return question.apply(serving.service);
            } catch (RuntimeException e) {
                return CompletableFuture.failedFuture(e);
            }
        }
        return CompletableFuture.failedFuture(
                now instanceof Stopped stopped
                        ? new CoordinatorNotAvailableException(stopped.reason)
                        : new CoordinatorLoadInProgressException("The group coordinator is starting; try again"));
    }

    private <T> CompletableFuture<T> askOfConsumers(Function<GroupCoordinatorService, CompletableFuture<T>> question) {
        if (state instanceof Serving && !(consumerProtocol && groupVersion >= 1)) {
            return CompletableFuture.failedFuture(new UnsupportedVersionException(
                    "The consumer group protocol is switched off: see group.coordinator.rebalance.protocols "
                            + "and the feature group.version"));
        }
        return ask(question);
    }

    private static AuthorizableRequestContext caller(RequestContext context) {
        return new Caller(context);
    }

    @Override
    public CompletableFuture<JoinGroupResponseData> join(RequestContext context, JoinGroupRequestData request) {
        return ask(service -> service.joinGroup(caller(context), request, BufferSupplier.NO_CACHING));
    }

    @Override
    public CompletableFuture<SyncGroupResponseData> sync(RequestContext context, SyncGroupRequestData request) {
        return ask(service -> service.syncGroup(caller(context), request, BufferSupplier.NO_CACHING));
    }

    @Override
    public CompletableFuture<HeartbeatResponseData> heartbeat(RequestContext context, HeartbeatRequestData request) {
        return ask(service -> service.heartbeat(caller(context), request));
    }

    @Override
    public CompletableFuture<LeaveGroupResponseData> leave(RequestContext context, LeaveGroupRequestData request) {
        return ask(service -> service.leaveGroup(caller(context), request));
    }

    @Override
    public CompletableFuture<List<DescribeGroupsResponseData.DescribedGroup>> describeClassic(
            RequestContext context, List<String> groupIds) {
        return ask(service -> service.describeGroups(caller(context), groupIds));
    }

    @Override
    public CompletableFuture<ConsumerGroupHeartbeatResponseData> consumerHeartbeat(
            RequestContext context, ConsumerGroupHeartbeatRequestData request) {
        return askOfConsumers(service -> service.consumerGroupHeartbeat(caller(context), request));
    }

    @Override
    public CompletableFuture<List<ConsumerGroupDescribeResponseData.DescribedGroup>> describeConsumer(
            RequestContext context, List<String> groupIds) {
        return askOfConsumers(service -> service.consumerGroupDescribe(caller(context), groupIds));
    }

    @Override
    public CompletableFuture<OffsetCommitResponseData> commitOffsets(
            RequestContext context, OffsetCommitRequestData request) {
        return ask(service -> service.commitOffsets(caller(context), request, BufferSupplier.NO_CACHING));
    }

    @Override
    public CompletableFuture<OffsetFetchResponseGroup> fetchOffsets(
            RequestContext context, OffsetFetchRequestGroup request, boolean requireStable) {
        return ask(service -> service.fetchOffsets(caller(context), request, requireStable));
    }

    @Override
    public CompletableFuture<OffsetDeleteResponseData> deleteOffsets(
            RequestContext context, OffsetDeleteRequestData request) {
        return ask(service -> service.deleteOffsets(caller(context), request, BufferSupplier.NO_CACHING));
    }

    @Override
    public CompletableFuture<ListGroupsResponseData> list(RequestContext context, ListGroupsRequestData request) {
        return ask(service -> service.listGroups(caller(context), request));
    }

    @Override
    public CompletableFuture<DeletableGroupResultCollection> delete(RequestContext context, List<String> groupIds) {
        return ask(service -> service.deleteGroups(caller(context), groupIds, BufferSupplier.NO_CACHING));
    }
}

package dwal.coordinator;

import dwal.protocol.Asker;
import dwal.protocol.RequestContext;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.common.errors.ApiException;
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
import org.apache.kafka.common.protocol.Errors;
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
    private final DormantPartitions dormant;
    private final GroupRoom room;

    /**
     * @param dormant partitions to wake before they are asked
     * @param room what may be kept for clients
     */
    GroupRequests(DormantPartitions dormant, GroupRoom room) {
        this.dormant = dormant;
        this.room = room;
    }

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

    private <T> CompletableFuture<T> ask(
            Collection<@Nullable String> groupIds, Function<GroupCoordinatorService, CompletableFuture<T>> question) {
        State now = state;
        CompletableFuture<T> answer = new CompletableFuture<>();
        if (now instanceof Serving serving) {
            forward(serving.service, groupIds.iterator(), question, answer);
        } else {
            answer.completeExceptionally(
                    now instanceof Stopped stopped
                            ? new CoordinatorNotAvailableException(stopped.reason)
                            : new CoordinatorLoadInProgressException("The group coordinator is starting; try again"));
        }
        return answer;
    }

    /** Wakes the partitions of the groups that are left, one after the other, then puts the question. */
    private <T> void forward(
            GroupCoordinatorService service,
            Iterator<@Nullable String> groupIds,
            Function<GroupCoordinatorService, CompletableFuture<T>> question,
            CompletableFuture<T> answer) {
        try {
            while (groupIds.hasNext()) {
                String groupId = groupIds.next();
                // The coordinator has its own answer to a group without an id.
                if (groupId != null
                        && dormant.call(
                                service.partitionFor(groupId), () -> forward(service, groupIds, question, answer))) {
                    return;
                }
            }
            var unused = question.apply(service).whenComplete((found, failure) -> {
                if (failure == null) {
                    answer.complete(found);
                } else {
                    answer.completeExceptionally(failure);
                }
            });
        } catch (RuntimeException e) {
            answer.completeExceptionally(e);
        }
    }

    private <T> CompletableFuture<T> askOfConsumers(
            Collection<@Nullable String> groupIds, Function<GroupCoordinatorService, CompletableFuture<T>> question) {
        if (state instanceof Serving && !(consumerProtocol && groupVersion >= 1)) {
            return CompletableFuture.failedFuture(new UnsupportedVersionException(
                    "The consumer group protocol is switched off: see group.coordinator.rebalance.protocols "
                            + "and the feature group.version"));
        }
        return ask(groupIds, question);
    }

    /** Puts the question, unless it would have the coordinator keep something for which there is no room. */
    private static <T> CompletableFuture<T> unless(
            @Nullable ApiException refusal, Supplier<CompletableFuture<T>> question) {
        return refusal == null ? question.get() : CompletableFuture.failedFuture(refusal);
    }

    private static Collection<@Nullable String> only(@Nullable String groupId) {
        return Collections.singletonList(groupId);
    }

    /** A group is described once, however often it is asked for: else an answer could be as large as one likes. */
    private static List<String> once(List<String> groupIds) {
        return groupIds.stream().distinct().toList();
    }

    private static AuthorizableRequestContext caller(RequestContext context) {
        return new Asker(context);
    }

    @Override
    public CompletableFuture<JoinGroupResponseData> join(RequestContext context, JoinGroupRequestData request) {
        return unless(
                room.refusal(context, request),
                () -> ask(
                        only(request.groupId()),
                        service -> service.joinGroup(caller(context), request, BufferSupplier.NO_CACHING)));
    }

    @Override
    public CompletableFuture<SyncGroupResponseData> sync(RequestContext context, SyncGroupRequestData request) {
        return unless(
                room.refusal(context, request),
                () -> ask(
                        only(request.groupId()),
                        service -> service.syncGroup(caller(context), request, BufferSupplier.NO_CACHING)));
    }

    @Override
    public CompletableFuture<HeartbeatResponseData> heartbeat(RequestContext context, HeartbeatRequestData request) {
        return ask(only(request.groupId()), service -> service.heartbeat(caller(context), request));
    }

    @Override
    public CompletableFuture<LeaveGroupResponseData> leave(RequestContext context, LeaveGroupRequestData request) {
        return ask(only(request.groupId()), service -> service.leaveGroup(caller(context), request));
    }

    @Override
    public CompletableFuture<List<DescribeGroupsResponseData.DescribedGroup>> describeClassic(
            RequestContext context, List<String> groupIds) {
        List<String> once = once(groupIds);
        return ask(once, service -> service.describeGroups(caller(context), once));
    }

    @Override
    public CompletableFuture<ConsumerGroupHeartbeatResponseData> consumerHeartbeat(
            RequestContext context, ConsumerGroupHeartbeatRequestData request) {
        ApiException refusal = room.refusal(context, request);
        if (refusal != null) {
            // Made by Kafka's request class it would be without the message, which consumers log.
            return CompletableFuture.completedFuture(new ConsumerGroupHeartbeatResponseData()
                    .setErrorCode(Errors.forException(refusal).code())
                    .setErrorMessage(refusal.getMessage()));
        }
        return askOfConsumers(
                only(request.groupId()), service -> service.consumerGroupHeartbeat(caller(context), request));
    }

    @Override
    public CompletableFuture<List<ConsumerGroupDescribeResponseData.DescribedGroup>> describeConsumer(
            RequestContext context, List<String> groupIds) {
        List<String> once = once(groupIds);
        return askOfConsumers(once, service -> service.consumerGroupDescribe(caller(context), once));
    }

    @Override
    public CompletableFuture<OffsetCommitResponseData> commitOffsets(
            RequestContext context, OffsetCommitRequestData request) {
        return unless(
                room.refusal(context, request),
                () -> ask(
                        only(request.groupId()),
                        service -> service.commitOffsets(caller(context), request, BufferSupplier.NO_CACHING)));
    }

    @Override
    public CompletableFuture<OffsetFetchResponseGroup> fetchOffsets(
            RequestContext context, OffsetFetchRequestGroup request, boolean requireStable) {
        return ask(only(request.groupId()), service -> service.fetchOffsets(caller(context), request, requireStable));
    }

    @Override
    public CompletableFuture<OffsetDeleteResponseData> deleteOffsets(
            RequestContext context, OffsetDeleteRequestData request) {
        return ask(
                only(request.groupId()),
                service -> service.deleteOffsets(caller(context), request, BufferSupplier.NO_CACHING));
    }

    @Override
    public CompletableFuture<ListGroupsResponseData> list(RequestContext context, ListGroupsRequestData request) {
        // A partition that sleeps has no groups.
        return ask(List.of(), service -> service.listGroups(caller(context), request));
    }

    @Override
    public CompletableFuture<DeletableGroupResultCollection> delete(RequestContext context, List<String> groupIds) {
        return ask(groupIds, service -> service.deleteGroups(caller(context), groupIds, BufferSupplier.NO_CACHING));
    }
}

package dwal.server.authorization;

import static dwal.server.authorization.Rules.and;
import static dwal.server.authorization.Rules.answer;
import static dwal.server.authorization.Rules.refused;
import static dwal.server.authorization.Rules.takeOut;

import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.message.ConsumerGroupDescribeRequestData;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DeleteGroupsResponseData;
import org.apache.kafka.common.message.DeleteGroupsResponseData.DeletableGroupResult;
import org.apache.kafka.common.message.DeleteGroupsResponseData.DeletableGroupResultCollection;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.DescribeGroupsResponseData.DescribedGroup;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.FindCoordinatorResponseData.Coordinator;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponsePartition;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponseTopic;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopic;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.message.OffsetDeleteResponseData.OffsetDeleteResponsePartition;
import org.apache.kafka.common.message.OffsetDeleteResponseData.OffsetDeleteResponseTopic;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopic;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartition;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartitions;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseTopic;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseTopics;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DescribeGroupsResponse;
import org.apache.kafka.common.requests.FindCoordinatorRequest.CoordinatorType;
import org.apache.kafka.common.requests.OffsetFetchResponse;
import org.apache.kafka.common.resource.ResourceType;
import org.jspecify.annotations.Nullable;

/** What is demanded of those who ask for groups and their offsets. Any thread. */
record GroupRules(Authorization may, Topics topics) {
    private static final short MANY_KEYS_SINCE = 4;
    private static final short MANY_GROUPS_SINCE = 8;
    private static final short SHARES_SINCE = 6;
    private static final short OPERATIONS_SINCE = 3;
    private static final Errors GROUP_DENIED = Errors.GROUP_AUTHORIZATION_FAILED;
    private static final Errors TOPIC_DENIED = Errors.TOPIC_AUTHORIZATION_FAILED;

    private boolean denied(RequestContext context, AclOperation operation, String group) {
        return !may.allows(context, operation, ResourceType.GROUP, group);
    }

    private boolean topicDenied(RequestContext context, AclOperation operation, @Nullable String topic) {
        return topic != null && !may.allows(context, operation, ResourceType.TOPIC, topic);
    }

    // ---- where groups are

    CompletionStage<? extends ApiMessage> findCoordinator(
            RequestContext context, FindCoordinatorRequestData request, Handler<FindCoordinatorRequestData> next) {
        byte type = request.keyType();
        if (type == CoordinatorType.SHARE.id()
                && context.apiVersion() >= SHARES_SINCE
                && !may.allowsOnCluster(context, AclOperation.CLUSTER_ACTION)) {
            return refused(Errors.CLUSTER_AUTHORIZATION_FAILED);
        }
        if (context.apiVersion() < MANY_KEYS_SINCE) {
            Errors error = why(context, type, request.key());
            return error == Errors.NONE ? next.handle(context, request) : refused(error);
        }
        List<String> asked = List.copyOf(request.coordinatorKeys());
        Map<String, Errors> denied = new HashMap<>();
        takeOut(request.coordinatorKeys(), request::setCoordinatorKeys, key -> {
            Errors error = why(context, type, key);
            if (error != Errors.NONE) {
                denied.put(key, error);
            }
            return error != Errors.NONE;
        });
        CompletionStage<FindCoordinatorResponseData> rest = answer(context, request, next);
        return denied.isEmpty() ? rest : rest.thenApply(answer -> inOrder(asked, denied, answer));
    }

    private Errors why(RequestContext context, byte type, String key) {
        if (type == CoordinatorType.GROUP.id() && denied(context, AclOperation.DESCRIBE, key)) {
            return GROUP_DENIED;
        }
        return type == CoordinatorType.TRANSACTION.id()
                        && !may.allows(context, AclOperation.DESCRIBE, ResourceType.TRANSACTIONAL_ID, key)
                ? Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED
                : Errors.NONE;
    }

    private static FindCoordinatorResponseData inOrder(
            List<String> asked, Map<String, Errors> denied, FindCoordinatorResponseData answer) {
        List<Coordinator> all = new ArrayList<>();
        Iterator<Coordinator> allowed = answer.coordinators().iterator();
        for (String key : asked) {
            Errors error = denied.get(key);
            all.add(
                    error == null
                            ? allowed.next()
                            : new Coordinator()
                                    .setKey(key)
                                    .setErrorCode(error.code())
                                    .setNodeId(-1)
                                    .setPort(-1));
        }
        return answer.setCoordinators(all);
    }

    // ---- groups

    /** READ on the group, DESCRIBE on all topics that the member names. */
    CompletionStage<? extends ApiMessage> heartbeat(
            RequestContext context,
            ConsumerGroupHeartbeatRequestData request,
            Handler<ConsumerGroupHeartbeatRequestData> next) {
        if (denied(context, AclOperation.READ, request.groupId())) {
            return refused(GROUP_DENIED);
        }
        if (request.subscribedTopicNames() != null) {
            for (String topic : request.subscribedTopicNames()) {
                if (topicDenied(context, AclOperation.DESCRIBE, topic)) {
                    return CompletableFuture.completedFuture(
                            new ConsumerGroupHeartbeatResponseData().setErrorCode(TOPIC_DENIED.code()));
                }
            }
        }
        return next.handle(context, request);
    }

    CompletionStage<? extends ApiMessage> describe(
            RequestContext context, DescribeGroupsRequestData request, Handler<DescribeGroupsRequestData> next) {
        List<String> denied =
                takeOut(request.groups(), request::setGroups, group -> denied(context, AclOperation.DESCRIBE, group));
        CompletionStage<DescribeGroupsResponseData> rest = answer(context, request, next);
        return rest.thenApply(answer -> {
            if (context.apiVersion() >= OPERATIONS_SINCE && request.includeAuthorizedOperations()) {
                answer.groups().forEach(group -> {
                    if (group.errorCode() == Errors.NONE.code()) {
                        group.setAuthorizedOperations(operations(context, group.groupId()));
                    }
                });
            }
            List<DescribedGroup> all = new ArrayList<>();
            denied.forEach(group -> all.add(DescribeGroupsResponse.groupError(group, GROUP_DENIED)));
            all.addAll(answer.groups());
            return answer.setGroups(all);
        });
    }

    private int operations(RequestContext context, String group) {
        return may.operations(context, ResourceType.GROUP, group);
    }

    /** DESCRIBE on groups, and on all topics that their members read: else nothing is told of a group. */
    CompletionStage<? extends ApiMessage> describeConsumers(
            RequestContext context,
            ConsumerGroupDescribeRequestData request,
            Handler<ConsumerGroupDescribeRequestData> next) {
        List<String> denied = takeOut(
                request.groupIds(), request::setGroupIds, group -> denied(context, AclOperation.DESCRIBE, group));
        CompletionStage<ConsumerGroupDescribeResponseData> rest = answer(context, request, next);
        return rest.thenApply(answer -> {
            List<ConsumerGroupDescribeResponseData.DescribedGroup> all = new ArrayList<>();
            denied.forEach(group -> all.add(new ConsumerGroupDescribeResponseData.DescribedGroup()
                    .setGroupId(group)
                    .setErrorCode(GROUP_DENIED.code())));
            answer.groups().forEach(group -> all.add(visible(context, request, group)));
            return answer.setGroups(all);
        });
    }

    private ConsumerGroupDescribeResponseData.DescribedGroup visible(
            RequestContext context,
            ConsumerGroupDescribeRequestData request,
            ConsumerGroupDescribeResponseData.DescribedGroup group) {
        Set<String> read = new HashSet<>();
        group.members()
                .forEach(member -> Stream.of(member.assignment(), member.targetAssignment())
                        .forEach(assignment ->
                                assignment.topicPartitions().forEach(topic -> read.add(topic.topicName()))));
        if (read.stream().anyMatch(topic -> topicDenied(context, AclOperation.DESCRIBE, topic))) {
            return new ConsumerGroupDescribeResponseData.DescribedGroup()
                    .setGroupId(group.groupId())
                    .setErrorCode(TOPIC_DENIED.code())
                    .setErrorMessage("The group has described topic(s) that the client is not authorized to describe.");
        }
        if (request.includeAuthorizedOperations() && group.errorCode() == Errors.NONE.code()) {
            group.setAuthorizedOperations(operations(context, group.groupId()));
        }
        return group;
    }

    /** DESCRIBE on the cluster, or on each group that is told. */
    CompletionStage<? extends ApiMessage> list(
            RequestContext context, ListGroupsRequestData request, Handler<ListGroupsRequestData> next) {
        CompletionStage<ListGroupsResponseData> rest = answer(context, request, next);
        if (may.allowsQuietly(context, AclOperation.DESCRIBE, ResourceType.CLUSTER, Authorization.CLUSTER)) {
            return rest;
        }
        return rest.thenApply(answer -> answer.setGroups(answer.groups().stream()
                .filter(group -> may.allowsQuietly(context, AclOperation.DESCRIBE, ResourceType.GROUP, group.groupId()))
                .toList()));
    }

    CompletionStage<? extends ApiMessage> delete(
            RequestContext context, DeleteGroupsRequestData request, Handler<DeleteGroupsRequestData> next) {
        List<String> denied = takeOut(
                request.groupsNames(), request::setGroupsNames, group -> denied(context, AclOperation.DELETE, group));
        CompletionStage<DeleteGroupsResponseData> rest = answer(context, request, next);
        return rest.thenApply(answer -> {
            var all = new DeletableGroupResultCollection();
            new LinkedHashSet<>(denied)
                    .forEach(group ->
                            all.add(new DeletableGroupResult().setGroupId(group).setErrorCode(GROUP_DENIED.code())));
            answer.results().forEach(result -> all.add(result.duplicate()));
            return answer.setResults(all);
        });
    }

    // ---- offsets

    CompletionStage<? extends ApiMessage> commit(
            RequestContext context, OffsetCommitRequestData request, Handler<OffsetCommitRequestData> next) {
        if (denied(context, AclOperation.READ, request.groupId())) {
            return refused(GROUP_DENIED);
        }
        List<OffsetCommitRequestTopic> denied = takeOut(
                request.topics(),
                request::setTopics,
                topic -> topicDenied(context, AclOperation.READ, topics.name(topic.topicId(), topic.name())));
        CompletionStage<OffsetCommitResponseData> rest =
                !denied.isEmpty() && request.topics().isEmpty()
                        ? CompletableFuture.completedFuture(new OffsetCommitResponseData())
                        : answer(context, request, next);
        return denied.isEmpty()
                ? rest
                : rest.thenApply(answer -> answer.setTopics(and(answer.topics(), denied, GroupRules::refusal)));
    }

    private static OffsetCommitResponseTopic refusal(OffsetCommitRequestTopic topic) {
        var refusal = new OffsetCommitResponseTopic().setName(topic.name()).setTopicId(topic.topicId());
        topic.partitions()
                .forEach(partition -> refusal.partitions()
                        .add(new OffsetCommitResponsePartition()
                                .setPartitionIndex(partition.partitionIndex())
                                .setErrorCode(TOPIC_DENIED.code())));
        return refusal;
    }

    /** DESCRIBE on groups and on topics, of which those are left out that nobody named. */
    CompletionStage<? extends ApiMessage> fetch(
            RequestContext context, OffsetFetchRequestData request, Handler<OffsetFetchRequestData> next) {
        return context.apiVersion() < MANY_GROUPS_SINCE
                ? fetchOfOne(context, request, next)
                : fetchOfMany(context, request, next);
    }

    private CompletionStage<? extends ApiMessage> fetchOfOne(
            RequestContext context, OffsetFetchRequestData request, Handler<OffsetFetchRequestData> next) {
        if (denied(context, AclOperation.DESCRIBE, request.groupId())) {
            return refused(GROUP_DENIED);
        }
        boolean all = request.topics() == null;
        List<OffsetFetchRequestTopic> denied = all
                ? List.of()
                : takeOut(
                        request.topics(),
                        request::setTopics,
                        topic -> topicDenied(context, AclOperation.DESCRIBE, topic.name()));
        CompletionStage<OffsetFetchResponseData> rest = answer(context, request, next);
        return rest.thenApply(answer -> {
            List<OffsetFetchResponseTopic> told = new ArrayList<>(answer.topics());
            if (all) {
                told.removeIf(topic -> topicDenied(context, AclOperation.DESCRIBE, topic.name()));
            }
            if (answer.errorCode() == Errors.NONE.code()) {
                denied.forEach(topic -> told.add(refusal(topic)));
            }
            return answer.setTopics(told);
        });
    }

    private static OffsetFetchResponseTopic refusal(OffsetFetchRequestTopic topic) {
        var refusal = new OffsetFetchResponseTopic().setName(topic.name());
        topic.partitionIndexes()
                .forEach(partition -> refusal.partitions()
                        .add(new OffsetFetchResponsePartition()
                                .setPartitionIndex(partition)
                                .setCommittedOffset(OffsetFetchResponse.INVALID_OFFSET)
                                .setErrorCode(TOPIC_DENIED.code())));
        return refusal;
    }

    private CompletionStage<? extends ApiMessage> fetchOfMany(
            RequestContext context, OffsetFetchRequestData request, Handler<OffsetFetchRequestData> next) {
        List<OffsetFetchRequestGroup> asked = List.copyOf(request.groups());
        Set<OffsetFetchRequestGroup> denied = Collections.newSetFromMap(new IdentityHashMap<>());
        denied.addAll(takeOut(
                request.groups(),
                request::setGroups,
                group -> denied(context, AclOperation.DESCRIBE, group.groupId())));
        IdentityHashMap<OffsetFetchRequestGroup, List<OffsetFetchRequestTopics>> topicsDenied = new IdentityHashMap<>();
        for (OffsetFetchRequestGroup group : request.groups()) {
            if (group.topics() != null) {
                topicsDenied.put(
                        group,
                        takeOut(
                                group.topics(),
                                group::setTopics,
                                topic -> topicDenied(
                                        context, AclOperation.DESCRIBE, topics.name(topic.topicId(), topic.name()))));
            }
        }
        CompletionStage<OffsetFetchResponseData> rest = answer(context, request, next);
        return rest.thenApply(answer -> {
            List<OffsetFetchResponseGroup> all = new ArrayList<>();
            Iterator<OffsetFetchResponseGroup> allowed = answer.groups().iterator();
            for (OffsetFetchRequestGroup group : asked) {
                all.add(
                        denied.contains(group)
                                ? OffsetFetchResponse.groupError(group, GROUP_DENIED, context.apiVersion())
                                : visible(context, allowed.next(), topicsDenied.get(group)));
            }
            return answer.setGroups(all);
        });
    }

    /** @param refused what was asked for and denied; null if all topics were asked for */
    private OffsetFetchResponseGroup visible(
            RequestContext context, OffsetFetchResponseGroup group, @Nullable List<OffsetFetchRequestTopics> refused) {
        if (group.errorCode() != Errors.NONE.code()) {
            return group;
        }
        List<OffsetFetchResponseTopics> told = new ArrayList<>(group.topics());
        if (refused == null) {
            told.removeIf(
                    topic -> topicDenied(context, AclOperation.DESCRIBE, topics.name(topic.topicId(), topic.name())));
        } else {
            refused.forEach(topic -> told.add(refusal(topic)));
        }
        return group.setTopics(told);
    }

    private static OffsetFetchResponseTopics refusal(OffsetFetchRequestTopics topic) {
        var refusal = new OffsetFetchResponseTopics().setName(topic.name()).setTopicId(topic.topicId());
        topic.partitionIndexes()
                .forEach(partition -> refusal.partitions()
                        .add(new OffsetFetchResponsePartitions()
                                .setPartitionIndex(partition)
                                .setCommittedOffset(OffsetFetchResponse.INVALID_OFFSET)
                                .setErrorCode(TOPIC_DENIED.code())));
        return refusal;
    }

    /** DELETE on the group, READ on topics. */
    CompletionStage<? extends ApiMessage> deleteOffsets(
            RequestContext context, OffsetDeleteRequestData request, Handler<OffsetDeleteRequestData> next) {
        if (denied(context, AclOperation.DELETE, request.groupId())) {
            return refused(GROUP_DENIED);
        }
        List<OffsetDeleteRequestTopic> denied =
                takeOut(request.topics(), topic -> topicDenied(context, AclOperation.READ, topic.name()));
        CompletionStage<OffsetDeleteResponseData> rest = answer(context, request, next);
        return rest.thenApply(answer -> {
            if (answer.errorCode() == Errors.NONE.code()) {
                denied.forEach(topic -> answer.topics().add(refusal(topic)));
            }
            return answer;
        });
    }

    private static OffsetDeleteResponseTopic refusal(OffsetDeleteRequestTopic topic) {
        var refusal = new OffsetDeleteResponseTopic().setName(topic.name());
        topic.partitions()
                .forEach(partition -> refusal.partitions()
                        .add(new OffsetDeleteResponsePartition()
                                .setPartitionIndex(partition.partitionIndex())
                                .setErrorCode(TOPIC_DENIED.code())));
        return refusal;
    }
}

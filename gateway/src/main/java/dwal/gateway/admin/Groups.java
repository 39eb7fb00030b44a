package dwal.gateway.admin;

import dwal.gateway.log.Answer;
import dwal.gateway.log.Caller;
import dwal.gateway.log.ClusterLogs;
import dwal.gateway.log.LogRecord;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Assignment;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.ConsumerGroupDescribeRequestData;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.DescribeGroupsResponseData.DescribedGroupMember;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.ListGroupsResponseData.ListedGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseTopics;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.types.SchemaException;
import org.apache.kafka.common.requests.FindCoordinatorRequest.CoordinatorType;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.TopicImage;
import org.apache.kafka.metadata.BrokerRegistration;
import org.apache.kafka.metadata.PartitionRegistration;
import org.jspecify.annotations.Nullable;

/** Groups, their members, and how far behind they are. Any thread; nothing blocks, and no returned future fails. */
public final class Groups {
    private static final int ONE_BATCH = 1;

    private final ClusterAdmin admin;
    private final ClusterLogs logs;

    /** Those that {@code admin} reaches, of readers of {@code logs}. */
    public Groups(ClusterAdmin admin, ClusterLogs logs) {
        this.admin = admin;
        this.logs = logs;
    }

    /** The same groups as {@code caller} may see them. */
    public Groups as(Caller caller) {
        return new Groups(admin.as(caller), logs.as(caller));
    }

    /** A member with the partitions that it has now. */
    public record Member(
            String memberId,
            @Nullable String instanceId,
            String clientId,
            String clientHost,
            List<TopicPartition> partitions) {}

    /**
     * How far a group has read a partition.
     *
     * @param committed null where nothing was committed
     * @param highWatermark null where the leader did not answer
     * @param lagMs how old the first record is that is not read; 0 if there is none; null where that is not known
     * @param memberId who reads it now; null for nobody
     */
    public record Progress(
            TopicPartition partition,
            @Nullable Long committed,
            @Nullable Long highWatermark,
            @Nullable Long lagMs,
            @Nullable String memberId) {

        /** How many records are not read yet; null where that is not known. */
        public @Nullable Long lag() {
            return committed == null || highWatermark == null ? null : Math.max(0, highWatermark - committed);
        }
    }

    /** A group, whole. */
    public record Described(ListedGroup group, int coordinator, List<Member> members, List<Progress> partitions) {}

    /**
     * Groups of all brokers.
     *
     * @param unanswered brokers that did not answer, or not yet know which groups they have: those are missing
     */
    public record Listed(List<ListedGroup> groups, List<Integer> unanswered) {}

    /** All groups of all brokers that answer; if none does, why not. */
    public CompletableFuture<Answer<Listed>> list() {
        Answer<Listed> notYet = admin.line().whyNotYet();
        if (notYet != null) {
            return CompletableFuture.completedFuture(notYet);
        }
        Map<Integer, Answer<?>> unanswered = new TreeMap<>();
        CompletableFuture<Map<String, ListedGroup>> all = CompletableFuture.completedFuture(new TreeMap<>());
        int asked = 0;
        for (BrokerRegistration broker : image().cluster().brokers().values()) {
            if (!broker.fenced()) {
                asked++;
                all = all.thenCombine(list(broker.id()), (found, more) -> {
                    if (more.isRefused()) {
                        unanswered.put(broker.id(), more);
                    } else {
                        more.get().forEach(group -> found.put(group.groupId(), group));
                    }
                    return found;
                });
            }
        }
        int most = asked;
        return all.thenApply(found -> most > 0 && unanswered.size() == most
                ? unanswered.values().iterator().next().refusedToo()
                : Answer.of(new Listed(List.copyOf(found.values()), List.copyOf(unanswered.keySet()))));
    }

    private CompletableFuture<Answer<List<ListedGroup>>> list(int broker) {
        return admin.line()
                .<ListGroupsResponseData, List<ListedGroup>>ask(
                        broker, ApiKeys.LIST_GROUPS, new ListGroupsRequestData(), admin.timeoutMs(), answer -> {
                            Errors error = Errors.forCode(answer.errorCode());
                            return error == Errors.NONE ? Answer.of(answer.groups()) : Answer.refused(error, null);
                        });
    }

    private MetadataImage image() {
        return admin.node().metadata().get();
    }

    /** One group with its lag. */
    public CompletableFuture<Answer<Described>> describe(String group) {
        Answer<Described> notYet = admin.line().whyNotYet();
        if (notYet != null) {
            return CompletableFuture.completedFuture(notYet);
        }
        Answer<Described> denied =
                admin.line().whyNot(ApiKeys.FIND_COORDINATOR, AclOperation.DESCRIBE, ResourceType.GROUP, group);
        if (denied != null) {
            return CompletableFuture.completedFuture(denied);
        }
        if (image().topics().getTopic(Topic.GROUP_METADATA_TOPIC_NAME) == null) {
            // Who asks for a coordinator has the topic created: not to be told that there is no group.
            return CompletableFuture.completedFuture(unknown(group));
        }
        return coordinator(group)
                .thenCompose(coordinator -> coordinator.isRefused()
                        ? CompletableFuture.completedFuture(coordinator.refusedToo())
                        : describe(group, coordinator.get()));
    }

    private static <T> Answer<T> unknown(String group) {
        return Answer.refused(Errors.GROUP_ID_NOT_FOUND, "There is no group " + group);
    }

    private CompletableFuture<Answer<Integer>> coordinator(String group) {
        var request = new FindCoordinatorRequestData()
                .setKeyType(CoordinatorType.GROUP.id())
                .setCoordinatorKeys(List.of(group));
        return admin.line().<FindCoordinatorResponseData, Integer>askHere(ApiKeys.FIND_COORDINATOR, request, answer -> {
            var told = answer.coordinators().get(0);
            Errors error = Errors.forCode(told.errorCode());
            return error == Errors.NONE ? Answer.of(told.nodeId()) : Answer.refused(error, told.errorMessage());
        });
    }

    private CompletableFuture<Answer<Described>> describe(String name, int coordinator) {
        return list(coordinator)
                .thenCompose(listed -> listed.isRefused()
                        ? CompletableFuture.completedFuture(listed.refusedToo())
                        : listed.get().stream()
                                .filter(group -> group.groupId().equals(name))
                                .findFirst()
                                .map(group -> describe(group, coordinator))
                                .orElseGet(() -> CompletableFuture.completedFuture(unknown(name))));
    }

    private CompletableFuture<Answer<Described>> describe(ListedGroup group, int coordinator) {
        return members(group, coordinator)
                .thenCompose(members -> members.isRefused()
                        ? CompletableFuture.completedFuture(members.refusedToo())
                        : committed(group.groupId(), coordinator)
                                .thenCompose(committed -> committed.isRefused()
                                        ? CompletableFuture.completedFuture(committed.refusedToo())
                                        : progress(members.get(), committed.get())
                                                .thenApply(partitions -> Answer.of(new Described(
                                                        group, coordinator, members.get(), partitions)))));
    }

    // ---- members

    private CompletableFuture<Answer<List<Member>>> members(ListedGroup group, int coordinator) {
        return switch (group.groupType().toLowerCase(java.util.Locale.ROOT)) {
            case "consumer" -> consumers(group.groupId(), coordinator);
            case "classic" -> classicMembers(group.groupId(), coordinator);
            default -> CompletableFuture.completedFuture(Answer.of(List.of()));
        };
    }

    private CompletableFuture<Answer<List<Member>>> consumers(String group, int coordinator) {
        return admin.line()
                .<ConsumerGroupDescribeResponseData, List<Member>>ask(
                        coordinator,
                        ApiKeys.CONSUMER_GROUP_DESCRIBE,
                        new ConsumerGroupDescribeRequestData().setGroupIds(List.of(group)),
                        admin.timeoutMs(),
                        answer -> {
                            var told = answer.groups().get(0);
                            Errors error = Errors.forCode(told.errorCode());
                            return error == Errors.NONE
                                    ? Answer.of(told.members().stream()
                                            .map(Groups::member)
                                            .toList())
                                    : Answer.refused(error, told.errorMessage());
                        });
    }

    private static Member member(ConsumerGroupDescribeResponseData.Member member) {
        List<TopicPartition> partitions = new ArrayList<>();
        member.assignment()
                .topicPartitions()
                .forEach(topic -> topic.partitions()
                        .forEach(partition -> partitions.add(new TopicPartition(topic.topicName(), partition))));
        return new Member(member.memberId(), member.instanceId(), member.clientId(), member.clientHost(), partitions);
    }

    private CompletableFuture<Answer<List<Member>>> classicMembers(String group, int coordinator) {
        return admin.line()
                .<DescribeGroupsResponseData, List<Member>>ask(
                        coordinator,
                        ApiKeys.DESCRIBE_GROUPS,
                        new DescribeGroupsRequestData().setGroups(List.of(group)),
                        admin.timeoutMs(),
                        answer -> {
                            var told = answer.groups().get(0);
                            Errors error = Errors.forCode(told.errorCode());
                            return error == Errors.NONE
                                    ? Answer.of(told.members().stream()
                                            .map(member -> member(told.protocolType(), member))
                                            .toList())
                                    : Answer.refused(error, told.errorMessage());
                        });
    }

    private static Member member(String protocolType, DescribedGroupMember member) {
        return new Member(
                member.memberId(),
                member.groupInstanceId(),
                member.clientId(),
                member.clientHost(),
                protocolType.equals(ConsumerProtocol.PROTOCOL_TYPE)
                        ? partitions(member.memberAssignment())
                        : List.of());
    }

    /** Members say what is in there, so it may be anything. */
    private static List<TopicPartition> partitions(byte[] assignment) {
        try {
            Assignment parsed =
                    assignment.length == 0 ? null : ConsumerProtocol.deserializeAssignment(ByteBuffer.wrap(assignment));
            return parsed == null ? List.of() : parsed.partitions();
        } catch (SchemaException | IllegalArgumentException e) {
            return List.of();
        }
    }

    // ---- progress

    private CompletableFuture<Answer<Map<TopicPartition, Long>>> committed(String group, int coordinator) {
        var request = new OffsetFetchRequestData()
                .setGroups(
                        List.of(new OffsetFetchRequestGroup().setGroupId(group).setTopics(null)));
        return admin.line()
                .<OffsetFetchResponseData, Map<TopicPartition, Long>>ask(
                        coordinator, ApiKeys.OFFSET_FETCH, request, admin.timeoutMs(), answer -> {
                            var told = answer.groups().get(0);
                            Errors error = Errors.forCode(told.errorCode());
                            return error == Errors.NONE
                                    ? Answer.of(committed(told.topics()))
                                    : Answer.refused(error, null);
                        });
    }

    private Map<TopicPartition, Long> committed(List<OffsetFetchResponseTopics> topics) {
        Map<TopicPartition, Long> committed = new HashMap<>();
        for (OffsetFetchResponseTopics topic : topics) {
            String name = name(topic);
            if (name != null) {
                topic.partitions().stream()
                        .filter(partition -> partition.committedOffset() >= 0)
                        .forEach(partition -> committed.put(
                                new TopicPartition(name, partition.partitionIndex()), partition.committedOffset()));
            }
        }
        return committed;
    }

    /** Newer versions of the answer have ids only. */
    private @Nullable String name(OffsetFetchResponseTopics topic) {
        if (!topic.name().isEmpty() || topic.topicId().equals(Uuid.ZERO_UUID)) {
            return topic.name();
        }
        TopicImage known = image().topics().getTopic(topic.topicId());
        return known == null ? null : known.name();
    }

    private CompletableFuture<List<Progress>> progress(List<Member> members, Map<TopicPartition, Long> committed) {
        Map<TopicPartition, String> readers = new HashMap<>();
        members.forEach(member -> member.partitions().forEach(partition -> readers.put(partition, member.memberId())));
        Map<TopicPartition, Integer> leaders =
                new TreeMap<>(Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition));
        committed.keySet().forEach(partition -> leaders.put(partition, leader(partition)));
        readers.keySet().forEach(partition -> leaders.put(partition, leader(partition)));
        return admin.endOffsets(leaders).thenCompose(ends -> {
            CompletableFuture<List<Progress>> all = CompletableFuture.completedFuture(new ArrayList<>());
            for (TopicPartition partition : leaders.keySet()) {
                // One after the other: each reads a batch, and there may be many.
                all = all.thenCompose(before -> progress(partition, committed.get(partition), ends.get(partition))
                        .thenApply(lagMs -> {
                            before.add(new Progress(
                                    partition,
                                    committed.get(partition),
                                    ends.get(partition),
                                    lagMs.value(),
                                    readers.get(partition)));
                            return before;
                        }));
            }
            return all;
        });
    }

    private int leader(TopicPartition partition) {
        TopicImage topic = image().topics().getTopic(partition.topic());
        PartitionRegistration found = topic == null ? null : topic.partitions().get(partition.partition());
        return found == null ? -1 : found.leader;
    }

    private record LagMs(@Nullable Long value) {}

    private CompletableFuture<LagMs> progress(TopicPartition partition, @Nullable Long committed, @Nullable Long end) {
        if (committed == null || end == null || committed >= end) {
            return CompletableFuture.completedFuture(new LagMs(committed == null || end == null ? null : 0L));
        }
        return logs.read(partition, committed, IsolationLevel.READ_UNCOMMITTED, ONE_BATCH)
                .thenApply(fetched -> {
                    if (fetched.isRefused()) {
                        return new LagMs(null);
                    }
                    try (var records = fetched.get().records()) {
                        LogRecord first = records.next();
                        return new LagMs(
                                first == null
                                        ? null
                                        : Math.max(0, admin.node().clock().wallMs() - first.timestamp()));
                    }
                });
    }
}

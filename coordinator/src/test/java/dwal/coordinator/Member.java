package dwal.coordinator;

import static dwal.coordinator.GroupNode.answer;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Assignment;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocolCollection;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** A member of a classic group as a test drives it, and the requests that it sends; one thread. */
final class Member {
    static final String TOPIC = "orders";

    private final GroupNode node;
    private final String group;
    String id = "";
    int generation = -1;

    Member(GroupNode node, String group) {
        this.node = node;
        this.group = group;
    }

    CompletableFuture<JoinGroupResponseData> join() {
        var protocols = new JoinGroupRequestProtocolCollection();
        ByteBuffer subscription = ConsumerProtocol.serializeSubscription(new Subscription(List.of(TOPIC)));
        protocols.add(new JoinGroupRequestProtocol().setName("range").setMetadata(bytes(subscription)));
        var request = new JoinGroupRequestData()
                .setGroupId(group)
                .setMemberId(id)
                .setProtocolType("consumer")
                .setProtocols(protocols)
                .setSessionTimeoutMs(10_000)
                .setRebalanceTimeoutMs(60_000);
        return node.groups()
                .join(FakeConnection.request(ApiKeys.JOIN_GROUP), request)
                .thenCompose(response -> {
                    if (response.errorCode() == Errors.MEMBER_ID_REQUIRED.code()) {
                        id = response.memberId();
                        return join();
                    }
                    id = response.memberId();
                    generation = response.generationId();
                    return CompletableFuture.completedFuture(response);
                });
    }

    /** Gives all partitions named by {@code assignments} to their members; only the leader has some. */
    CompletableFuture<SyncGroupResponseData> sync(SyncGroupRequestAssignment... assignments) {
        var request = new SyncGroupRequestData()
                .setGroupId(group)
                .setMemberId(id)
                .setGenerationId(generation)
                .setProtocolType("consumer")
                .setProtocolName("range")
                .setAssignments(List.of(assignments));
        return node.groups().sync(FakeConnection.request(ApiKeys.SYNC_GROUP), request);
    }

    SyncGroupRequestAssignment gets(int partition) {
        ByteBuffer assignment =
                ConsumerProtocol.serializeAssignment(new Assignment(List.of(new TopicPartition(TOPIC, partition))));
        return new SyncGroupRequestAssignment().setMemberId(id).setAssignment(bytes(assignment));
    }

    static List<Integer> partitions(SyncGroupResponseData response) {
        return ConsumerProtocol.deserializeAssignment(ByteBuffer.wrap(response.assignment())).partitions().stream()
                .map(TopicPartition::partition)
                .toList();
    }

    Errors heartbeat() {
        var request =
                new HeartbeatRequestData().setGroupId(group).setMemberId(id).setGenerationId(generation);
        return Errors.forCode(answer(node.groups().heartbeat(FakeConnection.request(ApiKeys.HEARTBEAT), request))
                .errorCode());
    }

    Errors leave() {
        var request =
                new LeaveGroupRequestData().setGroupId(group).setMembers(List.of(new MemberIdentity().setMemberId(id)));
        return Errors.forCode(answer(node.groups().leave(FakeConnection.request(ApiKeys.LEAVE_GROUP), request))
                .members()
                .get(0)
                .errorCode());
    }

    CompletableFuture<OffsetCommitResponseData> commit(int partition, long offset) {
        return commit(node, group, id, generation, TOPIC, partition, offset);
    }

    static CompletableFuture<OffsetCommitResponseData> commit(
            GroupNode node, String group, String member, int generation, String topic, int partition, long offset) {
        var request = new OffsetCommitRequestData()
                .setGroupId(group)
                .setMemberId(member)
                .setGenerationIdOrMemberEpoch(generation)
                .setTopics(List.of(new OffsetCommitRequestTopic()
                        .setTopicId(Metadata.idOf(topic))
                        .setName(topic)
                        .setPartitions(List.of(new OffsetCommitRequestPartition()
                                .setPartitionIndex(partition)
                                .setCommittedOffset(offset)
                                .setCommittedMetadata("by " + group)))));
        return node.groups().commitOffsets(FakeConnection.request(ApiKeys.OFFSET_COMMIT), request);
    }

    static Errors error(OffsetCommitResponseData response) {
        return Errors.forCode(response.topics().get(0).partitions().get(0).errorCode());
    }

    /** The committed offset of a partition of {@link #TOPIC}; -1 when there is none. */
    static long committed(GroupNode node, String group, int partition) {
        return answer(fetch(node, group, partition, false));
    }

    static CompletableFuture<Long> fetch(GroupNode node, String group, int partition, boolean requireStable) {
        var request = new OffsetFetchRequestGroup()
                .setGroupId(group)
                .setTopics(List.of(new OffsetFetchRequestTopics()
                        .setName(TOPIC)
                        .setTopicId(Metadata.idOf(TOPIC))
                        .setPartitionIndexes(List.of(partition))));
        return node.groups()
                .fetchOffsets(FakeConnection.request(ApiKeys.OFFSET_FETCH), request, requireStable)
                .thenApply(
                        response -> response.topics().get(0).partitions().get(0).committedOffset());
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }
}

package dwal.coordinator;

import dwal.protocol.RequestContext;
import java.util.List;
import java.util.concurrent.CompletableFuture;
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
import org.apache.kafka.common.utils.Utils;

/**
 * The groups that this node coordinates, as request handlers see them.
 *
 * <p>Any thread may call, network loops too: no call blocks. The futures complete on a coordinator thread. Trouble is an
 * error code in the answer where Kafka puts one there; else the future fails with an exception that
 * {@code Errors.forException} turns into the code: {@code COORDINATOR_LOAD_IN_PROGRESS} while the coordinator is starting or the
 * group's partition is being read, {@code NOT_COORDINATOR} when another node leads that partition.
 */
public interface Groups {

    /** The partition of {@code __consumer_offsets}, which has {@code partitions} of them, that holds {@code groupId}. */
    static int partitionOf(String groupId, int partitions) {
        return Utils.abs(groupId.hashCode()) % partitions;
    }

    // ---- classic groups

    /** A member wants into the group; answered when the group has all its members. */
    CompletableFuture<JoinGroupResponseData> join(RequestContext context, JoinGroupRequestData request);

    /** A member asks for its assignment, the leader brings all of them. */
    CompletableFuture<SyncGroupResponseData> sync(RequestContext context, SyncGroupRequestData request);

    /** A member is alive. */
    CompletableFuture<HeartbeatResponseData> heartbeat(RequestContext context, HeartbeatRequestData request);

    /** Members leave. */
    CompletableFuture<LeaveGroupResponseData> leave(RequestContext context, LeaveGroupRequestData request);

    /** Classic groups in full, each once; a group of another type, or none, is answered as dead with an error that says so. */
    CompletableFuture<List<DescribeGroupsResponseData.DescribedGroup>> describeClassic(
            RequestContext context, List<String> groupIds);

    // ---- consumer groups (KIP-848)

    /**
     * A member of a consumer group tells its state and gets its assignment. Fails with {@code UNSUPPORTED_VERSION} when the
     * protocol is switched off or the cluster's {@code group.version} is below 1.
     */
    CompletableFuture<ConsumerGroupHeartbeatResponseData> consumerHeartbeat(
            RequestContext context, ConsumerGroupHeartbeatRequestData request);

    /** Consumer groups in full, each once; refused like {@link #consumerHeartbeat}. */
    CompletableFuture<List<ConsumerGroupDescribeResponseData.DescribedGroup>> describeConsumer(
            RequestContext context, List<String> groupIds);

    // ---- offsets, of groups of any type

    /** Commits offsets; every topic has both its name and its id. */
    CompletableFuture<OffsetCommitResponseData> commitOffsets(RequestContext context, OffsetCommitRequestData request);

    /**
     * Committed offsets of one group.
     *
     * @param requireStable whether to wait for offsets that are written but not committed yet
     */
    CompletableFuture<OffsetFetchResponseGroup> fetchOffsets(
            RequestContext context, OffsetFetchRequestGroup request, boolean requireStable);

    /** Forgets committed offsets of topics that no member subscribes to. */
    CompletableFuture<OffsetDeleteResponseData> deleteOffsets(RequestContext context, OffsetDeleteRequestData request);

    // ---- all groups

    /** The groups of this node, by state and type. */
    CompletableFuture<ListGroupsResponseData> list(RequestContext context, ListGroupsRequestData request);

    /** Deletes groups that have no members, with their offsets. */
    CompletableFuture<DeletableGroupResultCollection> delete(RequestContext context, List<String> groupIds);
}

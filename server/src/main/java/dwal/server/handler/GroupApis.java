package dwal.server.handler;

import dwal.coordinator.Groups;
import dwal.environment.Clock;
import dwal.protocol.ApiTable;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.kafka.common.message.ConsumerGroupDescribeRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.image.MetadataImage;

/**
 * The APIs of groups and their offsets.
 *
 * @param groups the groups that this node coordinates
 * @param metadata what the cluster looks like now
 * @param isCertain whether this node, if it is the coordinator of a group, knows all that was ever acknowledged
 * @param createOffsetsTopic begins to create {@code __consumer_offsets}, unless that is under way, and returns at once
 * @param clock paces lines of the log
 */
public record GroupApis(
        Groups groups,
        Supplier<MetadataImage> metadata,
        Predicate<String> isCertain,
        Runnable createOffsetsTopic,
        Clock clock) {

    /** Adds their handlers. */
    public void addTo(ApiTable.Builder table) {
        addClassic(table);
        addOffsets(table);
        table.add(
                        ApiKeys.FIND_COORDINATOR,
                        FindCoordinatorRequestData.class,
                        new FindCoordinatorHandler(metadata, createOffsetsTopic, new RefusedTransactions(clock)))
                .add(ApiKeys.LIST_GROUPS, ListGroupsRequestData.class, new ListGroupsHandler(groups))
                .add(ApiKeys.DELETE_GROUPS, DeleteGroupsRequestData.class, new DeleteGroupsHandler(groups))
                .add(
                        ApiKeys.CONSUMER_GROUP_HEARTBEAT,
                        ConsumerGroupHeartbeatRequestData.class,
                        new ConsumerGroupHeartbeatHandler(groups))
                .add(
                        ApiKeys.CONSUMER_GROUP_DESCRIBE,
                        ConsumerGroupDescribeRequestData.class,
                        new ConsumerGroupDescribeHandler(groups));
    }

    private void addClassic(ApiTable.Builder table) {
        table.add(ApiKeys.JOIN_GROUP, JoinGroupRequestData.class, new JoinGroupHandler(groups))
                .add(ApiKeys.SYNC_GROUP, SyncGroupRequestData.class, new SyncGroupHandler(groups))
                .add(ApiKeys.HEARTBEAT, HeartbeatRequestData.class, new HeartbeatHandler(groups))
                .add(ApiKeys.LEAVE_GROUP, LeaveGroupRequestData.class, new LeaveGroupHandler(groups))
                .add(ApiKeys.DESCRIBE_GROUPS, DescribeGroupsRequestData.class, new DescribeGroupsHandler(groups));
    }

    private void addOffsets(ApiTable.Builder table) {
        table.add(ApiKeys.OFFSET_COMMIT, OffsetCommitRequestData.class, new OffsetCommitHandler(groups, metadata))
                .add(
                        ApiKeys.OFFSET_FETCH,
                        OffsetFetchRequestData.class,
                        new OffsetFetchHandler(groups, metadata, isCertain))
                .add(ApiKeys.OFFSET_DELETE, OffsetDeleteRequestData.class, new OffsetDeleteHandler(groups, metadata));
    }
}

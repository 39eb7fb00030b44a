package dwal.server.authorization;

import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.message.ConsumerGroupDescribeRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DeleteRecordsRequestData;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.DescribeLogDirsRequestData;
import org.apache.kafka.common.message.DescribeProducersRequestData;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.protocol.ApiKeys;

/** What each API of a broker's listener demands, as in Kafka's KafkaApis. */
final class BrokerRules {
    private BrokerRules() {}

    /**
     * @param may decides
     * @param createsTopics {@code auto.create.topics.enable}
     */
    static Rules of(Authorization may, Topics topics, boolean createsTopics) {
        var rules = new Rules(may);
        // Clients of all kinds begin with these.
        rules.free(ApiKeys.API_VERSIONS, ApiKeys.GET_TELEMETRY_SUBSCRIPTIONS, ApiKeys.PUSH_TELEMETRY);
        // What is passed on in the client's name: the controller's own rules decide.
        rules.free(
                ApiKeys.CREATE_TOPICS,
                ApiKeys.DELETE_TOPICS,
                ApiKeys.CREATE_PARTITIONS,
                ApiKeys.ALTER_CONFIGS,
                ApiKeys.INCREMENTAL_ALTER_CONFIGS,
                ApiKeys.ALTER_CLIENT_QUOTAS,
                ApiKeys.CREATE_ACLS,
                ApiKeys.DELETE_ACLS,
                ApiKeys.ELECT_LEADERS,
                ApiKeys.ALTER_PARTITION_REASSIGNMENTS,
                ApiKeys.LIST_PARTITION_REASSIGNMENTS,
                ApiKeys.UPDATE_FEATURES,
                ApiKeys.UNREGISTER_BROKER,
                ApiKeys.DESCRIBE_QUORUM,
                ApiKeys.ADD_RAFT_VOTER,
                ApiKeys.REMOVE_RAFT_VOTER);
        rules.onCluster(AclOperation.DESCRIBE, ApiKeys.DESCRIBE_ACLS, ApiKeys.DESCRIBE_USER_SCRAM_CREDENTIALS);
        rules.onCluster(AclOperation.DESCRIBE_CONFIGS, ApiKeys.DESCRIBE_CLIENT_QUOTAS, ApiKeys.LIST_CONFIG_RESOURCES);
        rules.onCluster(AclOperation.ALTER, ApiKeys.ALTER_REPLICA_LOG_DIRS);
        addLogs(rules, new LogRules(may, topics));
        addMetadata(rules, new MetadataRules(may, topics, createsTopics));
        addGroups(rules, new GroupRules(may, topics));
        return rules;
    }

    private static void addLogs(Rules rules, LogRules logs) {
        rules.add(ApiKeys.PRODUCE, ProduceRequestData.class, logs::produce) // WRITE on topics
                .add(ApiKeys.INIT_PRODUCER_ID, InitProducerIdRequestData.class, logs::initProducerId)
                .add(ApiKeys.FETCH, FetchRequestData.class, logs::fetch) // READ on topics: FetchHandler, per session
                .add(ApiKeys.LIST_OFFSETS, ListOffsetsRequestData.class, logs::listOffsets) // DESCRIBE on topics
                .add(
                        ApiKeys.OFFSET_FOR_LEADER_EPOCH, // DESCRIBE on topics, or CLUSTER_ACTION
                        OffsetForLeaderEpochRequestData.class,
                        logs::offsetForLeaderEpoch)
                .add(ApiKeys.DELETE_RECORDS, DeleteRecordsRequestData.class, logs::deleteRecords) // DELETE on topics
                .add(
                        ApiKeys.DESCRIBE_PRODUCERS, // READ on topics
                        DescribeProducersRequestData.class,
                        logs::describeProducers)
                .add(
                        ApiKeys.DESCRIBE_LOG_DIRS, // DESCRIBE on the cluster
                        DescribeLogDirsRequestData.class,
                        logs::describeLogDirs);
    }

    private static void addMetadata(Rules rules, MetadataRules metadata) {
        rules.add(ApiKeys.METADATA, MetadataRequestData.class, metadata::metadata) // DESCRIBE, CREATE on topics
                .add(
                        ApiKeys.DESCRIBE_TOPIC_PARTITIONS, // DESCRIBE on topics
                        DescribeTopicPartitionsRequestData.class,
                        metadata::describeTopicPartitions)
                .add(ApiKeys.DESCRIBE_CLUSTER, DescribeClusterRequestData.class, metadata::describeCluster)
                .add(
                        ApiKeys.DESCRIBE_CONFIGS, // DESCRIBE_CONFIGS on topics, groups, the cluster
                        DescribeConfigsRequestData.class,
                        metadata.configs()::describe);
    }

    private static void addGroups(Rules rules, GroupRules groups) {
        rules.onGroup(AclOperation.READ, ApiKeys.JOIN_GROUP, JoinGroupRequestData.class, JoinGroupRequestData::groupId)
                .onGroup(
                        AclOperation.READ,
                        ApiKeys.SYNC_GROUP,
                        SyncGroupRequestData.class,
                        SyncGroupRequestData::groupId)
                .onGroup(
                        AclOperation.READ, ApiKeys.HEARTBEAT, HeartbeatRequestData.class, HeartbeatRequestData::groupId)
                .onGroup(
                        AclOperation.READ,
                        ApiKeys.LEAVE_GROUP,
                        LeaveGroupRequestData.class,
                        LeaveGroupRequestData::groupId);
        rules.add(ApiKeys.FIND_COORDINATOR, FindCoordinatorRequestData.class, groups::findCoordinator) // DESCRIBE
                .add(
                        ApiKeys.CONSUMER_GROUP_HEARTBEAT, // READ on the group, DESCRIBE on topics
                        ConsumerGroupHeartbeatRequestData.class,
                        groups::heartbeat)
                .add(
                        ApiKeys.CONSUMER_GROUP_DESCRIBE, // DESCRIBE on groups and topics
                        ConsumerGroupDescribeRequestData.class,
                        groups::describeConsumers)
                .add(ApiKeys.DESCRIBE_GROUPS, DescribeGroupsRequestData.class, groups::describe) // DESCRIBE
                .add(ApiKeys.LIST_GROUPS, ListGroupsRequestData.class, groups::list) // DESCRIBE on cluster or groups
                .add(ApiKeys.DELETE_GROUPS, DeleteGroupsRequestData.class, groups::delete); // DELETE
        rules.add(ApiKeys.OFFSET_COMMIT, OffsetCommitRequestData.class, groups::commit) // READ on group and topics
                .add(ApiKeys.OFFSET_FETCH, OffsetFetchRequestData.class, groups::fetch) // DESCRIBE on groups, topics
                .add(ApiKeys.OFFSET_DELETE, OffsetDeleteRequestData.class, groups::deleteOffsets); // DELETE, READ
    }
}

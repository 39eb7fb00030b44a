package dwal.compat.differential;

import static org.apache.kafka.common.protocol.ApiKeys.*;

import java.util.List;
import java.util.Map;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.*;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourceType;

/** What the two servers with ACLs are asked, where it takes more than a line or two. */
final class AclRequests {
    private AclRequests() {}

    static ApiMessage produce(Side side, String topic) {
        return new ProduceRequestData()
                .setAcks((short) -1)
                .setTimeoutMs(10_000)
                .setTopicData(new ProduceRequestData.TopicProduceDataCollection(List.of(
                                new ProduceRequestData.TopicProduceData()
                                        .setName(topic)
                                        .setTopicId(side.topicId(topic))
                                        .setPartitionData(List.of(new ProduceRequestData.PartitionProduceData()
                                                .setRecords(Batches.of(1)))))
                        .iterator()));
    }

    static ApiMessage fetch(Side side, String topic) {
        return new FetchRequestData()
                .setReplicaId(-1)
                .setReplicaState(new FetchRequestData.ReplicaState().setReplicaId(-1))
                .setMaxWaitMs(0)
                .setMaxBytes(1 << 20)
                .setTopics(List.of(new FetchRequestData.FetchTopic()
                        .setTopic(topic)
                        .setTopicId(side.topicId(topic))
                        .setPartitions(List.of(new FetchRequestData.FetchPartition().setPartitionMaxBytes(1 << 20)))));
    }

    static ApiMessage committed(Side side, short version, String group, String topic) {
        if (version < 8) {
            return new OffsetFetchRequestData()
                    .setGroupId(group)
                    .setTopics(
                            topic == null
                                    ? null
                                    : List.of(new OffsetFetchRequestData.OffsetFetchRequestTopic()
                                            .setName(topic)
                                            .setPartitionIndexes(List.of(0))));
        }
        return new OffsetFetchRequestData()
                .setGroups(List.of(new OffsetFetchRequestData.OffsetFetchRequestGroup()
                        .setGroupId(group)
                        .setTopics(
                                topic == null
                                        ? null
                                        : List.of(new OffsetFetchRequestData.OffsetFetchRequestTopics()
                                                .setName(topic)
                                                .setTopicId(side.topicId(topic))
                                                .setPartitionIndexes(List.of(0))))));
    }

    static ApiMessage incremental(ConfigResource resource) {
        var configs = new IncrementalAlterConfigsRequestData.AlterConfigsResourceCollection();
        configs.add(new IncrementalAlterConfigsRequestData.AlterConfigsResource()
                .setResourceType(resource.type().id())
                .setResourceName(resource.name()));
        return new IncrementalAlterConfigsRequestData().setValidateOnly(true).setResources(configs);
    }

    static ApiMessage legacy(ConfigResource resource) {
        var configs = new AlterConfigsRequestData.AlterConfigsResourceCollection();
        configs.add(new AlterConfigsRequestData.AlterConfigsResource()
                .setResourceType(resource.type().id())
                .setResourceName(resource.name()));
        return new AlterConfigsRequestData().setValidateOnly(true).setResources(configs);
    }

    /** What needs something on the cluster. */
    static Map<ApiKeys, ApiMessage> ofTheCluster() {
        return Map.ofEntries(
                Map.entry(
                        DESCRIBE_ACLS,
                        new DescribeAclsRequestData()
                                .setResourceTypeFilter(ResourceType.ANY.code())
                                .setPatternTypeFilter(PatternType.ANY.code())
                                .setOperation(AclOperation.ANY.code())
                                .setPermissionType(AclPermissionType.ANY.code())),
                Map.entry(
                        CREATE_ACLS,
                        new CreateAclsRequestData()
                                .setCreations(List.of(new CreateAclsRequestData.AclCreation()
                                        .setResourceType(ResourceType.TOPIC.code())
                                        .setResourceName("t")
                                        .setPrincipal("User:a")
                                        .setHost("*")
                                        .setOperation(AclOperation.READ.code())
                                        .setPermissionType(AclPermissionType.ALLOW.code())))),
                Map.entry(
                        DELETE_ACLS,
                        new DeleteAclsRequestData()
                                .setFilters(List.of(new DeleteAclsRequestData.DeleteAclsFilter()
                                        .setResourceTypeFilter(ResourceType.TOPIC.code())
                                        .setResourceNameFilter("t")
                                        .setOperation(AclOperation.ANY.code())
                                        .setPermissionType(AclPermissionType.ANY.code())))),
                Map.entry(
                        DESCRIBE_QUORUM,
                        new DescribeQuorumRequestData()
                                .setTopics(List.of(new DescribeQuorumRequestData.TopicData()
                                        .setTopicName("__cluster_metadata")
                                        .setPartitions(List.of(new DescribeQuorumRequestData.PartitionData()))))),
                Map.entry(LIST_PARTITION_REASSIGNMENTS, new ListPartitionReassignmentsRequestData().setTopics(null)),
                Map.entry(ALTER_PARTITION_REASSIGNMENTS, new AlterPartitionReassignmentsRequestData()),
                Map.entry(ELECT_LEADERS, new ElectLeadersRequestData().setTopicPartitions(null)),
                Map.entry(UPDATE_FEATURES, new UpdateFeaturesRequestData()),
                Map.entry(UNREGISTER_BROKER, new UnregisterBrokerRequestData().setBrokerId(77)),
                Map.entry(ALTER_CLIENT_QUOTAS, new AlterClientQuotasRequestData()),
                Map.entry(DESCRIBE_CLIENT_QUOTAS, new DescribeClientQuotasRequestData()),
                Map.entry(LIST_CONFIG_RESOURCES, new ListConfigResourcesRequestData()),
                Map.entry(ALTER_REPLICA_LOG_DIRS, new AlterReplicaLogDirsRequestData()),
                Map.entry(ADD_RAFT_VOTER, new AddRaftVoterRequestData().setVoterId(77)),
                Map.entry(REMOVE_RAFT_VOTER, new RemoveRaftVoterRequestData().setVoterId(77)),
                Map.entry(
                        DESCRIBE_CONFIGS,
                        new DescribeConfigsRequestData()
                                .setResources(List.of(new DescribeConfigsRequestData.DescribeConfigsResource()
                                        .setResourceType(ConfigResource.Type.BROKER.id())
                                        .setResourceName("1")
                                        .setConfigurationKeys(List.of("node.id"))))));
    }
}

package dwal.compat.differential;

import static org.apache.kafka.common.protocol.ApiKeys.*;

import dwal.compat.clients.Clients;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.*;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopic;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopicCollection;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Who may not: the two servers have the same ACLs, by which topics may be read, or written, or not be seen, the same of groups, and
 * of the cluster nothing but what its members need.
 */
class AclDifferenceTest {
    private static final String HERE = "127.0.0.1";
    private static final String ELSEWHERE = "192.0.2.7";
    private static final String OPEN = "open";
    private static final String READABLE = "readable";
    private static final String WRITABLE = "writable";
    private static final String SECRET = "secret";
    private static final String ABSENT = "absent";
    private static final List<String> TOPICS = List.of(OPEN, READABLE, WRITABLE, SECRET, ABSENT);
    private static final List<String> GROUPS = List.of("free", "seen", "hidden");

    private static Comparison comparison;

    @BeforeAll
    static void start() throws IOException {
        comparison = Comparison.of(Map.of(
                "auto.create.topics.enable",
                "false",
                "offsets.topic.num.partitions",
                "4",
                "authorizer.class.name",
                "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                "allow.everyone.if.no.acl.found",
                "true"));
        for (String topic : List.of(OPEN, READABLE, WRITABLE, SECRET)) {
            comparison.topic(topic, 1);
        }
        for (Side side : List.of(comparison.kafka(), comparison.subject())) {
            try (Admin admin = new Clients(side.server()).admin()) {
                for (String group : GROUPS) {
                    Clients.get(admin.alterConsumerGroupOffsets(
                                    group,
                                    Map.of(
                                            new TopicPartition(OPEN, 0),
                                            new OffsetAndMetadata(0),
                                            new TopicPartition(SECRET, 0),
                                            new OffsetAndMetadata(0)))
                            .all());
                }
                Clients.get(admin.createAcls(acls()).all());
            }
        }
        comparison.settle(
                "the ACLs to be known",
                side -> side.call(
                        METADATA,
                        (short) 12,
                        new MetadataRequestData()
                                .setTopics(List.of(new MetadataRequestData.MetadataRequestTopic().setName(SECRET)))),
                "TOPIC_AUTHORIZATION_FAILED");
    }

    @AfterAll
    static void end() {
        comparison.close();
    }

    private static List<AclBinding> acls() {
        List<AclBinding> acls = new ArrayList<>(List.of(
                acl(ResourceType.TOPIC, READABLE, AclOperation.READ, HERE, AclPermissionType.ALLOW),
                acl(ResourceType.TOPIC, WRITABLE, AclOperation.WRITE, HERE, AclPermissionType.ALLOW),
                acl(ResourceType.TOPIC, SECRET, AclOperation.ALL, ELSEWHERE, AclPermissionType.ALLOW),
                acl(ResourceType.TOPIC, ABSENT, AclOperation.ALL, ELSEWHERE, AclPermissionType.ALLOW),
                acl(ResourceType.GROUP, "seen", AclOperation.DESCRIBE, HERE, AclPermissionType.ALLOW),
                acl(ResourceType.GROUP, "hidden", AclOperation.ALL, ELSEWHERE, AclPermissionType.ALLOW)));
        acls.add(
                acl(ResourceType.CLUSTER, "kafka-cluster", AclOperation.CLUSTER_ACTION, HERE, AclPermissionType.ALLOW));
        return acls;
    }

    private static AclBinding acl(
            ResourceType type, String name, AclOperation operation, String host, AclPermissionType permission) {
        return new AclBinding(
                new ResourcePattern(type, name, PatternType.LITERAL),
                new AccessControlEntry("User:ANONYMOUS", host, operation, permission));
    }

    private static void eachTopic(ApiKeys api, OfTopic request) {
        for (String topic : TOPICS) {
            comparison.each(topic, api, (side, version) -> request.of(side, topic));
        }
    }

    private static void eachGroup(ApiKeys api, OfGroup request) {
        for (String group : GROUPS) {
            comparison.each(group, api, (side, version) -> request.of(group));
        }
    }

    private interface OfTopic {
        ApiMessage of(Side side, String topic);
    }

    private interface OfGroup {
        ApiMessage of(String group);
    }

    @Test
    void logsAreReadAndWrittenAlike() {
        eachTopic(PRODUCE, AclRequests::produce);
        eachTopic(FETCH, AclRequests::fetch);
        eachTopic(
                LIST_OFFSETS,
                (side, topic) -> new ListOffsetsRequestData()
                        .setReplicaId(-1)
                        .setTopics(List.of(new ListOffsetsRequestData.ListOffsetsTopic()
                                .setName(topic)
                                .setPartitions(List.of(
                                        new ListOffsetsRequestData.ListOffsetsPartition().setTimestamp(-2L))))));
        eachTopic(
                DELETE_RECORDS,
                (side, topic) -> new DeleteRecordsRequestData()
                        .setTimeoutMs(10_000)
                        .setTopics(List.of(new DeleteRecordsRequestData.DeleteRecordsTopic()
                                .setName(topic)
                                .setPartitions(
                                        List.of(new DeleteRecordsRequestData.DeleteRecordsPartition().setOffset(0))))));
        eachTopic(
                DESCRIBE_PRODUCERS,
                (side, topic) -> new DescribeProducersRequestData()
                        .setTopics(List.of(new DescribeProducersRequestData.TopicRequest()
                                .setName(topic)
                                .setPartitionIndexes(List.of(0)))));
        eachTopic(
                OFFSET_FOR_LEADER_EPOCH,
                (side, topic) -> new OffsetForLeaderEpochRequestData()
                        .setReplicaId(-1)
                        .setTopics(new OffsetForLeaderTopicCollection(List.of(new OffsetForLeaderTopic()
                                        .setTopic(topic)
                                        .setPartitions(
                                                List.of(new OffsetForLeaderEpochRequestData.OffsetForLeaderPartition()
                                                        .setLeaderEpoch(0))))
                                .iterator())));
        comparison.each(
                "cluster", DESCRIBE_LOG_DIRS, (side, version) -> new DescribeLogDirsRequestData().setTopics(null));
        comparison.each(
                "idempotent",
                INIT_PRODUCER_ID,
                (side, version) -> new InitProducerIdRequestData().setTransactionTimeoutMs(1000));
        comparison.verdict("logs");
    }

    @Test
    void topicsAreToldAlike() {
        eachTopic(
                METADATA,
                (side, topic) -> new MetadataRequestData()
                        .setIncludeTopicAuthorizedOperations(true)
                        .setIncludeClusterAuthorizedOperations(true)
                        .setTopics(List.of(new MetadataRequestData.MetadataRequestTopic().setName(topic))));
        for (String topic : TOPICS) {
            comparison.one(
                    "id of " + topic,
                    METADATA,
                    12,
                    (side, version) -> new MetadataRequestData()
                            .setTopics(List.of(new MetadataRequestData.MetadataRequestTopic()
                                    .setName(null)
                                    .setTopicId(side.topicId(topic)))));
        }
        comparison.each(
                "all",
                METADATA,
                (side, version) -> new MetadataRequestData().setTopics(version == 0 ? List.of() : null));
        comparison.each(
                "all",
                DESCRIBE_TOPIC_PARTITIONS,
                (side, version) -> new DescribeTopicPartitionsRequestData().setTopics(List.of()));
        comparison.each(
                "all, by twos",
                DESCRIBE_TOPIC_PARTITIONS,
                (side, version) -> new DescribeTopicPartitionsRequestData()
                        .setResponsePartitionLimit(2)
                        .setCursor(new DescribeTopicPartitionsRequestData.Cursor().setTopicName(OPEN))
                        .setTopics(List.of()));
        eachTopic(
                DESCRIBE_TOPIC_PARTITIONS,
                (side, topic) -> new DescribeTopicPartitionsRequestData()
                        .setTopics(List.of(new DescribeTopicPartitionsRequestData.TopicRequest().setName(topic))));
        comparison.each(
                "cluster",
                DESCRIBE_CLUSTER,
                (side, version) -> new DescribeClusterRequestData().setIncludeClusterAuthorizedOperations(true));
        eachTopic(
                DESCRIBE_CONFIGS,
                (side, topic) -> new DescribeConfigsRequestData()
                        .setResources(List.of(new DescribeConfigsRequestData.DescribeConfigsResource()
                                .setResourceType(ConfigResource.Type.TOPIC.id())
                                .setResourceName(topic)
                                .setConfigurationKeys(List.of("retention.ms")))));
        comparison.verdict("topics");
    }

    @Test
    void groupsAreToldAlike() {
        eachGroup(
                JOIN_GROUP,
                group -> new JoinGroupRequestData()
                        .setGroupId(group)
                        .setSessionTimeoutMs(10_000)
                        .setRebalanceTimeoutMs(10_000)
                        .setMemberId("nobody")
                        .setProtocolType("consumer"));
        eachGroup(
                SYNC_GROUP,
                group -> new SyncGroupRequestData()
                        .setGroupId(group)
                        .setMemberId("nobody")
                        .setProtocolType("consumer")
                        .setProtocolName("range"));
        eachGroup(
                HEARTBEAT, group -> new HeartbeatRequestData().setGroupId(group).setMemberId("nobody"));
        for (String group : GROUPS) {
            comparison.each(
                    group,
                    LEAVE_GROUP,
                    (side, version) -> version < 3
                            ? new LeaveGroupRequestData().setGroupId(group).setMemberId("nobody")
                            : new LeaveGroupRequestData()
                                    .setGroupId(group)
                                    .setMembers(
                                            List.of(new LeaveGroupRequestData.MemberIdentity().setMemberId("nobody"))));
            comparison.each(
                    group,
                    FIND_COORDINATOR,
                    (side, version) -> version < 4
                            ? new FindCoordinatorRequestData().setKey(group)
                            : new FindCoordinatorRequestData().setCoordinatorKeys(List.of(group)));
            for (String topic : TOPICS) {
                comparison.each(
                        group + ", " + topic,
                        OFFSET_COMMIT,
                        (side, version) -> new OffsetCommitRequestData()
                                .setGroupId(group)
                                .setTopics(List.of(new OffsetCommitRequestData.OffsetCommitRequestTopic()
                                        .setName(topic)
                                        .setTopicId(side.topicId(topic))
                                        .setPartitions(
                                                List.of(new OffsetCommitRequestData.OffsetCommitRequestPartition()
                                                        .setCommittedOffset(0))))));
                comparison.each(
                        group + ", " + topic,
                        OFFSET_FETCH,
                        (side, version) -> AclRequests.committed(side, version, group, topic));
            }
            comparison.each(
                    group + ", all",
                    OFFSET_FETCH,
                    (side, version) -> AclRequests.committed(side, version, group, null));
        }
        comparison.each(
                "several",
                FIND_COORDINATOR,
                (side, version) -> version < 4
                        ? new FindCoordinatorRequestData().setKey("hidden")
                        : new FindCoordinatorRequestData().setCoordinatorKeys(GROUPS));
        eachGroup(
                DESCRIBE_GROUPS,
                group -> new DescribeGroupsRequestData()
                        .setIncludeAuthorizedOperations(true)
                        .setGroups(List.of(group)));
        comparison.each(
                "several", DESCRIBE_GROUPS, (side, version) -> new DescribeGroupsRequestData().setGroups(GROUPS));
        comparison.each("all", LIST_GROUPS, (side, version) -> new ListGroupsRequestData());
        eachGroup(
                CONSUMER_GROUP_DESCRIBE,
                group -> new ConsumerGroupDescribeRequestData()
                        .setIncludeAuthorizedOperations(true)
                        .setGroupIds(List.of(group)));
        eachGroup(
                CONSUMER_GROUP_HEARTBEAT,
                group -> new ConsumerGroupHeartbeatRequestData()
                        .setGroupId(group)
                        .setMemberId("nobody")
                        .setMemberEpoch(7));
        comparison.each(
                "a secret topic",
                CONSUMER_GROUP_HEARTBEAT,
                (side, version) -> new ConsumerGroupHeartbeatRequestData()
                        .setGroupId("free")
                        .setMemberId(Uuid.randomUuid().toString())
                        .setRebalanceTimeoutMs(10_000)
                        .setTopicPartitions(List.of())
                        .setSubscribedTopicNames(List.of(OPEN, SECRET)));
        eachGroup(OFFSET_DELETE, group -> {
            var topics = new OffsetDeleteRequestData.OffsetDeleteRequestTopicCollection();
            for (String topic : TOPICS) {
                topics.add(new OffsetDeleteRequestData.OffsetDeleteRequestTopic()
                        .setName(topic)
                        .setPartitions(List.of(new OffsetDeleteRequestData.OffsetDeleteRequestPartition())));
            }
            return new OffsetDeleteRequestData().setGroupId(group).setTopics(topics);
        });
        comparison.each(
                "hidden",
                DELETE_GROUPS,
                (side, version) -> new DeleteGroupsRequestData().setGroupsNames(List.of("hidden", "seen")));
        comparison.verdict("groups");
    }

    @Test
    void theClusterIsChangedAlike() {
        for (String topic : TOPICS) {
            comparison.each(topic, CREATE_TOPICS, (side, version) -> {
                var topics = new CreateTopicsRequestData.CreatableTopicCollection();
                topics.add(new CreateTopicsRequestData.CreatableTopic()
                        .setName(topic)
                        .setNumPartitions(1)
                        .setReplicationFactor((short) 1));
                return new CreateTopicsRequestData()
                        .setTimeoutMs(10_000)
                        .setValidateOnly(true)
                        .setTopics(topics);
            });
        }
        comparison.each("allowed", CREATE_TOPICS, (side, version) -> {
            var topics = new CreateTopicsRequestData.CreatableTopicCollection();
            topics.add(new CreateTopicsRequestData.CreatableTopic()
                    .setName("of-nobody")
                    .setNumPartitions(1)
                    .setReplicationFactor((short) 1));
            return new CreateTopicsRequestData()
                    .setTimeoutMs(10_000)
                    .setValidateOnly(true)
                    .setTopics(topics);
        });
        for (String topic : List.of(READABLE, WRITABLE, SECRET, ABSENT, "of-nobody")) {
            comparison.each(
                    topic,
                    DELETE_TOPICS,
                    (side, version) -> version < 6
                            ? new DeleteTopicsRequestData().setTimeoutMs(10_000).setTopicNames(List.of(topic))
                            : new DeleteTopicsRequestData()
                                    .setTimeoutMs(10_000)
                                    .setTopics(List.of(new DeleteTopicsRequestData.DeleteTopicState().setName(topic))));
            comparison.one(
                    "id of " + topic,
                    DELETE_TOPICS,
                    6,
                    (side, version) -> new DeleteTopicsRequestData()
                            .setTimeoutMs(10_000)
                            .setTopics(List.of(new DeleteTopicsRequestData.DeleteTopicState()
                                    .setName(null)
                                    .setTopicId(side.topicId(topic)))));
        }
        eachTopic(CREATE_PARTITIONS, (side, topic) -> {
            var topics = new CreatePartitionsRequestData.CreatePartitionsTopicCollection();
            topics.add(new CreatePartitionsRequestData.CreatePartitionsTopic()
                    .setName(topic)
                    .setCount(2)
                    .setAssignments(null));
            return new CreatePartitionsRequestData()
                    .setTimeoutMs(10_000)
                    .setValidateOnly(true)
                    .setTopics(topics);
        });
        for (var resource : configured()) {
            comparison.each(
                    resource.toString(),
                    INCREMENTAL_ALTER_CONFIGS,
                    (side, version) -> AclRequests.incremental(resource));
            comparison.each(resource.toString(), ALTER_CONFIGS, (side, version) -> AclRequests.legacy(resource));
        }
        comparison.verdict("changes");
    }

    private static List<ConfigResource> configured() {
        return Stream.concat(
                        TOPICS.stream().map(topic -> new ConfigResource(ConfigResource.Type.TOPIC, topic)),
                        Stream.of(
                                new ConfigResource(ConfigResource.Type.BROKER, ""),
                                new ConfigResource(ConfigResource.Type.GROUP, "hidden"),
                                new ConfigResource(ConfigResource.Type.CLIENT_METRICS, "m")))
                .toList();
    }

    /** Whatever they say in detail, they need something on the cluster that is not allowed. */
    @Test
    void whoMayNothingOnTheClusterIsRefusedAlike() {
        AclRequests.ofTheCluster()
                .forEach((api, request) ->
                        comparison.each("cluster", api, (side, version) -> (ApiMessage) request.duplicate()));
        comparison.verdict("cluster");
    }
}

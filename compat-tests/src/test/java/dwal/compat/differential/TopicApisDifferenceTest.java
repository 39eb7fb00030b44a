package dwal.compat.differential;

import static org.apache.kafka.common.protocol.ApiKeys.ALTER_CONFIGS;
import static org.apache.kafka.common.protocol.ApiKeys.CREATE_PARTITIONS;
import static org.apache.kafka.common.protocol.ApiKeys.CREATE_TOPICS;
import static org.apache.kafka.common.protocol.ApiKeys.DELETE_TOPICS;
import static org.apache.kafka.common.protocol.ApiKeys.DESCRIBE_CONFIGS;
import static org.apache.kafka.common.protocol.ApiKeys.DESCRIBE_TOPIC_PARTITIONS;
import static org.apache.kafka.common.protocol.ApiKeys.INCREMENTAL_ALTER_CONFIGS;
import static org.apache.kafka.common.protocol.ApiKeys.LIST_CONFIG_RESOURCES;
import static org.apache.kafka.common.protocol.ApiKeys.METADATA;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsAssignment;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsTopic;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableReplicaAssignment;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableReplicaAssignmentCollection;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopicCollection;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopicConfig;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopicConfigCollection;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData.DeleteTopicState;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData.DescribeConfigsResource;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.ListConfigResourcesRequestData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;

/** Topics and configs: what is asked about them, made, changed and refused. */
@ExtendWith(Comparison.Extension.class)
class TopicApisDifferenceTest {
    private static final String ABSENT = "absent";
    private final Comparison comparison;
    private final String topic;
    private final TestInfo test;

    TopicApisDifferenceTest(Comparison comparison, TestInfo test) {
        this.comparison = comparison;
        this.test = test;
        topic = test.getTestMethod().orElseThrow().getName();
        comparison.topic(topic, 2, Map.of("retention.ms", "77777777"));
    }

    private void verdict() {
        comparison.verdict(test.getDisplayName());
    }

    private Comparison.Request metadata(String name) {
        return (side, version) -> new MetadataRequestData()
                .setTopics(List.of(new MetadataRequestTopic().setName(name)))
                .setAllowAutoTopicCreation(version < 4);
    }

    @Test
    void metadataIsAlike() {
        comparison.each("one topic", METADATA, metadata(topic));
        comparison.each("unknown topic", METADATA, metadata(ABSENT));
        comparison.each("bad name", METADATA, metadata("no/topic"));
        comparison.each("empty name", METADATA, metadata(""));
        comparison.each("no topics", METADATA, (side, version) -> new MetadataRequestData().setTopics(List.of()));
        comparison.each(
                "by id",
                METADATA,
                (side, version) -> new MetadataRequestData()
                        .setTopics(
                                List.of(new MetadataRequestTopic().setName(null).setTopicId(side.topicId(topic))))
                        .setAllowAutoTopicCreation(version < 4));
        comparison.each(
                "unknown id",
                METADATA,
                (side, version) -> new MetadataRequestData()
                        .setTopics(
                                List.of(new MetadataRequestTopic().setName(null).setTopicId(new Uuid(3, 4))))
                        .setAllowAutoTopicCreation(version < 4));
        comparison.each(
                "unknown id, with operations",
                METADATA,
                (side, version) -> new MetadataRequestData()
                        .setTopics(
                                List.of(new MetadataRequestTopic().setName(null).setTopicId(new Uuid(3, 4))))
                        .setAllowAutoTopicCreation(version < 4)
                        .setIncludeTopicAuthorizedOperations(true));
        comparison.each(
                "with operations",
                METADATA,
                (side, version) -> new MetadataRequestData()
                        .setTopics(List.of(new MetadataRequestTopic().setName(topic)))
                        .setIncludeTopicAuthorizedOperations(true));
        verdict();
    }

    @Test
    void partitionsOfTopicsAreDescribedAlike() {
        for (String name : List.of(topic, ABSENT, "no/topic")) {
            comparison.each(
                    name,
                    DESCRIBE_TOPIC_PARTITIONS,
                    (side, version) -> new DescribeTopicPartitionsRequestData()
                            .setTopics(List.of(new DescribeTopicPartitionsRequestData.TopicRequest().setName(name))));
        }
        comparison.each(
                "1 at most",
                DESCRIBE_TOPIC_PARTITIONS,
                (side, version) -> new DescribeTopicPartitionsRequestData()
                        .setResponsePartitionLimit(1)
                        .setTopics(List.of(new DescribeTopicPartitionsRequestData.TopicRequest().setName(topic))));
        comparison.each(
                "from a cursor",
                DESCRIBE_TOPIC_PARTITIONS,
                (side, version) -> new DescribeTopicPartitionsRequestData()
                        .setTopics(List.of(new DescribeTopicPartitionsRequestData.TopicRequest().setName(topic)))
                        .setCursor(new DescribeTopicPartitionsRequestData.Cursor()
                                .setTopicName(topic)
                                .setPartitionIndex(1)));
        comparison.each(
                "negative cursor",
                DESCRIBE_TOPIC_PARTITIONS,
                (side, version) -> new DescribeTopicPartitionsRequestData()
                        .setTopics(List.of(new DescribeTopicPartitionsRequestData.TopicRequest().setName(topic)))
                        .setCursor(new DescribeTopicPartitionsRequestData.Cursor()
                                .setTopicName(topic)
                                .setPartitionIndex(-1)));
        verdict();
    }

    private static Comparison.Request create(String name, Consumer<CreatableTopic> change) {
        return (side, version) -> {
            CreatableTopic asked = new CreatableTopic()
                    .setName(name + (name.endsWith("-") ? "v" + version : ""))
                    .setNumPartitions(1)
                    .setReplicationFactor((short) 1);
            change.accept(asked);
            return new CreateTopicsRequestData()
                    .setTimeoutMs(20_000)
                    .setTopics(new CreatableTopicCollection(List.of(asked).iterator()));
        };
    }

    private static CreatableTopicConfigCollection config(String key, String value) {
        return new CreatableTopicConfigCollection(
                List.of(new CreatableTopicConfig().setName(key).setValue(value)).iterator());
    }

    private static CreatableReplicaAssignmentCollection assignment(int partition, Integer... brokers) {
        return new CreatableReplicaAssignmentCollection(List.of(new CreatableReplicaAssignment()
                        .setPartitionIndex(partition)
                        .setBrokerIds(List.of(brokers)))
                .iterator());
    }

    @Test
    void topicsAreMadeAndRefusedAlike() {
        comparison.each("made", CREATE_TOPICS, create("made-", asked -> {}));
        comparison.each(
                "with the defaults",
                CREATE_TOPICS,
                create("defaults-", asked -> asked.setNumPartitions(-1).setReplicationFactor((short) -1)));
        comparison.each(
                "with a config",
                CREATE_TOPICS,
                create("config-", asked -> asked.setConfigs(config("retention.ms", "1234"))));
        comparison.each(
                "assigned",
                CREATE_TOPICS,
                create(
                        "assigned-",
                        asked -> asked.setNumPartitions(-1)
                                .setReplicationFactor((short) -1)
                                .setAssignments(assignment(0, 1))));
        comparison.each("exists", CREATE_TOPICS, create(topic, asked -> {}));
        for (String name : List.of("", ".", "..", "a/b", "a b", "ü", "x".repeat(250))) {
            comparison.each("name '" + name + "'", CREATE_TOPICS, create(name, asked -> {}));
        }
        comparison.each("0 partitions", CREATE_TOPICS, create("r", asked -> asked.setNumPartitions(0)));
        comparison.each("-3 partitions", CREATE_TOPICS, create("r", asked -> asked.setNumPartitions(-3)));
        comparison.each("3 replicas", CREATE_TOPICS, create("r", asked -> asked.setReplicationFactor((short) 3)));
        comparison.each("0 replicas", CREATE_TOPICS, create("r", asked -> asked.setReplicationFactor((short) 0)));
        comparison.each(
                "wrong value", CREATE_TOPICS, create("r", asked -> asked.setConfigs(config("retention.ms", "soon"))));
        comparison.each(
                "unknown key", CREATE_TOPICS, create("r", asked -> asked.setConfigs(config("no.such.key", "1"))));
        comparison.each(
                "null value", CREATE_TOPICS, create("r", asked -> asked.setConfigs(config("retention.ms", null))));
        comparison.each(
                "unknown broker",
                CREATE_TOPICS,
                create(
                        "r",
                        asked -> asked.setNumPartitions(-1)
                                .setReplicationFactor((short) -1)
                                .setAssignments(assignment(0, 44))));
        comparison.each(
                "gap in assignment",
                CREATE_TOPICS,
                create(
                        "r",
                        asked -> asked.setNumPartitions(-1)
                                .setReplicationFactor((short) -1)
                                .setAssignments(assignment(5, 1))));
        comparison.each("both", CREATE_TOPICS, create("r", asked -> asked.setAssignments(assignment(0, 1))));
        comparison.each("name like another", CREATE_TOPICS, create("a.b-c_" + topic.length(), asked -> {}));
        comparison.each("colliding name", CREATE_TOPICS, create("a_b-c." + topic.length(), asked -> {}));
        comparison.each(
                "only checked",
                CREATE_TOPICS,
                (side, version) -> ((CreateTopicsRequestData)
                                create("checked", asked -> {}).of(side, version))
                        .setValidateOnly(true));
        comparison.each("twice in one request", CREATE_TOPICS, (side, version) -> {
            CreatableTopicCollection twice = new CreatableTopicCollection();
            for (int i = 0; i < 2; i++) {
                twice.mustAdd(new CreatableTopic()
                        .setName("twice")
                        .setNumPartitions(i + 1)
                        .setReplicationFactor((short) 1));
            }
            return new CreateTopicsRequestData().setTimeoutMs(20_000).setTopics(twice);
        });
        comparison.each("grown to 3", CREATE_PARTITIONS, grow(topic, 3, null));
        comparison.each("grown to 2", CREATE_PARTITIONS, grow(topic, 2, null));
        comparison.each("grown to -1", CREATE_PARTITIONS, grow(topic, -1, null));
        comparison.each("absent grown", CREATE_PARTITIONS, grow(ABSENT, 3, null));
        comparison.each("unknown broker", CREATE_PARTITIONS, grow(topic, 4, List.of(List.of(77))));
        comparison.each("wrong number of assignments", CREATE_PARTITIONS, grow(topic, 5, List.of(List.of(1))));
        verdict();
    }

    private static Comparison.Request grow(String topic, int count, List<List<Integer>> assignments) {
        return (side, version) -> {
            CreatePartitionsTopic asked =
                    new CreatePartitionsTopic().setName(topic).setCount(count).setAssignments(null);
            if (assignments != null) {
                List<CreatePartitionsAssignment> all = new ArrayList<>();
                assignments.forEach(brokers -> all.add(new CreatePartitionsAssignment().setBrokerIds(brokers)));
                asked.setAssignments(all);
            }
            return new CreatePartitionsRequestData()
                    .setTimeoutMs(20_000)
                    .setTopics(new CreatePartitionsRequestData.CreatePartitionsTopicCollection(
                            List.of(asked).iterator()));
        };
    }

    @Test
    void topicsAreDeletedAlike() {
        for (short version : DELETE_TOPICS.allVersions()) comparison.topic("delete-" + version, 1);
        comparison.each(
                "by name",
                DELETE_TOPICS,
                (side, version) -> version < 6
                        ? new DeleteTopicsRequestData().setTimeoutMs(20_000).setTopicNames(List.of("delete-" + version))
                        : new DeleteTopicsRequestData()
                                .setTimeoutMs(20_000)
                                .setTopics(List.of(new DeleteTopicState().setName("delete-" + version))));
        comparison.each(
                "unknown name",
                DELETE_TOPICS,
                (side, version) -> version < 6
                        ? new DeleteTopicsRequestData().setTimeoutMs(20_000).setTopicNames(List.of(ABSENT))
                        : new DeleteTopicsRequestData()
                                .setTimeoutMs(20_000)
                                .setTopics(List.of(new DeleteTopicState().setName(ABSENT))));
        comparison.one(
                "unknown id",
                DELETE_TOPICS,
                6,
                (side, version) -> new DeleteTopicsRequestData()
                        .setTimeoutMs(20_000)
                        .setTopics(List.of(new DeleteTopicState().setName(null).setTopicId(new Uuid(3, 4)))));
        comparison.one(
                "by id",
                DELETE_TOPICS,
                6,
                (side, version) -> new DeleteTopicsRequestData()
                        .setTimeoutMs(20_000)
                        .setTopics(List.of(new DeleteTopicState().setName(null).setTopicId(side.topicId(topic)))));
        comparison.each(
                "neither",
                DELETE_TOPICS,
                (side, version) -> new DeleteTopicsRequestData()
                        .setTimeoutMs(20_000)
                        .setTopics(List.of(new DeleteTopicState().setName(null))));
        verdict();
    }

    private static Comparison.Request describe(int type, String name, List<String> keys) {
        return (side, version) -> new DescribeConfigsRequestData()
                .setIncludeSynonyms(true)
                .setIncludeDocumentation(version >= 3)
                .setResources(List.of(new DescribeConfigsResource()
                        .setResourceType((byte) type)
                        .setResourceName(name)
                        .setConfigurationKeys(keys)));
    }

    @Test
    void configsAreDescribedAlike() {
        comparison.each("topic", DESCRIBE_CONFIGS, describe(2, topic, null));
        comparison.each("two keys", DESCRIBE_CONFIGS, describe(2, topic, List.of("retention.ms", "cleanup.policy")));
        comparison.each("unknown key", DESCRIBE_CONFIGS, describe(2, topic, List.of("no.such.key")));
        comparison.each("no keys", DESCRIBE_CONFIGS, describe(2, topic, List.of()));
        comparison.each("unknown topic", DESCRIBE_CONFIGS, describe(2, ABSENT, null));
        comparison.each("bad topic name", DESCRIBE_CONFIGS, describe(2, "a/b", null));
        comparison.each("this broker", DESCRIBE_CONFIGS, describe(4, "1", null));
        comparison.each("all brokers", DESCRIBE_CONFIGS, describe(4, "", null));
        comparison.each("another broker", DESCRIBE_CONFIGS, describe(4, "99", null));
        comparison.each("not a broker", DESCRIBE_CONFIGS, describe(4, "one", null));
        comparison.each("group", DESCRIBE_CONFIGS, describe(32, "some-group", null));
        comparison.each("client metrics", DESCRIBE_CONFIGS, describe(16, "some-subscription", null));
        comparison.each("unknown type", DESCRIBE_CONFIGS, describe(99, "x", null));
        verdict();
    }

    private static Comparison.Request change(int type, String name, String key, int operation, String value) {
        return (side, version) -> new IncrementalAlterConfigsRequestData()
                .setResources(new IncrementalAlterConfigsRequestData.AlterConfigsResourceCollection(List.of(
                                new IncrementalAlterConfigsRequestData.AlterConfigsResource()
                                        .setResourceType((byte) type)
                                        .setResourceName(name)
                                        .setConfigs(new IncrementalAlterConfigsRequestData.AlterableConfigCollection(
                                                List.of(new IncrementalAlterConfigsRequestData.AlterableConfig()
                                                                .setName(key)
                                                                .setConfigOperation((byte) operation)
                                                                .setValue(value))
                                                        .iterator())))
                        .iterator()));
    }

    @Test
    void configsAreChangedAndRefusedAlike() {
        comparison.each("set", INCREMENTAL_ALTER_CONFIGS, change(2, topic, "segment.bytes", 0, "20000000"));
        comparison.each("append", INCREMENTAL_ALTER_CONFIGS, change(2, topic, "cleanup.policy", 2, "compact"));
        comparison.each("subtract", INCREMENTAL_ALTER_CONFIGS, change(2, topic, "cleanup.policy", 3, "compact"));
        comparison.each("delete", INCREMENTAL_ALTER_CONFIGS, change(2, topic, "segment.bytes", 1, null));
        comparison.each("wrong value", INCREMENTAL_ALTER_CONFIGS, change(2, topic, "segment.bytes", 0, "big"));
        comparison.each("null value", INCREMENTAL_ALTER_CONFIGS, change(2, topic, "segment.bytes", 0, null));
        comparison.each("unknown key", INCREMENTAL_ALTER_CONFIGS, change(2, topic, "no.such.key", 0, "1"));
        comparison.each("append to a number", INCREMENTAL_ALTER_CONFIGS, change(2, topic, "segment.bytes", 2, "1"));
        comparison.each(
                "unknown operation", INCREMENTAL_ALTER_CONFIGS, change(2, topic, "segment.bytes", 9, "20000000"));
        comparison.each("unknown topic", INCREMENTAL_ALTER_CONFIGS, change(2, ABSENT, "segment.bytes", 0, "20000000"));
        comparison.each("another broker", INCREMENTAL_ALTER_CONFIGS, change(4, "99", "log.cleaner.threads", 0, "2"));
        comparison.each("not a broker", INCREMENTAL_ALTER_CONFIGS, change(4, "one", "log.cleaner.threads", 0, "2"));
        comparison.each("a key that needs a restart", INCREMENTAL_ALTER_CONFIGS, change(4, "1", "node.id", 0, "2"));
        Map.of(
                        "group.consumer.assignment.interval.ms", "100000",
                        "max.connections.per.ip", "0",
                        "max.connections.per.ip.overrides", "127.0.0.1:many",
                        "producer.id.expiration.ms", "0",
                        "message.max.bytes", "-1")
                .forEach((key, value) ->
                        comparison.each(key + "=" + value, INCREMENTAL_ALTER_CONFIGS, change(4, "1", key, 0, value)));
        comparison.each("unknown type", INCREMENTAL_ALTER_CONFIGS, change(99, "x", "y", 0, "2"));
        for (String value : List.of("20000000", "big")) {
            comparison.each(
                    "all at once, " + value,
                    ALTER_CONFIGS,
                    (side, version) -> new AlterConfigsRequestData()
                            .setResources(new AlterConfigsRequestData.AlterConfigsResourceCollection(List.of(
                                            new AlterConfigsRequestData.AlterConfigsResource()
                                                    .setResourceType((byte) 2)
                                                    .setResourceName(topic)
                                                    .setConfigs(new AlterConfigsRequestData.AlterableConfigCollection(
                                                            List.of(new AlterConfigsRequestData.AlterableConfig()
                                                                            .setName("segment.bytes")
                                                                            .setValue(value))
                                                                    .iterator())))
                                    .iterator())));
        }
        // The last change took back what the topic began with.
        comparison.settle(
                "the default retention",
                side -> side.call(
                        DESCRIBE_CONFIGS,
                        (short) 4,
                        describe(2, topic, List.of("retention.ms")).of(side, (short) 4)),
                "604800000");
        comparison.each("after all that", DESCRIBE_CONFIGS, describe(2, topic, null));
        for (int type : new int[] {2, 4, 8, 16, 32, 77}) {
            comparison.one(
                    "resources of type " + type,
                    LIST_CONFIG_RESOURCES,
                    1,
                    (side, version) -> new ListConfigResourcesRequestData().setResourceTypes(List.of((byte) type)));
        }
        comparison.one(
                "client metrics", LIST_CONFIG_RESOURCES, 0, (side, version) -> new ListConfigResourcesRequestData());
        verdict();
    }
}

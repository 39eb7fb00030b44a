package dwal.compat.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.compat.server.Await;
import dwal.compat.server.Server;
import dwal.compat.server.SharedServer;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.FeatureMetadata;
import org.apache.kafka.clients.admin.FinalizedVersionRange;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.QuorumInfo;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.OffsetOutOfRangeException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(SharedServer.class)
class AdminTest {
    private final Server server;
    private final Clients clients;
    private final Admin admin;

    AdminTest(Server server) {
        this.server = server;
        clients = new Clients(server);
        admin = clients.admin();
    }

    @AfterEach
    void close() {
        admin.close();
    }

    private void produce(String topic, int count, int partitions) {
        try (Producer<String, String> producer = clients.producer(Map.of())) {
            Clients.sendAll(producer, Clients.numbers(topic, 0, count, partitions));
        }
    }

    @Test
    void theClusterIsOneNodeWhichIsTheController() {
        Collection<Node> nodes = Clients.get(admin.describeCluster().nodes());
        assertThat(nodes).hasSize(1);
        Node node = nodes.iterator().next();
        assertThat(node.host() + ":" + node.port()).isEqualTo(server.bootstrap());
        assertThat(Clients.get(admin.describeCluster().controller()).id()).isEqualTo(node.id());
        assertThat(Clients.get(admin.describeCluster().clusterId())).isNotBlank();
    }

    @Test
    void aTopicIsMadeDescribedGrownAndDeleted() {
        String topic = Clients.unique("life");
        Uuid id = Clients.get(
                admin.createTopics(List.of(new NewTopic(topic, 2, (short) 1))).topicId(topic));
        Clients.get(admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(5)))
                .all());
        Await.until("5 partitions", () -> describe(topic).partitions().size() == 5);
        assertThat(describe(topic).topicId()).isEqualTo(id);
        assertThat(describe(topic).partitions())
                .allMatch(partition ->
                        partition.isr().size() == 1 && !partition.leader().isEmpty());
        produce(topic, 50, 5);
        Clients.get(admin.deleteTopics(TopicCollection.ofTopicIds(List.of(id))).all());
        Await.until(
                "the topic to be gone",
                () -> !Clients.get(admin.listTopics().names()).contains(topic));
        assertThat(Clients.errorOf(admin.describeTopics(List.of(topic)).allTopicNames()))
                .isInstanceOf(UnknownTopicOrPartitionException.class);
    }

    private TopicDescription describe(String topic) {
        return Clients.get(admin.describeTopics(List.of(topic)).allTopicNames()).get(topic);
    }

    @Test
    void aTopicMadeAgainUnderItsNameIsEmptyAndAnotherOne() {
        String topic = clients.topic("again", 1);
        Uuid before = describe(topic).topicId();
        produce(topic, 10, 1);
        Clients.get(admin.deleteTopics(List.of(topic)).all());
        Await.until("the name to be free", () -> {
            Clients.get(admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1)))
                    .all());
            return true;
        });
        Await.until("the new topic", () -> !describe(topic).topicId().equals(before));
        TopicPartition partition = new TopicPartition(topic, 0);
        Await.until("an empty partition", () -> offset(partition, OffsetSpec.latest()) == 0);
        produce(topic, 3, 1);
        assertThat(offset(partition, OffsetSpec.latest())).isEqualTo(3);
    }

    private long offset(TopicPartition partition, OffsetSpec at) {
        return Clients.get(admin.listOffsets(Map.of(partition, at)).partitionResult(partition))
                .offset();
    }

    @Test
    void wrongTopicsAreRefusedForTheReasonsThatKafkaNames() {
        String topic = clients.topic("exists", 2);
        assertThat(errorOfCreating(new NewTopic(topic, 1, (short) 1))).isInstanceOf(TopicExistsException.class);
        assertThat(errorOfCreating(new NewTopic("bad/name", 1, (short) 1))).isInstanceOf(InvalidTopicException.class);
        assertThat(errorOfCreating(new NewTopic("..", 1, (short) 1))).isInstanceOf(InvalidTopicException.class);
        assertThat(errorOfCreating(new NewTopic("x".repeat(250), 1, (short) 1)))
                .isInstanceOf(InvalidTopicException.class);
        assertThat(errorOfCreating(new NewTopic(Clients.unique("none"), 0, (short) 1)))
                .isInstanceOf(InvalidPartitionsException.class);
        assertThat(errorOfCreating(new NewTopic(Clients.unique("many"), 1, (short) 3)))
                .isInstanceOf(InvalidReplicationFactorException.class);
        assertThat(errorOfCreating(
                        new NewTopic(Clients.unique("config"), 1, (short) 1).configs(Map.of("retention.ms", "soon"))))
                .isInstanceOf(InvalidConfigurationException.class);
        assertThat(errorOfCreating(
                        new NewTopic(Clients.unique("config"), 1, (short) 1).configs(Map.of("no.such.key", "1"))))
                .isInstanceOf(InvalidConfigurationException.class);
        assertThat(Clients.errorOf(admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(1)))
                        .all()))
                .isInstanceOf(InvalidPartitionsException.class);
        assertThat(Clients.errorOf(
                        admin.deleteTopics(List.of(Clients.unique("absent"))).all()))
                .isInstanceOf(UnknownTopicOrPartitionException.class);
    }

    private Throwable errorOfCreating(NewTopic topic) {
        return Clients.errorOf(admin.createTopics(List.of(topic)).all());
    }

    @Test
    void aDryRunMakesNothing() {
        String topic = Clients.unique("dry");
        Clients.get(admin.createTopics(
                        List.of(new NewTopic(topic, 1, (short) 1)),
                        new org.apache.kafka.clients.admin.CreateTopicsOptions().validateOnly(true))
                .all());
        assertThat(Clients.get(admin.listTopics().names())).doesNotContain(topic);
    }

    @Test
    void recordsBeforeAnOffsetAreDeleted() {
        String topic = clients.topic("delete-records", 1);
        TopicPartition partition = new TopicPartition(topic, 0);
        produce(topic, 20, 1);
        assertThat(Clients.get(admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(7)))
                                .lowWatermarks()
                                .get(partition))
                        .lowWatermark())
                .isEqualTo(7);
        assertThat(offset(partition, OffsetSpec.earliest())).isEqualTo(7);
        try (Consumer<String, String> consumer = clients.consumer(Map.of())) {
            assertThat(clients.readAll(consumer, topic))
                    .hasSize(13)
                    .extracting(ConsumerRecord::offset)
                    .startsWith(7L);
        }
        assertThat(Clients.errorOf(admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(21)))
                        .all()))
                .isInstanceOf(OffsetOutOfRangeException.class);
        Clients.get(admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(-1)))
                .all());
        assertThat(offset(partition, OffsetSpec.earliest())).isEqualTo(20);
    }

    @Test
    void offsetsAreListedByEachOfTheirNames() {
        String topic = clients.topic("offsets", 1);
        TopicPartition partition = new TopicPartition(topic, 0);
        produce(topic, 10, 1);
        assertThat(offset(partition, OffsetSpec.earliest())).isEqualTo(0);
        assertThat(offset(partition, OffsetSpec.latest())).isEqualTo(10);
        assertThat(offset(partition, OffsetSpec.earliestLocal())).isEqualTo(0);
        assertThat(offset(partition, OffsetSpec.latestTiered())).isEqualTo(-1);
        assertThat(offset(partition, OffsetSpec.forTimestamp(0))).isEqualTo(0);
        assertThat(offset(partition, OffsetSpec.forTimestamp(Long.MAX_VALUE - 1)))
                .isEqualTo(-1);
    }

    @Test
    void topicConfigsAreReadChangedExtendedAndTakenBack() {
        String topic = clients.topic("configs", 1);
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        assertThat(entry(resource, "retention.ms").isDefault()).isTrue();
        alter(resource, "retention.ms", "1000000", AlterConfigOp.OpType.SET);
        alter(resource, "cleanup.policy", "compact", AlterConfigOp.OpType.APPEND);
        // Each change is accepted by the controller, and seen at the broker a moment later.
        awaitValue(resource, "retention.ms", "1000000");
        assertThat(entry(resource, "retention.ms").source()).isEqualTo(ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG);
        awaitValue(resource, "cleanup.policy", "delete,compact");
        alter(resource, "cleanup.policy", "compact", AlterConfigOp.OpType.SUBTRACT);
        alter(resource, "retention.ms", "", AlterConfigOp.OpType.DELETE);
        Await.until("the default", () -> entry(resource, "retention.ms").isDefault());
        awaitValue(resource, "cleanup.policy", "delete");
        assertThat(Clients.errorOf(admin.incrementalAlterConfigs(Map.of(
                                resource,
                                List.of(new AlterConfigOp(
                                        new ConfigEntry("segment.bytes", "x"), AlterConfigOp.OpType.SET))))
                        .all()))
                .isInstanceOf(InvalidConfigurationException.class);
    }

    private void alter(ConfigResource resource, String key, String value, AlterConfigOp.OpType operation) {
        Clients.get(admin.incrementalAlterConfigs(
                        Map.of(resource, List.of(new AlterConfigOp(new ConfigEntry(key, value), operation))))
                .all());
    }

    private void awaitValue(ConfigResource resource, String key, String value) {
        Await.until(key + "=" + value, () -> entry(resource, key).value().equals(value));
    }

    private ConfigEntry entry(ConfigResource resource, String key) {
        Config config = Clients.get(admin.describeConfigs(
                                List.of(resource),
                                new org.apache.kafka.clients.admin.DescribeConfigsOptions()
                                        .includeSynonyms(true)
                                        .includeDocumentation(true))
                        .all())
                .get(resource);
        return config.get(key);
    }

    @Test
    void brokerConfigsCanBeChangedForOneNodeAndForAll() {
        String node = Integer.toString(
                Clients.get(admin.describeCluster().controller()).id());
        ConfigResource one = new ConfigResource(ConfigResource.Type.BROKER, node);
        ConfigResource all = new ConfigResource(ConfigResource.Type.BROKER, "");
        assertThat(entry(one, "log.retention.ms").documentation()).isNotBlank();
        assertThat(entry(one, "node.id").value()).isEqualTo(node);
        alter(all, "log.cleaner.threads", "2", AlterConfigOp.OpType.SET);
        Await.until(
                "the default of the cluster",
                () -> entry(one, "log.cleaner.threads").value().equals("2"));
        assertThat(entry(one, "log.cleaner.threads").source())
                .isEqualTo(ConfigEntry.ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG);
        alter(all, "log.cleaner.threads", "", AlterConfigOp.OpType.DELETE);
        Await.until(
                "the default", () -> entry(one, "log.cleaner.threads").value().equals("1"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "consumer"})
    void groupsAreListedDescribedResetAndDeleted(String protocol) {
        String topic = clients.topic("admin-groups", 2);
        String group = Clients.unique(protocol);
        TopicPartition partition = new TopicPartition(topic, 0);
        produce(topic, 20, 2);
        try (Consumer<String, String> consumer =
                clients.consumer(Map.of("group.id", group, "group.protocol", protocol))) {
            consumer.subscribe(List.of(topic));
            Clients.poll(consumer, 20);
            consumer.commitSync();
            ConsumerGroupDescription description = Clients.get(
                            admin.describeConsumerGroups(List.of(group)).all())
                    .get(group);
            assertThat(description.groupState()).isEqualTo(GroupState.STABLE);
            assertThat(description.members()).hasSize(1);
            assertThat(description.members().iterator().next().assignment().topicPartitions())
                    .hasSize(2);
            assertThat(Clients.errorOf(
                            admin.deleteConsumerGroups(List.of(group)).all()))
                    .isInstanceOf(GroupNotEmptyException.class);
        }
        assertThat(Clients.get(admin.listGroups().all()))
                .extracting(GroupListing::groupId)
                .contains(group);
        Clients.get(admin.alterConsumerGroupOffsets(group, Map.of(partition, new OffsetAndMetadata(3)))
                .all());
        assertThat(offsetsOf(group).get(partition).offset()).isEqualTo(3);
        Clients.get(admin.deleteConsumerGroupOffsets(group, Set.of(partition)).all());
        assertThat(offsetsOf(group)).doesNotContainKey(partition).hasSize(1);
        Clients.get(admin.deleteConsumerGroups(List.of(group)).all());
        assertThat(Clients.errorOf(admin.deleteConsumerGroups(List.of(group)).all()))
                .isInstanceOf(GroupIdNotFoundException.class);
    }

    private Map<TopicPartition, OffsetAndMetadata> offsetsOf(String group) {
        return Clients.get(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
    }

    @Test
    void logDirectoriesNameThePartitionsAndTheirSizes() {
        String topic = clients.topic("directories", 2);
        produce(topic, 100, 2);
        int node = Clients.get(admin.describeCluster().controller()).id();
        Map<String, LogDirDescription> directories = Clients.get(
                        admin.describeLogDirs(List.of(node)).allDescriptions())
                .get(node);
        assertThat(directories).hasSize(1);
        LogDirDescription directory = directories.values().iterator().next();
        assertThat(directory.error()).isNull();
        assertThat(directory.totalBytes()).isPresent();
        assertThat(directory.usableBytes()).isPresent();
        for (int partition = 0; partition < 2; partition++) {
            assertThat(directory
                            .replicaInfos()
                            .get(new TopicPartition(topic, partition))
                            .size())
                    .isPositive();
        }
    }

    @Test
    void activeProducersAreDescribed() {
        String topic = clients.topic("producers", 1);
        TopicPartition partition = new TopicPartition(topic, 0);
        try (Producer<String, String> producer = clients.producer(Map.of("enable.idempotence", true, "linger.ms", 0))) {
            for (int i = 0; i < 3; i++) Clients.sendAll(producer, Clients.numbers(topic, i, i + 1, 1));
            List<ProducerState> producers = Clients.get(
                            admin.describeProducers(List.of(partition)).partitionResult(partition))
                    .activeProducers();
            assertThat(producers).hasSize(1);
            assertThat(producers.get(0).producerId()).isNotNegative();
            assertThat(producers.get(0).producerEpoch()).isZero();
            assertThat(producers.get(0).lastSequence()).isEqualTo(2);
            assertThat(producers.get(0).currentTransactionStartOffset()).isEmpty();
        }
    }

    @Test
    void featuresAreDescribedWithAMetadataVersion() {
        FeatureMetadata features = Clients.get(admin.describeFeatures().featureMetadata());
        assertThat(features.finalizedFeatures().get("metadata.version"))
                .isEqualTo(new FinalizedVersionRange((short) 30, (short) 30));
        assertThat(features.finalizedFeatures()).containsKey("group.version");
        assertThat(features.supportedFeatures()).containsKeys("metadata.version", "group.version", "kraft.version");
    }

    @Test
    void theQuorumIsThisNodeAlone() {
        QuorumInfo quorum = Clients.get(admin.describeMetadataQuorum().quorumInfo());
        assertThat(quorum.voters()).hasSize(1);
        assertThat(quorum.voters().get(0).replicaId()).isEqualTo(quorum.leaderId());
        assertThat(quorum.highWatermark()).isPositive();
        assertThat(quorum.leaderEpoch()).isPositive();
    }

    @Test
    void theResourcesThatHaveConfigsAreListed() {
        String topic = clients.topic("resources", 1);
        Collection<ConfigResource> resources = Clients.get(admin.listConfigResources(
                        Set.of(ConfigResource.Type.TOPIC, ConfigResource.Type.BROKER),
                        new org.apache.kafka.clients.admin.ListConfigResourcesOptions())
                .all());
        assertThat(resources).contains(new ConfigResource(ConfigResource.Type.TOPIC, topic));
        assertThat(resources).anyMatch(resource -> resource.type() == ConfigResource.Type.BROKER);
    }
}

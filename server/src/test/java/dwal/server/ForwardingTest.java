package dwal.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.FeatureUpdate;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.UpdateFeaturesOptions;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.ElectionNotNeededException;
import org.apache.kafka.common.errors.InvalidUpdateVersionException;
import org.apache.kafka.common.errors.NoReassignmentInProgressException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.message.EnvelopeRequestData;
import org.apache.kafka.common.message.EnvelopeResponseData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A controller and two brokers, each a node of its own: whatever a broker is asked that a controller decides is forwarded. */
@Timeout(60)
class ForwardingTest {
    private static final int CONTROLLER = 100;
    private static final ConfigResource ALL_BROKERS = new ConfigResource(ConfigResource.Type.BROKER, "");

    @TempDir
    private static Path directory;

    private static TestNodes nodes;
    private static Admin admin;

    @BeforeAll
    static void start() throws Exception {
        Map<String, String> racks = Map.of("offsets.topic.replication.factor", "1");
        nodes = new TestNodes(directory, List.of(CONTROLLER))
                .add(CONTROLLER, "controller", Map.of())
                .add(1, "broker", Map.of("broker.rack", "a"))
                .add(2, "broker", racks)
                .start(CONTROLLER, 1, 2);
        admin = nodes.admin(1);
    }

    @AfterAll
    static void stop() {
        admin.close();
        nodes.close();
    }

    @Test
    void topicsAreCreatedGrownAndDeleted() throws Exception {
        admin.createTopics(List.of(new NewTopic("t", 2, (short) 2))).all().get();
        awaitPartitions("t", 2);
        admin.createPartitions(Map.of("t", NewPartitions.increaseTo(4))).all().get();
        awaitPartitions("t", 4);
        assertThatThrownBy(() -> admin.createTopics(List.of(new NewTopic("t", 2, (short) 2)))
                        .all()
                        .get())
                .hasCauseInstanceOf(TopicExistsException.class);
        admin.deleteTopics(List.of("t")).all().get();
        awaitPartitions("t", 0);
    }

    /** On both brokers: the client asks whichever it likes. */
    private static void awaitPartitions(String topic, int count) throws Exception {
        for (int broker : List.of(1, 2)) {
            TestNodes.await("broker " + broker + " knows " + count + " partitions of " + topic, () -> {
                var described = nodes.metadataOf(broker).topics().find(topic);
                return (described == null ? 0 : described.partitions().size()) == count;
            });
        }
    }

    @Test
    void aTopicThatIsOnlyValidatedIsNotThere() throws Exception {
        admin.createTopics(List.of(new NewTopic("no", 1, (short) 1)), new CreateTopicsOptions().validateOnly(true))
                .all()
                .get();
        assertThat(admin.listTopics().names().get()).doesNotContain("no");
    }

    @Test
    void configurationsOfTopicsAndBrokersAreChanged() throws Exception {
        admin.createTopics(List.of(new NewTopic("c", 1, (short) 1))).all().get();
        var topic = new ConfigResource(ConfigResource.Type.TOPIC, "c");
        var broker = new ConfigResource(ConfigResource.Type.BROKER, "1");
        admin.incrementalAlterConfigs(Map.of(
                        topic,
                        List.of(set("retention.ms", "12345")),
                        broker,
                        List.of(set("log.retention.ms", "54321"))))
                .all()
                .get();
        TestNodes.await(
                "both are described so",
                () -> isSet(topic, "retention.ms", "12345") && isSet(broker, "log.retention.ms", "54321"));
        assertThatThrownBy(() -> admin.incrementalAlterConfigs(Map.of(topic, List.of(set("retention.ms", "never"))))
                        .all()
                        .get())
                .hasMessageContaining("never");
    }

    @Test
    void replicasAreReassigned() throws Exception {
        admin.createTopics(List.of(new NewTopic("r", Map.of(0, List.of(1)))))
                .all()
                .get();
        var partition = new TopicPartition("r", 0);
        admin.alterPartitionReassignments(Map.of(partition, Optional.of(new NewPartitionReassignment(List.of(1, 2)))))
                .all()
                .get();
        TestNodes.await("the new replica is in sync, and nothing is listed any more", () -> {
            var described = nodes.metadataOf(1).topics().find("r").partitions();
            return described.get(0).isrNodes().size() == 2
                    && admin.listPartitionReassignments().reassignments().get().isEmpty();
        });
        assertThatThrownBy(() -> admin.alterPartitionReassignments(Map.of(partition, Optional.empty()))
                        .all()
                        .get())
                .hasCauseInstanceOf(NoReassignmentInProgressException.class);
    }

    @Test
    void anElectionThatIsNotNeededIsRefused() throws Exception {
        admin.createTopics(List.of(new NewTopic("e", 1, (short) 1))).all().get();
        assertThatThrownBy(() -> admin.electLeaders(ElectionType.PREFERRED, Set.of(new TopicPartition("e", 0)))
                        .all()
                        .get())
                .hasCauseInstanceOf(ElectionNotNeededException.class);
    }

    @Test
    void featuresAreDescribedAndUpdated() throws Exception {
        var features = admin.describeFeatures().featureMetadata().get();
        assertThat(features.finalizedFeatures()).containsKey("metadata.version");
        var same = new FeatureUpdate((short) 1, FeatureUpdate.UpgradeType.UPGRADE);
        admin.updateFeatures(Map.of("group.version", same), new UpdateFeaturesOptions().validateOnly(true))
                .all()
                .get();
        var unknown = new FeatureUpdate((short) 99, FeatureUpdate.UpgradeType.UPGRADE);
        assertThatThrownBy(() -> admin.updateFeatures(Map.of("group.version", unknown), new UpdateFeaturesOptions())
                        .all()
                        .get())
                .hasCauseInstanceOf(InvalidUpdateVersionException.class);
    }

    @Test
    void theQuorumDescribesItselfToBrokersAndToControllers() throws Exception {
        var info = admin.describeMetadataQuorum().quorumInfo().get();
        assertThat(info.leaderId()).isEqualTo(CONTROLLER);
        assertThat(info.observers()).extracting(each -> each.replicaId()).contains(1, 2);
        try (Admin direct = nodes.controllerAdmin(CONTROLLER)) {
            assertThat(direct.describeMetadataQuorum().quorumInfo().get().leaderId())
                    .isEqualTo(CONTROLLER);
            var cluster = direct.describeCluster();
            assertThat(cluster.nodes().get()).extracting(Node::id).containsExactly(CONTROLLER);
            assertThat(cluster.controller().get().id()).isEqualTo(CONTROLLER);
            direct.incrementalAlterConfigs(Map.of(ALL_BROKERS, List.of(set("message.max.bytes", "777777"))))
                    .all()
                    .get();
        }
        TestNodes.await(
                "brokers see what a controller was asked for directly",
                () -> isSet(ALL_BROKERS, "message.max.bytes", "777777"));
    }

    @Test
    void brokersAreDescribedWithTheirRacks() throws Exception {
        var cluster = admin.describeCluster(new DescribeClusterOptions().includeFencedBrokers(true));
        assertThat(cluster.nodes().get()).extracting(Node::id).containsExactlyInAnyOrder(1, 2);
        assertThat(cluster.nodes().get())
                .filteredOn(node -> node.id() == 1)
                .singleElement()
                .satisfies(node -> assertThat(node.rack()).isEqualTo("a"));
        assertThat(cluster.clusterId().get()).isEqualTo(nodes.node(CONTROLLER).clusterId());
    }

    @Test
    void aBrokerThatIsGoneCanBeUnregistered() throws Exception {
        nodes.add(3, "broker", Map.of()).start(3);
        nodes.stop(3);
        admin.unregisterBroker(3).all().get();
        TestNodes.await(
                "it is not described any more",
                () ->
                        admin
                                .describeCluster(new DescribeClusterOptions().includeFencedBrokers(true))
                                .nodes()
                                .get()
                                .stream()
                                .noneMatch(node -> node.id() == 3));
    }

    @Test
    void bothBrokersGiveOutProducerIdsAndNoneTwice() throws Exception {
        var request = new InitProducerIdRequestData().setTransactionalId(null).setTransactionTimeoutMs(1_000);
        var ids = new java.util.HashSet<Long>();
        for (int i = 0; i < 20; i++) {
            var answer = TestNodes.ask(
                    nodes.portOf(1 + i % 2), ApiKeys.INIT_PRODUCER_ID, 4, request, new InitProducerIdResponseData());
            assertThat(Errors.forCode(answer.errorCode())).isEqualTo(Errors.NONE);
            assertThat(ids.add(answer.producerId())).isTrue();
        }
    }

    @Test
    void aControllerTellsTheVersionsOfAControllersListener() throws Exception {
        var answer = TestNodes.ask(
                nodes.controllerPortOf(CONTROLLER),
                ApiKeys.API_VERSIONS,
                3,
                new ApiVersionsRequestData().setClientSoftwareName("test").setClientSoftwareVersion("1"),
                new ApiVersionsResponseData());
        assertThat(answer.apiKeys())
                .extracting(ApiVersion::apiKey)
                .contains(ApiKeys.VOTE.id, ApiKeys.ENVELOPE.id, ApiKeys.BROKER_HEARTBEAT.id, ApiKeys.FETCH.id)
                .doesNotContain(ApiKeys.PRODUCE.id, ApiKeys.JOIN_GROUP.id);
    }

    @Test
    void anEnvelopeThatMakesNoSenseIsRefused() throws Exception {
        var nonsense = new EnvelopeRequestData()
                .setRequestData(java.nio.ByteBuffer.allocate(7))
                .setRequestPrincipal(new byte[] {1, 2, 3})
                .setClientHostAddress(new byte[] {127, 0, 0, 1});
        var answer = TestNodes.ask(
                nodes.controllerPortOf(CONTROLLER), ApiKeys.ENVELOPE, 0, nonsense, new EnvelopeResponseData());
        assertThat(Errors.forCode(answer.errorCode())).isEqualTo(Errors.PRINCIPAL_DESERIALIZATION_FAILURE);
    }

    private static boolean isSet(ConfigResource resource, String key, String value) throws Exception {
        ConfigEntry entry = admin.describeConfigs(List.of(resource))
                .all()
                .get()
                .get(resource)
                .get(key);
        return entry != null && value.equals(entry.value());
    }

    private static AlterConfigOp set(String key, String value) {
        return new AlterConfigOp(new ConfigEntry(key, value), OpType.SET);
    }
}

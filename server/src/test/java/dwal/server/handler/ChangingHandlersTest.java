package dwal.server.handler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dwal.coordinator.FakeConnection;
import dwal.environment.Clock;
import dwal.environment.StandardError;
import dwal.protocol.ApiTable;
import dwal.protocol.Handler;
import dwal.protocol.KeySpread;
import dwal.server.config.BrokerConfig;
import dwal.server.controller.ControllerApis;
import dwal.server.quota.ClientQuotas;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.TopicDeletionDisabledException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.ApiMessageType.ListenerType;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsTopic;
import org.apache.kafka.common.message.CreatePartitionsResponseData;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableReplicaAssignment;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopicConfig;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData.DeleteTopicState;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.message.UpdateFeaturesRequestData;
import org.apache.kafka.common.message.UpdateFeaturesRequestData.FeatureUpdateKey;
import org.apache.kafka.common.message.UpdateFeaturesResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The handlers that change metadata, against a real controller; all tests share it, each has topics of its own. */
@Timeout(60)
class ChangingHandlersTest {
    @TempDir
    static Path directory;

    private static TestCluster cluster;

    @BeforeAll
    static void start() throws Exception {
        cluster = new TestCluster(directory, Map.of());
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void createTopicsSaysWhatIsWrongWithEach(TestInfo test) throws Exception {
        String there = cluster.create(nameOf(test), 1);
        assertThat(cluster.create(TestCluster.topic(there))).isEqualTo(Errors.TOPIC_ALREADY_EXISTS);
        assertThat(cluster.create(TestCluster.topic("a b"))).isEqualTo(Errors.INVALID_TOPIC_EXCEPTION);
        assertThat(cluster.create(TestCluster.topic("none").setNumPartitions(0)))
                .isEqualTo(Errors.INVALID_PARTITIONS);
        assertThat(cluster.create(TestCluster.topic("three").setReplicationFactor((short) 3)))
                .isEqualTo(Errors.INVALID_REPLICATION_FACTOR);
        assertThat(cluster.create(TestCluster.topic(Topic.CLUSTER_METADATA_TOPIC_NAME)))
                .isEqualTo(Errors.INVALID_REQUEST);
    }

    @Test
    void createTopicsJudgesAssignmentsAndConfigs(TestInfo test) throws Exception {
        CreatableTopic assigned =
                TestCluster.topic(nameOf(test)).setNumPartitions(-1).setReplicationFactor((short) -1);
        assigned.assignments()
                .add(new CreatableReplicaAssignment().setPartitionIndex(0).setBrokerIds(List.of(77)));
        assertThat(cluster.create(assigned)).isEqualTo(Errors.INVALID_REPLICA_ASSIGNMENT);
        CreatableTopic configured = TestCluster.topic(nameOf(test));
        configured
                .configs()
                .add(new CreatableTopicConfig().setName("retention.ms").setValue("soon"));
        assertThat(cluster.create(configured)).isEqualTo(Errors.INVALID_CONFIG);
        assigned.assignments().clear();
        assigned.assignments()
                .add(new CreatableReplicaAssignment().setPartitionIndex(0).setBrokerIds(List.of(1)));
        assertThat(cluster.create(assigned)).isEqualTo(Errors.NONE);
    }

    @Test
    void createTopicsRefusesANameThatComesTwice(TestInfo test) throws Exception {
        var request = new CreateTopicsRequestData().setTimeoutMs(10_000);
        request.topics().mustAdd(TestCluster.topic(nameOf(test)));
        request.topics().mustAdd(TestCluster.topic(nameOf(test)));
        CreateTopicsResponseData answer = cluster.ask(ApiKeys.CREATE_TOPICS, 7, request);
        assertThat(answer.topics()).singleElement().satisfies(topic -> {
            assertThat(Errors.forCode(topic.errorCode())).isEqualTo(Errors.INVALID_REQUEST);
            assertThat(topic.errorMessage()).isEqualTo("Duplicate topic name.");
        });
        assertThat(cluster.has(nameOf(test))).isFalse();
    }

    @Test
    void createTopicsOnlyValidatesWhenAskedTo(TestInfo test) throws Exception {
        var request = new CreateTopicsRequestData().setTimeoutMs(10_000).setValidateOnly(true);
        request.topics().add(TestCluster.topic(nameOf(test)));
        CreateTopicsResponseData answer = cluster.ask(ApiKeys.CREATE_TOPICS, 7, request);
        assertThat(Errors.forCode(answer.topics().find(nameOf(test)).errorCode()))
                .isEqualTo(Errors.NONE);
        assertThat(cluster.has(nameOf(test))).isFalse();
    }

    @Test
    void createTopicsTellsWhatTheNewTopicIsLikeAndShowsItAtOnce(TestInfo test) throws Exception {
        var request = new CreateTopicsRequestData().setTimeoutMs(10_000);
        request.topics()
                .add(TestCluster.topic(nameOf(test)).setNumPartitions(-1).setReplicationFactor((short) -1));
        CreateTopicsResponseData answer = cluster.ask(ApiKeys.CREATE_TOPICS, 7, request);
        var created = answer.topics().find(nameOf(test));
        assertThat(created.numPartitions()).isEqualTo(1);
        assertThat(created.replicationFactor()).isEqualTo((short) 1);
        assertThat(created.configs())
                .anySatisfy(entry -> assertThat(entry.name()).isEqualTo("retention.ms"));
        assertThat(cluster.idOf(nameOf(test))).isEqualTo(created.topicId());
    }

    @Test
    void aTopicThatIsToBeCompactedIsCreatedAndTheLogTellsThatNothingIsCompacted(TestInfo test) throws Exception {
        String compacted = nameOf(test) + "-compacted";
        String log = StandardError.of(() -> {
            create(compacted, "compact,delete");
            create(nameOf(test) + "-deleted", "delete");
        });
        assertThat(cluster.has(compacted)).isTrue();
        assertThat(log.lines().filter(line -> line.contains("compact yet")))
                .singleElement()
                .asString()
                .contains("WARN", "Topic " + compacted, "cleanup.policy=compact");
    }

    private static void create(String topic, String cleanupPolicy) throws Exception {
        var request = new CreateTopicsRequestData().setTimeoutMs(10_000);
        var config = new CreatableTopicConfig().setName("cleanup.policy").setValue(cleanupPolicy);
        var wanted = TestCluster.topic(topic);
        wanted.configs().add(config);
        request.topics().add(wanted);
        CreateTopicsResponseData answer = cluster.ask(ApiKeys.CREATE_TOPICS, 7, request);
        assertThat(Errors.forCode(answer.topics().find(topic).errorCode())).isEqualTo(Errors.NONE);
    }

    @Test
    void createPartitionsAddsThem(TestInfo test) throws Exception {
        String topic = cluster.create(nameOf(test), 2);
        assertThat(grow(topic, 5)).isEqualTo(Errors.NONE);
        assertThat(cluster.metadata().image().topics().getTopic(topic).partitions())
                .hasSize(5);
        assertThat(grow(topic, 4)).isEqualTo(Errors.INVALID_PARTITIONS);
        assertThat(grow("absent", 4)).isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(grow(topic, 20_000)).isEqualTo(Errors.POLICY_VIOLATION);
        assertThat(grow(topic, Integer.MAX_VALUE))
                .as("which no heap would hold")
                .isEqualTo(Errors.POLICY_VIOLATION);
    }

    @Test
    void deleteTopicsTakesNamesAndIds(TestInfo test) throws Exception {
        String byName = cluster.create(nameOf(test) + "-name", 1);
        String byId = cluster.create(nameOf(test) + "-id", 1);
        assertThat(delete(named(byName), withId(cluster.idOf(byId)))).containsExactly(Errors.NONE, Errors.NONE);
        assertThat(cluster.has(byName)).isFalse();
        assertThat(cluster.has(byId)).isFalse();
    }

    @Test
    void deleteTopicsSaysWhatIsWrongWithEach(TestInfo test) throws Exception {
        String topic = cluster.create(nameOf(test), 1);
        assertThat(delete(named("absent"))).containsExactly(Errors.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(delete(withId(Uuid.randomUuid()))).containsExactly(Errors.UNKNOWN_TOPIC_ID);
        assertThat(delete(withId(Uuid.ZERO_UUID))).containsExactly(Errors.INVALID_REQUEST);
        assertThat(delete(named(topic), named(topic))).containsExactly(Errors.INVALID_REQUEST);
        assertThat(delete(named(topic), withId(cluster.idOf(topic)))).containsExactly(Errors.INVALID_REQUEST);
        assertThat(cluster.has(topic)).isTrue();
    }

    @Test
    void deleteTopicsIsRefusedWhenSwitchedOff() {
        assertThatThrownBy(() -> deleteSwitchedOff(6).toCompletableFuture().get())
                .hasCauseInstanceOf(TopicDeletionDisabledException.class);
        assertThatThrownBy(() -> deleteSwitchedOff(2).toCompletableFuture().get())
                .hasCauseInstanceOf(InvalidRequestException.class);
    }

    /** A table of 5,000 answers without a name takes a minute to build, and another one to read. */
    @Test
    @Timeout(30)
    void deleteTopicsTellsOfSomeIdsThatAreNotThere() throws Exception {
        DeleteTopicState[] unknown =
                IntStream.range(0, 5_000).mapToObj(i -> withId(new Uuid(1, i))).toArray(DeleteTopicState[]::new);

        assertThat(delete(unknown)).hasSize(KeySpread.FEW).containsOnly(Errors.UNKNOWN_TOPIC_ID);
    }

    @Test
    void initProducerIdGivesEachProducerAnIdOfItsOwn() throws Exception {
        InitProducerIdResponseData first = initProducerId(null);
        InitProducerIdResponseData second = initProducerId(null);
        assertThat(Errors.forCode(first.errorCode())).isEqualTo(Errors.NONE);
        assertThat(first.producerEpoch()).isZero();
        assertThat(second.producerId()).isNotEqualTo(first.producerId());
    }

    @Test
    void initProducerIdRefusesTransactions() throws Exception {
        InitProducerIdResponseData answer = initProducerId("tx");
        assertThat(Errors.forCode(answer.errorCode())).isEqualTo(Errors.UNSUPPORTED_VERSION);
        assertThat(answer.producerId()).isEqualTo(-1);
        assertThat(Errors.forCode(initProducerId("").errorCode())).isEqualTo(Errors.INVALID_REQUEST);
    }

    @Test
    void updateFeaturesLowersAndRaisesLevelsThatThisNodeSupports() throws Exception {
        assertThat(updateFeature(99, 1)).isEqualTo(Errors.INVALID_UPDATE_VERSION);
        assertThat(updateFeature(0, 3)).isEqualTo(Errors.NONE);
        assertThat(updateFeature(1, 1)).isEqualTo(Errors.NONE);
    }

    private static String nameOf(TestInfo test) {
        return test.getTestMethod().orElseThrow().getName();
    }

    private static Errors grow(String topic, int count) throws Exception {
        var request = new CreatePartitionsRequestData().setTimeoutMs(10_000);
        request.topics()
                .add(new CreatePartitionsTopic().setName(topic).setCount(count).setAssignments(null));
        CreatePartitionsResponseData answer = cluster.ask(ApiKeys.CREATE_PARTITIONS, 3, request);
        return Errors.forCode(answer.results().get(0).errorCode());
    }

    private static DeleteTopicState named(String topic) {
        return new DeleteTopicState().setName(topic);
    }

    private static DeleteTopicState withId(Uuid id) {
        return new DeleteTopicState().setName(null).setTopicId(id);
    }

    private static List<Errors> delete(DeleteTopicState... topics) throws Exception {
        var request = new DeleteTopicsRequestData().setTimeoutMs(10_000).setTopics(List.of(topics));
        DeleteTopicsResponseData answer = cluster.ask(ApiKeys.DELETE_TOPICS, 6, request);
        return answer.responses().stream()
                .map(topic -> Errors.forCode(topic.errorCode()))
                .toList();
    }

    @SuppressWarnings("unchecked")
    private static CompletionStage<DeleteTopicsResponseData> deleteSwitchedOff(int version) {
        ApiTable.Builder table = ApiTable.builder(ListenerType.CONTROLLER);
        new ControllerApis(
                        cluster.metadata(),
                        BrokerConfig.of(Map.of("delete.topic.enable", "false")),
                        ClientQuotas.none(),
                        Clock.system())
                .addTo(table, () -> ApiTable.builder().build(), 1 << 20);
        var handler = (Handler<DeleteTopicsRequestData>)
                table.build().entry(ApiKeys.DELETE_TOPICS).handler();
        return (CompletionStage<DeleteTopicsResponseData>) handler.handle(
                FakeConnection.request(ApiKeys.DELETE_TOPICS, version, "PLAINTEXT"),
                new DeleteTopicsRequestData().setTopicNames(List.of("t")));
    }

    private static InitProducerIdResponseData initProducerId(String transactionalId) throws Exception {
        var request = new InitProducerIdRequestData()
                .setTransactionalId(transactionalId)
                .setTransactionTimeoutMs(60_000);
        return cluster.ask(ApiKeys.INIT_PRODUCER_ID, 5, request);
    }

    private static Errors updateFeature(int level, int upgradeType) throws Exception {
        var request = new UpdateFeaturesRequestData().setTimeoutMs(10_000);
        request.featureUpdates()
                .add(new FeatureUpdateKey()
                        .setFeature("group.version")
                        .setMaxVersionLevel((short) level)
                        .setUpgradeType((byte) upgradeType));
        UpdateFeaturesResponseData answer = cluster.ask(ApiKeys.UPDATE_FEATURES, 2, request);
        return Errors.forCode(answer.errorCode());
    }
}

package dwal.server.handler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.DescribeQuorumResponseData;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData.TopicRequest;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.requests.DescribeQuorumRequest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Metadata and the Describe APIs against a real controller; all tests share it, each has topics of its own. */
@Timeout(60)
class DescribingHandlersTest {
    @TempDir
    static Path directory;

    private static TestCluster cluster;

    @BeforeAll
    static void start() throws Exception {
        cluster = new TestCluster(directory, Map.of("max.request.partition.size.limit", "5"));
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void metadataNamesTheBrokerByTheListenerAskedThrough() throws Exception {
        MetadataResponseData outside = metadata(13, "PLAINTEXT");
        assertThat(outside.brokers()).singleElement().satisfies(broker -> {
            assertThat(broker.host()).isEqualTo("127.0.0.1");
            assertThat(broker.port()).isEqualTo(19092);
        });
        assertThat(outside.clusterId()).isEqualTo(cluster.metadata().clusterId());
        assertThat(outside.controllerId()).isEqualTo(1);
        assertThat(metadata(13, "INSIDE").brokers())
                .singleElement()
                .satisfies(broker -> assertThat(broker.host()).isEqualTo("inside.example"));
        assertThat(metadata(13, "NOWHERE").brokers()).isEmpty();
    }

    @Test
    void metadataTellsOldAndNewClientsThatTheirListenerIsMissing(TestInfo test) throws Exception {
        String topic = cluster.create(nameOf(test), 1);
        assertThat(partitionError(metadata(5, "NOWHERE", named(topic)))).isEqualTo(Errors.LEADER_NOT_AVAILABLE);
        assertThat(partitionError(metadata(6, "NOWHERE", named(topic)))).isEqualTo(Errors.LISTENER_NOT_FOUND);
    }

    @Test
    void metadataCanBeWrittenInEachVersion(TestInfo test) throws Exception {
        String topic = cluster.create(nameOf(test), 2);
        for (short version = 0; version <= ApiKeys.METADATA.latestVersion(); version++) {
            MetadataResponseData answer = metadata(version, "PLAINTEXT", named(topic));
            assertThat(MessageUtil.toByteBufferAccessor(answer, version)
                            .buffer()
                            .remaining())
                    .isPositive();
            assertThat(only(answer).partitions()).hasSize(2).allSatisfy(partition -> {
                assertThat(partition.leaderId()).isEqualTo(1);
                assertThat(partition.isrNodes()).containsExactly(1);
                assertThat(partition.offlineReplicas()).isEmpty();
            });
        }
    }

    @Test
    void metadataOfAllTopicsIsAskedForByNullOrInVersion0ByNothing(TestInfo test) throws Exception {
        String topic = cluster.create(nameOf(test), 1);
        MetadataResponseData nothing = metadata(0, "PLAINTEXT");
        assertThat(nothing.topics()).extracting(MetadataResponseTopic::name).contains(topic);
        MetadataResponseData all = cluster.ask(ApiKeys.METADATA, 13, new MetadataRequestData().setTopics(null));
        assertThat(all.topics()).extracting(MetadataResponseTopic::name).contains(topic);
        assertThat(metadata(1, "PLAINTEXT").topics()).isEmpty();
    }

    @Test
    void metadataFindsTopicsByIdAndSaysWhichIdsItDoesNotKnow(TestInfo test) throws Exception {
        String topic = cluster.create(nameOf(test), 1);
        Uuid unknown = Uuid.randomUuid();
        MetadataResponseData answer = metadata(12, "PLAINTEXT", withId(cluster.idOf(topic)), withId(unknown));
        assertThat(answer.topics()).anySatisfy(found -> {
            assertThat(found.name()).isEqualTo(topic);
            assertThat(found.topicId()).isEqualTo(cluster.idOf(topic));
        });
        assertThat(answer.topics()).anySatisfy(missing -> {
            assertThat(missing.name()).isNull();
            assertThat(missing.topicId()).isEqualTo(unknown);
            assertThat(Errors.forCode(missing.errorCode())).isEqualTo(Errors.UNKNOWN_TOPIC_ID);
        });
    }

    @Test
    void metadataRefusesIdsBeforeVersion12() {
        assertThatThrownBy(() -> metadata(10, "PLAINTEXT", withId(Uuid.randomUuid())))
                .hasCauseInstanceOf(InvalidRequestException.class);
    }

    @Test
    void metadataCreatesTheTopicThatIsAskedFor(TestInfo test) throws Exception {
        MetadataResponseTopic created = only(metadata(13, "PLAINTEXT", named(nameOf(test))));
        assertThat(Errors.forCode(created.errorCode())).isEqualTo(Errors.NONE);
        assertThat(created.partitions()).hasSize(1);
        assertThat(created.topicId()).isEqualTo(cluster.idOf(nameOf(test)));
    }

    @Test
    void metadataCreatesNothingWhenTheClientDoesNotWantThat(TestInfo test) throws Exception {
        var request = new MetadataRequestData()
                .setTopics(List.of(named(nameOf(test))))
                .setAllowAutoTopicCreation(false);
        MetadataResponseTopic answer = only(cluster.ask(ApiKeys.METADATA, 13, request));
        assertThat(Errors.forCode(answer.errorCode())).isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(cluster.has(nameOf(test))).isFalse();
    }

    @Test
    void metadataOfANameThatNoTopicMayHaveIsAnError() throws Exception {
        MetadataResponseTopic answer = only(metadata(13, "PLAINTEXT", named("no/such")));
        assertThat(Errors.forCode(answer.errorCode())).isEqualTo(Errors.INVALID_TOPIC_EXCEPTION);
    }

    @Test
    void metadataTellsWhatMayBeDoneWhenAsked(TestInfo test) throws Exception {
        String topic = cluster.create(nameOf(test), 1);
        var request = new MetadataRequestData()
                .setTopics(List.of(named(topic)))
                .setIncludeTopicAuthorizedOperations(true)
                .setIncludeClusterAuthorizedOperations(true);
        MetadataResponseData answer = cluster.ask(ApiKeys.METADATA, 10, request);
        // Bits 3 to 8 (read, write, create, delete, alter, describe), 10 and 11 (describe and alter configs).
        assertThat(only(answer).topicAuthorizedOperations()).isEqualTo(0b1101_1111_1000);
        // Create, alter, describe, cluster action, describe and alter configs, idempotent write.
        assertThat(answer.clusterAuthorizedOperations()).isEqualTo(0b1_1111_1010_0000);
        assertThat(only(metadata(13, "PLAINTEXT", named(topic))).topicAuthorizedOperations())
                .isEqualTo(Integer.MIN_VALUE);
    }

    @Test
    void theOffsetsTopicIsCreatedAsItsCoordinatorNeedsIt() throws Exception {
        cluster.metadataApis().createOffsetsTopic();
        cluster.metadataApis().createOffsetsTopic();
        String name = Topic.GROUP_METADATA_TOPIC_NAME;
        var image = cluster.metadata()
                .await(now -> now.topics().getTopic(name) != null)
                .get(10, TimeUnit.SECONDS);
        assertThat(image.topics().getTopic(name).partitions())
                .hasSize(cluster.config().getInt("offsets.topic.num.partitions"));
        assertThat(image.configs().configProperties(new ConfigResource(ConfigResource.Type.TOPIC, name)))
                .containsEntry("cleanup.policy", "compact")
                .containsEntry("compression.type", "producer")
                .containsEntry("segment.bytes", "104857600");
        assertThat(only(metadata(13, "PLAINTEXT", named(name))).isInternal()).isTrue();
    }

    @Test
    void describeTopicPartitionsGoesOnFromItsCursor(TestInfo test) throws Exception {
        String first = cluster.create(nameOf(test) + "-a", 4);
        String second = cluster.create(nameOf(test) + "-b", 3);
        var request = new DescribeTopicPartitionsRequestData().setTopics(asked(second, first));
        DescribeTopicPartitionsResponseData page = cluster.ask(ApiKeys.DESCRIBE_TOPIC_PARTITIONS, 0, request);
        // The server's limit is five partitions.
        assertThat(page.topics()).extracting(topic -> topic.partitions().size()).containsExactly(4, 1);
        assertThat(page.nextCursor().topicName()).isEqualTo(second);
        assertThat(page.nextCursor().partitionIndex()).isEqualTo(1);

        request.setCursor(new DescribeTopicPartitionsRequestData.Cursor()
                .setTopicName(second)
                .setPartitionIndex(1));
        DescribeTopicPartitionsResponseData rest = cluster.ask(ApiKeys.DESCRIBE_TOPIC_PARTITIONS, 0, request);
        assertThat(rest.topics())
                .singleElement()
                .satisfies(topic -> assertThat(topic.partitions())
                        .extracting(partition -> partition.partitionIndex())
                        .containsExactly(1, 2));
        assertThat(rest.nextCursor()).isNull();
    }

    @Test
    void describeTopicPartitionsPutsTheCursorBeforeTheTopicThatNoRoomIsLeftFor(TestInfo test) throws Exception {
        String first = cluster.create(nameOf(test) + "-a", 2);
        String second = cluster.create(nameOf(test) + "-b", 1);
        var request = new DescribeTopicPartitionsRequestData()
                .setResponsePartitionLimit(2)
                .setTopics(asked(first, second));
        DescribeTopicPartitionsResponseData page = cluster.ask(ApiKeys.DESCRIBE_TOPIC_PARTITIONS, 0, request);
        assertThat(page.topics()).hasSize(1);
        assertThat(page.nextCursor().topicName()).isEqualTo(second);
        assertThat(page.nextCursor().partitionIndex()).isZero();
    }

    @Test
    void describeTopicPartitionsRefusesACursorBesideItsTopics() {
        var request = new DescribeTopicPartitionsRequestData()
                .setTopics(asked("a"))
                .setCursor(new DescribeTopicPartitionsRequestData.Cursor().setTopicName("b"));
        assertThatThrownBy(() -> cluster.ask(ApiKeys.DESCRIBE_TOPIC_PARTITIONS, 0, request))
                .hasCauseInstanceOf(InvalidRequestException.class);
    }

    @Test
    void describeTopicPartitionsSaysWhichTopicIsNotThere() throws Exception {
        var request = new DescribeTopicPartitionsRequestData().setTopics(asked("absent", "?"));
        DescribeTopicPartitionsResponseData answer = cluster.ask(ApiKeys.DESCRIBE_TOPIC_PARTITIONS, 0, request);
        assertThat(answer.topics())
                .extracting(topic -> Errors.forCode(topic.errorCode()))
                .containsExactlyInAnyOrder(Errors.UNKNOWN_TOPIC_OR_PARTITION, Errors.INVALID_TOPIC_EXCEPTION);
    }

    @Test
    void describeClusterNamesBrokersAndDoesNotSpeakForControllers() throws Exception {
        DescribeClusterResponseData answer = cluster.ask(ApiKeys.DESCRIBE_CLUSTER, 2, new DescribeClusterRequestData());
        assertThat(answer.clusterId()).isEqualTo(cluster.metadata().clusterId());
        assertThat(answer.controllerId()).isEqualTo(1);
        assertThat(answer.brokers())
                .singleElement()
                .satisfies(broker -> assertThat(broker.isFenced()).isFalse());
        DescribeClusterResponseData refused =
                cluster.ask(ApiKeys.DESCRIBE_CLUSTER, 1, new DescribeClusterRequestData().setEndpointType((byte) 2));
        assertThat(Errors.forCode(refused.errorCode())).isEqualTo(Errors.MISMATCHED_ENDPOINT_TYPE);
        assertThat(refused.errorMessage()).contains("endpoint of type BROKER");
    }

    @Test
    void describeQuorumNamesTheOneVoterInEachVersion() throws Exception {
        for (short version = 0; version <= ApiKeys.DESCRIBE_QUORUM.latestVersion(); version++) {
            DescribeQuorumResponseData answer = cluster.ask(
                    ApiKeys.DESCRIBE_QUORUM,
                    version,
                    DescribeQuorumRequest.singletonRequest(Topic.CLUSTER_METADATA_TOPIC_PARTITION));
            assertThat(Errors.forCode(answer.errorCode())).isEqualTo(Errors.NONE);
            var partition = answer.topics().get(0).partitions().get(0);
            assertThat(partition.leaderId()).isEqualTo(1);
            assertThat(partition.currentVoters()).hasSize(1);
            assertThat(MessageUtil.toByteBufferAccessor(answer, version)
                            .buffer()
                            .remaining())
                    .isPositive();
        }
    }

    private static String nameOf(TestInfo test) {
        return test.getTestMethod().orElseThrow().getName();
    }

    private static MetadataRequestTopic named(String topic) {
        return new MetadataRequestTopic().setName(topic);
    }

    private static MetadataRequestTopic withId(Uuid id) {
        return new MetadataRequestTopic().setName(null).setTopicId(id);
    }

    private static List<TopicRequest> asked(String... topics) {
        return List.of(topics).stream()
                .map(name -> new TopicRequest().setName(name))
                .toList();
    }

    private static MetadataResponseTopic only(MetadataResponseData answer) {
        assertThat(answer.topics()).hasSize(1);
        return answer.topics().iterator().next();
    }

    private static Errors partitionError(MetadataResponseData answer) {
        return Errors.forCode(only(answer).partitions().get(0).errorCode());
    }

    private static MetadataResponseData metadata(int version, String listener, MetadataRequestTopic... topics)
            throws Exception {
        var request = new MetadataRequestData().setTopics(List.of(topics)).setAllowAutoTopicCreation(true);
        return cluster.ask(ApiKeys.METADATA, version, listener, request);
    }
}

package dwal.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.SecurityDisabledException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * ACLs from where they are written to the clients that feel them, on a real node with real clients. What no ACL is about is
 * open to all, so that those of one test keep nobody from writing those of the next.
 */
class AuthorisationTest {
    private static final String HERE = "127.0.0.1";
    private static final String ELSEWHERE = "192.0.2.7";

    @TempDir
    static Path directory;

    private static TestNodes nodes;
    private static Admin admin;

    @BeforeAll
    static void start() throws Exception {
        nodes = new TestNodes(directory, List.of(1))
                .add(
                        1,
                        "broker,controller",
                        Map.of(
                                "authorizer.class.name",
                                "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                                "allow.everyone.if.no.acl.found",
                                "true",
                                "group.initial.rebalance.delay.ms",
                                "0",
                                "offsets.topic.num.partitions",
                                "1"))
                .start(1);
        admin = nodes.admin(1);
    }

    @AfterAll
    static void stop() {
        admin.close();
        nodes.close();
    }

    @AfterEach
    void takeAwayAllAcls() throws Exception {
        get(admin.deleteAcls(List.of(AclBindingFilter.ANY)).all());
    }

    @Test
    void aProducerIsRefusedUntilAnAclAllowsItToWrite() throws Exception {
        create("orders");
        allow(ResourceType.TOPIC, "orders", AclOperation.WRITE, ELSEWHERE);
        try (var producer = producer()) {
            assertThatThrownBy(() -> send(producer, "orders"))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(TopicAuthorizationException.class);
        }
        allow(ResourceType.TOPIC, "orders", AclOperation.WRITE, HERE);
        try (var producer = producer()) {
            assertThat(send(producer, "orders")).isZero();
        }
        assertThat(get(admin.describeAcls(AclBindingFilter.ANY).values()))
                .extracting(acl -> acl.entry().host())
                .containsExactlyInAnyOrder(HERE, ELSEWHERE);
    }

    @Test
    void aConsumerIsRefusedInTheMiddleOfItsSession() throws Exception {
        create("news");
        try (var producer = producer();
                var consumer = consumer("readers")) {
            send(producer, "news");
            consumer.assign(List.of(new TopicPartition("news", 0)));
            consumer.seekToBeginning(consumer.assignment());
            int read = 0;
            while (read < 1) {
                read += consumer.poll(Duration.ofMillis(100)).count();
            }
            allow(ResourceType.TOPIC, "news", AclOperation.READ, ELSEWHERE);
            assertThatThrownBy(() -> {
                        while (true) {
                            consumer.poll(Duration.ofMillis(100));
                        }
                    })
                    .isInstanceOf(TopicAuthorizationException.class);
            allow(ResourceType.TOPIC, "news", AclOperation.ALL, HERE);
            send(producer, "news");
            while (read < 2) {
                read += pollOrRefused(consumer);
            }
        }
    }

    private static int pollOrRefused(KafkaConsumer<byte[], byte[]> consumer) {
        try {
            return consumer.poll(Duration.ofMillis(100)).count();
        } catch (TopicAuthorizationException e) {
            return 0; // of an answer that was on its way
        }
    }

    @Test
    void aGroupIsForThoseWhoMayReadAsIt() throws Exception {
        create("tasks");
        var offsets = Map.of(new TopicPartition("tasks", 0), new OffsetAndMetadata(0));
        get(admin.alterConsumerGroupOffsets("workers", offsets).all());
        allow(ResourceType.GROUP, "workers", AclOperation.READ, ELSEWHERE);
        try (var consumer = consumer("workers")) {
            consumer.subscribe(List.of("tasks"));
            assertThatThrownBy(() -> consumer.poll(Duration.ofSeconds(20)))
                    .isInstanceOf(GroupAuthorizationException.class);
        }
        assertThat(causeOf(admin.describeConsumerGroups(List.of("workers")).all()))
                .isInstanceOf(GroupAuthorizationException.class);
        assertThat(causeOf(admin.deleteConsumerGroups(List.of("workers")).all()))
                .isInstanceOf(GroupAuthorizationException.class);
        allow(ResourceType.CLUSTER, "kafka-cluster", AclOperation.ALTER, HERE);
        get(admin.createAcls(List.of(new AclBinding(
                        new ResourcePattern(ResourceType.CLUSTER, "kafka-cluster", PatternType.LITERAL),
                        new AccessControlEntry("User:ANONYMOUS", HERE, AclOperation.DESCRIBE, AclPermissionType.DENY))))
                .all());
        assertThat(get(admin.listGroups().all()))
                .as("without DESCRIBE on the cluster those groups that may be seen")
                .noneMatch(group -> group.groupId().equals("workers"));
    }

    @Test
    void topicsThatMayNotBeSeenAreLeftOutOfLists() throws Exception {
        create("open");
        create("secret");
        allow(ResourceType.TOPIC, "secret", AclOperation.ALL, ELSEWHERE);
        assertThat(get(admin.listTopics().names())).contains("open").doesNotContain("secret");
        assertThat(causeOf(admin.describeTopics(List.of("secret")).allTopicNames()))
                .isInstanceOf(TopicAuthorizationException.class);
        allow(ResourceType.TOPIC, "absent", AclOperation.ALL, ELSEWHERE);
        assertThat(causeOf(admin.describeTopics(List.of("absent")).allTopicNames()))
                .as("nor is it told that there is none")
                .isInstanceOf(TopicAuthorizationException.class);
        assertThat(causeOf(admin.createTopics(List.of(new NewTopic("absent", 1, (short) 1)))
                        .all()))
                .as("CREATE on the cluster is enough")
                .isNull();
        assertThat(causeOf(admin.deleteTopics(List.of("secret")).all()))
                .as("DELETE on the cluster, too")
                .isNull();
    }

    @Test
    void whatIsAllowedIsToldAsABitField() throws Exception {
        create("fields");
        allow(ResourceType.TOPIC, "fields", AclOperation.WRITE, HERE);
        var described = get(
                admin.describeTopics(List.of("fields"), new DescribeTopicsOptions().includeAuthorizedOperations(true))
                        .allTopicNames());
        assertThat(described.get("fields").authorizedOperations())
                .isEqualTo(Set.of(AclOperation.WRITE, AclOperation.DESCRIBE));
        allow(ResourceType.CLUSTER, "kafka-cluster", AclOperation.ALTER, HERE);
        assertThat(get(admin.describeCluster(new DescribeClusterOptions().includeAuthorizedOperations(true))
                        .authorizedOperations()))
                .isEqualTo(Set.of(AclOperation.ALTER, AclOperation.DESCRIBE));
    }

    @Test
    void theClusterIsChangedByThoseWhoMay() throws Exception {
        create("settled");
        allow(ResourceType.CLUSTER, "kafka-cluster", AclOperation.ALTER, HERE);
        allow(ResourceType.TOPIC, "settled", AclOperation.READ, HERE);
        assertThat(causeOf(admin.createTopics(List.of(new NewTopic("new", 1, (short) 1)))
                        .all()))
                .as("CREATE on the topic, of which no ACL says anything")
                .isNull();
        assertThat(causeOf(admin.deleteTopics(List.of("settled")).all()))
                .isInstanceOf(TopicAuthorizationException.class);
        assertThat(causeOf(
                        admin.deleteRecords(Map.of(new TopicPartition("settled", 0), RecordsToDelete.beforeOffset(0)))
                                .all()))
                .isInstanceOf(TopicAuthorizationException.class);
        assertThat(causeOf(admin.describeConfigs(List.of(new ConfigResource(ConfigResource.Type.TOPIC, "settled")))
                        .all()))
                .isInstanceOf(TopicAuthorizationException.class);
        assertThat(causeOf(admin.describeConfigs(List.of(new ConfigResource(ConfigResource.Type.BROKER, "1")))
                        .all()))
                .isInstanceOf(ClusterAuthorizationException.class);
        assertThat(causeOf(admin.describeMetadataQuorum().quorumInfo()))
                .as("ALTER is enough to DESCRIBE")
                .isNull();
        ListOffsetsResult offsets = admin.listOffsets(Map.of(new TopicPartition("settled", 0), OffsetSpec.latest()));
        assertThat(get(offsets.all())).isNotEmpty();
    }

    @Test
    void nobodyFetchesAsAFollowerWhoMayNotActAsTheCluster() throws Exception {
        create("copied");
        allow(ResourceType.CLUSTER, "kafka-cluster", AclOperation.ALTER, HERE);
        var request = new FetchRequestData()
                .setReplicaState(new FetchRequestData.ReplicaState().setReplicaId(2))
                .setMaxWaitMs(0)
                .setMaxBytes(1000)
                .setTopics(List.of(new FetchRequestData.FetchTopic()
                        .setTopicId(get(admin.describeTopics(List.of("copied")).allTopicNames())
                                .get("copied")
                                .topicId())
                        .setPartitions(List.of(new FetchRequestData.FetchPartition()
                                .setPartition(0)
                                .setPartitionMaxBytes(1000)))));
        FetchResponseData answer = TestNodes.ask(nodes.portOf(1), ApiKeys.FETCH, 16, request, new FetchResponseData());
        assertThat(answer.responses().get(0).partitions().get(0).errorCode())
                .isEqualTo(Errors.TOPIC_AUTHORIZATION_FAILED.code());
    }

    @Test
    void aTopicIsCreatedByAskingOnlyForThoseWhoMayCreateIt() throws Exception {
        allow(ResourceType.CLUSTER, "kafka-cluster", AclOperation.ALTER, HERE);
        allow(ResourceType.TOPIC, "asked-for", AclOperation.WRITE, HERE);
        try (var producer = producer()) {
            assertThatThrownBy(() -> send(producer, "asked-for")).hasCauseInstanceOf(TopicAuthorizationException.class);
        }
        allow(ResourceType.TOPIC, "asked-for", AclOperation.CREATE, HERE);
        try (var producer = producer()) {
            assertThat(send(producer, "asked-for")).isZero();
        }
    }

    @Test
    void aBrokerPassesRequestsOnInTheNameOfTheClient(@TempDir Path apart) throws Exception {
        Map<String, String> settings = Map.of(
                "authorizer.class.name",
                "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                "allow.everyone.if.no.acl.found",
                "true");
        try (var two = new TestNodes(apart, List.of(1))
                        .add(1, "controller", settings)
                        .add(2, "broker", settings)
                        .start(1, 2);
                Admin client = two.admin(2)) {
            // What the broker needs, and what it takes to write ACLs; nobody is as good as his node.
            get(client.createAcls(List.of(
                            acl(ResourceType.CLUSTER, "kafka-cluster", AclOperation.CLUSTER_ACTION, HERE),
                            acl(ResourceType.CLUSTER, "kafka-cluster", AclOperation.ALTER, HERE),
                            acl(ResourceType.TOPIC, "mine", AclOperation.CREATE, HERE),
                            acl(ResourceType.TOPIC, "theirs", AclOperation.CREATE, ELSEWHERE)))
                    .all());
            // Both nodes come to know of it a moment after it is accepted.
            TestNodes.await("theirs is refused", () -> !mayCreate(client, "theirs"));
            assertThat(causeOf(client.createTopics(List.of(new NewTopic("theirs", 1, (short) 1)))
                            .all()))
                    .isInstanceOf(TopicAuthorizationException.class);
            get(client.createTopics(List.of(new NewTopic("mine", 1, (short) 1))).all());
            get(client.deleteAcls(List.of(AclBindingFilter.ANY)).all());
            TestNodes.await("theirs is allowed", () -> mayCreate(client, "theirs"));
            get(client.createTopics(List.of(new NewTopic("theirs", 1, (short) 1)))
                    .all());
        }
    }

    /** Asks without making it. */
    private static boolean mayCreate(Admin client, String topic) throws Exception {
        var asked = client.createTopics(
                List.of(new NewTopic(topic, 1, (short) 1)), new CreateTopicsOptions().validateOnly(true));
        try {
            get(asked.all());
            return true;
        } catch (ExecutionException e) {
            assertThat(e).hasCauseInstanceOf(TopicAuthorizationException.class);
            return false;
        }
    }

    @Test
    void superUsersMayAllAndVotersVoteBeforeThereIsAnyAcl(@TempDir Path apart) throws Exception {
        Map<String, String> settings = Map.of(
                "authorizer.class.name",
                "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                "super.users",
                "User:admin;User:ANONYMOUS",
                "default.replication.factor",
                "2");
        try (var two = new TestNodes(apart, List.of(1, 2))
                        .add(1, "broker,controller", settings)
                        .add(2, "broker,controller", settings)
                        .start(1, 2);
                Admin client = two.admin(2)) {
            get(client.createTopics(List.of(new NewTopic("copied", 1, (short) 2)))
                    .all());
            TestNodes.await(
                    "both have it",
                    () -> get(client.describeTopics(List.of("copied")).allTopicNames())
                                    .get("copied")
                                    .partitions()
                                    .get(0)
                                    .isr()
                                    .size()
                            == 2);
        }
    }

    @Test
    void withoutAnAuthorizerThereAreNoAcls(@TempDir Path plain) throws Exception {
        try (var open = new TestNodes(plain, List.of(1))
                        .add(1, "broker,controller", Map.of())
                        .start(1);
                Admin client = open.admin(1)) {
            assertThat(causeOf(client.describeAcls(AclBindingFilter.ANY).values()))
                    .isInstanceOf(SecurityDisabledException.class);
            assertThat(causeOf(client.createAcls(List.of(acl(ResourceType.TOPIC, "t", AclOperation.READ, HERE)))
                            .all()))
                    .isInstanceOf(SecurityDisabledException.class);
            assertThat(causeOf(client.deleteAcls(List.of(AclBindingFilter.ANY)).all()))
                    .isInstanceOf(SecurityDisabledException.class);
        }
    }

    // ---- how it is said

    private static void create(String topic) throws Exception {
        get(admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all());
    }

    private static AclBinding acl(ResourceType type, String name, AclOperation operation, String host) {
        return new AclBinding(
                new ResourcePattern(type, name, PatternType.LITERAL),
                new AccessControlEntry("User:ANONYMOUS", host, operation, AclPermissionType.ALLOW));
    }

    private static void allow(ResourceType type, String name, AclOperation operation, String host) throws Exception {
        get(admin.createAcls(List.of(acl(type, name, operation, host))).all());
    }

    private static <T> T get(KafkaFuture<T> future) throws Exception {
        return future.get(30, TimeUnit.SECONDS);
    }

    /** Why it failed; null if it did not. */
    private static Throwable causeOf(KafkaFuture<?> future) throws Exception {
        try {
            future.get(30, TimeUnit.SECONDS);
            return null;
        } catch (ExecutionException e) {
            return e.getCause();
        }
    }

    private static KafkaProducer<byte[], byte[]> producer() {
        return new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrap(), "linger.ms", 0),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    private static long send(KafkaProducer<byte[], byte[]> producer, String topic) throws Exception {
        return producer.send(new ProducerRecord<>(topic, 0, null, new byte[10]))
                .get(30, TimeUnit.SECONDS)
                .offset();
    }

    private static KafkaConsumer<byte[], byte[]> consumer(String group) {
        Map<String, Object> settings = new HashMap<>();
        settings.put("bootstrap.servers", bootstrap());
        settings.put("group.id", group);
        settings.put("fetch.max.wait.ms", 100);
        return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private static String bootstrap() {
        return nodes.node(1).clientAddress().orElseThrow();
    }
}

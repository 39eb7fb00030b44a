package dwal.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dwal.gateway.OpenNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Topics, groups and the cluster over HTTP, held against Kafka's own Admin client. */
class AdminTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    static Path data;

    private static OpenNode node;
    private static Admin admin;

    @BeforeAll
    static void start() throws IOException {
        node = OpenNode.alone(data, Map.of());
        admin = Admin.create(Map.of("bootstrap.servers", node.kafka()));
    }

    @AfterAll
    static void stop() {
        admin.close();
        node.close();
    }

    private static JsonNode ask(int status, String method, String path, String body) {
        HttpResponse<String> answer = node.http(method, path, body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        try {
            return JSON.readTree(answer.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode get(String path) {
        return ask(200, "GET", path, "");
    }

    private static JsonNode named(JsonNode array, String field, String value) {
        return StreamSupport.stream(array.spliterator(), false)
                .filter(one -> one.get(field).asText().equals(value))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + value + " in " + array));
    }

    @Test
    void aTopicIsCreatedDescribedAndDeleted() throws Exception {
        JsonNode created = ask(
                201,
                "POST",
                "/topics",
                "{\"name\": \"made\", \"partitions\": 3, \"configs\": {\"cleanup.policy\": \"compact\"}}");
        ask(200, "POST", "/topics/made/records", "{\"key\": {\"string\": \"k\"}, \"partition\": 1}");

        var byKafka =
                admin.describeTopics(List.of("made")).allTopicNames().get().get("made");
        assertThat(created.get("id").asText()).isEqualTo(byKafka.topicId().toString());
        JsonNode told = get("/topics/made");
        assertThat(told.get("partitions")).hasSize(3);
        JsonNode second = told.get("partitions").get(1);
        assertThat(second.toString())
                .startsWith("{\"partition\":1,\"leader\":1,\"leaderEpoch\":0,\"replicas\":[1],\"inSyncReplicas\":[1],"
                        + "\"logStartOffset\":0,\"highWatermark\":1,\"sizeBytes\":");
        assertThat(second.get("sizeBytes").asLong()).isPositive();
        assertThat(told.get("partitions").get(0).get("sizeBytes").asLong()).isZero();
        assertThat(named(get("/topics").get("topics"), "name", "made").toString())
                .isEqualTo("{\"name\":\"made\",\"id\":\"" + byKafka.topicId()
                        + "\",\"internal\":false,\"partitions\":3,\"replicationFactor\":1,"
                        + "\"underReplicatedPartitions\":0,\"leaderlessPartitions\":0}");

        assertThat(node.http("DELETE", "/topics/made", "").statusCode()).isEqualTo(204);
        ask(404, "GET", "/topics/made", "");
        assertThat(admin.listTopics().names().get()).doesNotContain("made");
    }

    @Test
    void configurationsAreReadAndChanged() throws Exception {
        ask(201, "POST", "/topics", "{\"name\": \"set\", \"configs\": {\"segment.bytes\": \"2000000\"}}");
        JsonNode before = named(get("/topics/set/configs").get("configs"), "name", "segment.bytes");
        assertThat(before.get("value").asText()).isEqualTo("2000000");
        assertThat(before.get("source").asText()).isEqualTo("DYNAMIC_TOPIC_CONFIG");
        assertThat(before.get("isDefault").asBoolean()).isFalse();
        assertThat(before.get("type").asText()).isEqualTo("INT");
        assertThat(before.get("defaultValue").asText()).isEqualTo("1073741824");

        JsonNode after = ask(
                        200,
                        "PATCH",
                        "/topics/set/configs",
                        "{\"configs\": {\"segment.bytes\": null, \"max.message.bytes\": \"5000\"}}")
                .get("configs");
        assertThat(named(after, "name", "segment.bytes").get("isDefault").asBoolean())
                .isTrue();
        assertThat(named(after, "name", "max.message.bytes").get("value").asText())
                .isEqualTo("5000");

        JsonNode ofBroker = get("/brokers/1/configs").get("configs");
        assertThat(named(ofBroker, "name", "dwal.http.listener").get("source").asText())
                .isEqualTo("STATIC_BROKER_CONFIG");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "POST|/topics|{}|400|name is missing",
                "POST|/topics|{\"name\": \"a b\"}|400|INVALID_TOPIC_EXCEPTION",
                "POST|/topics|{\"name\": \"x\", \"partitions\": 0}|400|partitions is 0",
                "POST|/topics|{\"name\": \"x\", \"replicationFactor\": 3}|400|INVALID_REPLICATION_FACTOR",
                "POST|/topics|{\"name\": \"x\", \"configs\": {\"no.such.config\": \"1\"}}|400|no.such.config",
                "POST|/topics|{\"name\": \"x\", \"configs\": {\"retention.ms\": 1}}|400|configs/retention.ms is not a string",
                "POST|/topics|{\"title\": \"x\"}|400|title is not a field",
                "GET|/topics?x=1|``|400|no parameter",
                "GET|/topics/none|``|404|There is no topic none",
                "DELETE|/topics/none|``|404|There is no topic none",
                "GET|/topics/none/configs|``|404|UNKNOWN_TOPIC_OR_PARTITION",
                "PATCH|/topics/none/configs|{\"configs\": {\"retention.ms\": \"1\"}}|404|UNKNOWN_TOPIC_OR_PARTITION",
                "PATCH|/topics/none/configs|{}|400|nothing to change",
                "GET|/groups/none|``|404|no group none",
                "GET|/brokers/9/configs|``|404|no broker 9",
                "GET|/brokers/x/configs|``|400|numbers",
            })
    void requestsThatMakeNoSenseAreTold(String method, String path, String body, String status, String reason) {
        HttpResponse<String> answer = node.http(method, path, body);

        assertThat("" + answer.statusCode()).as(answer.body()).matches(status);
        assertThat(answer.headers().firstValue("content-type")).hasValue("application/problem+json");
        assertThat(answer.body()).contains(reason);
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "consumer"})
    void aGroupIsDescribedWithItsLag(String protocol) {
        String topic = "read-" + protocol;
        ask(201, "POST", "/topics", "{\"name\": \"" + topic + "\", \"partitions\": 2}");
        long past = System.currentTimeMillis() - 100_000;
        for (int i = 0; i < 5; i++) {
            ask(200, "POST", "/topics/" + topic + "/records", "{\"partition\": 0, \"timestamp\": " + (past + i) + "}");
        }
        Map<String, Object> settings = Map.of(
                "bootstrap.servers",
                node.kafka(),
                "group.id",
                protocol,
                "client.id",
                "reader",
                "group.protocol",
                protocol,
                "auto.offset.reset",
                "earliest",
                "enable.auto.commit",
                false);
        try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of(topic));
            OpenNode.await(
                    "records come", () -> !consumer.poll(Duration.ofMillis(100)).isEmpty());
            consumer.commitSync(Map.of(new TopicPartition(topic, 0), new OffsetAndMetadata(2)));

            JsonNode group = get("/groups/" + protocol);
            assertThat(group.get("type").asText()).isEqualToIgnoringCase(protocol);
            assertThat(group.get("state").asText()).isEqualTo("Stable");
            assertThat(group.get("coordinator").asInt()).isEqualTo(1);
            assertThat(group.get("lag").asLong()).isEqualTo(3);
            JsonNode member = group.get("members").get(0);
            assertThat(member.get("clientId").asText()).isEqualTo("reader");
            assertThat(member.get("partitions")).hasSize(2);
            JsonNode first = group.get("partitions").get(0);
            assertThat(first.get("committedOffset").asLong()).isEqualTo(2);
            assertThat(first.get("highWatermark").asLong()).isEqualTo(5);
            assertThat(first.get("lag").asLong()).isEqualTo(3);
            assertThat(first.get("lagSeconds").asDouble()).isBetween(99.0, 300.0);
            assertThat(first.get("memberId").asText())
                    .isEqualTo(member.get("memberId").asText());
            assertThat(group.get("partitions").get(1).get("committedOffset").isNull())
                    .isTrue();

            consumer.commitSync(Map.of(new TopicPartition(topic, 0), new OffsetAndMetadata(5)));
            JsonNode done = get("/groups/" + protocol);
            assertThat(done.get("lag").asLong()).isZero();
            assertThat(done.get("partitions").get(0).get("lagSeconds").asDouble())
                    .isZero();
        }
        assertThat(named(get("/groups").get("groups"), "group", protocol)
                        .get("protocolType")
                        .asText())
                .isEqualTo("consumer");
    }

    @Test
    void theClusterIsDescribed() {
        ask(201, "POST", "/topics", "{\"name\": \"there\", \"partitions\": 2}");

        JsonNode cluster = get("/cluster");
        assertThat(cluster.get("nodeId").asInt()).isEqualTo(1);
        assertThat(cluster.get("controllerId").asInt()).isEqualTo(1);
        assertThat(cluster.get("version").asText()).isNotEqualTo("unknown");
        assertThat(cluster.get("leaderlessPartitions").asInt()).isZero();
        JsonNode broker = cluster.get("brokers").get(0);
        assertThat(broker.get("host").asText() + ":" + broker.get("port").asInt())
                .isEqualTo(node.kafka());
        assertThat(broker.get("fenced").asBoolean()).isFalse();
        assertThat(broker.get("leaders").asInt())
                .isEqualTo(cluster.get("partitions").asInt())
                .isGreaterThanOrEqualTo(2);
        assertThat(broker.get("diskTotalBytes").asLong())
                .isGreaterThan(broker.get("diskUsableBytes").asLong());
    }
}

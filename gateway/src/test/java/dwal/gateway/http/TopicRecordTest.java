package dwal.gateway.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dwal.gateway.OpenNode;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TopicRecordTest {
    @TempDir
    static Path data;

    private static OpenNode node;

    @BeforeAll
    static void start() throws Exception {
        node = OpenNode.alone(data, Map.of("dwal.gateway.max.request.bytes", "200000"));
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", node.kafka()))) {
            admin.createTopics(List.of(
                            new NewTopic("seven", 7, (short) 1),
                            new NewTopic("two", 2, (short) 1).configs(Map.of("max.message.bytes", "1000")),
                            new NewTopic("beside", 1, (short) 1),
                            new NewTopic("compacted", 1, (short) 1).configs(Map.of("cleanup.policy", "compact")),
                            new NewTopic("stamped", 1, (short) 1)
                                    .configs(Map.of("message.timestamp.type", "LogAppendTime"))))
                    .all()
                    .get();
        }
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private static HttpResponse<String> post(String topic, String body, String... headers) {
        return node.http("POST", "/topics/" + topic + "/records", body, headers);
    }

    private static String get(String topic, String query) {
        HttpResponse<String> answer = node.http("GET", "/topics/" + topic + "/partitions/0/records?" + query, "");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return answer.body();
    }

    private static void append(String topic, String... values) {
        for (String value : values) {
            assertThat(post(topic, "{\"value\": {\"string\": \"" + value + "\"}}")
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void aRecordIsReadAsItWasSent() {
        HttpResponse<String> sent = post("whole", """
                {"key": {"base64": "AP8="}, "value": {"json": {"a": 1.10, "b": 12345678901234567890123}},
                 "headers": [{"name": "h", "value": {"string": "ü"}}, {"name": "h", "value": null}],
                 "timestamp": 1700000000123, "partition": 0}""");

        assertThat(sent.body())
                .isEqualTo("{\"offsets\":[{\"partition\":0,\"offset\":0,\"timestamp\":1700000000123}]}\n");
        String start = "{\"records\":[{\"partition\":0,\"offset\":0,\"timestamp\":1700000000123,"
                + "\"timestampType\":\"CreateTime\",\"key\":{\"base64\":\"AP8=\"},\"value\":";
        String headers =
                ",\"headers\":[{\"name\":\"h\",\"value\":{\"string\":\"ü\"}},{\"name\":\"h\",\"value\":null}]}],"
                        + "\"nextOffset\":1,\"logStartOffset\":0,\"highWatermark\":1,\"lastStableOffset\":1}\n";
        assertThat(get("whole", ""))
                .isEqualTo(start + "{\"string\":\"{\\\"a\\\": 1.10, \\\"b\\\": 12345678901234567890123}\"}" + headers);
        assertThat(get("whole", "format=json"))
                .startsWith(start + "{\"json\":{\"a\": 1.10, \"b\": 12345678901234567890123}},");
        assertThat(get("whole", "format=base64"))
                .startsWith(start + "{\"base64\":\"eyJhIjogMS4xMCwgImIiOiAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyM30=\"},");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"json\":1.10}|1.10",
                "{\"json\" : -0.0e-7 }|-0.0e-7",
                "{\"json\":\"a\\u00e9\"}|\"a\\u00e9\"",
                "{\"json\": [1, {\"b\": null}] }|[1, {\"b\": null}]",
                "{\"json\":true}|true",
                "{\"json\":null}|null",
                "{\"string\":\"é \\ud83d\\ude00\"}|é 😀",
                "{\"string\":\"\"}|``",
            })
    void whatIsSentIsStoredByteForByte(String value, String stored) {
        String sent = post("bytes", "{\"value\":" + value + "}").body();
        String offset = sent.replaceAll(".*\"offset\":(\\d+).*\n", "$1");

        assertThat(get("bytes", "limit=1&format=base64&offset=" + offset))
                .contains("\"value\":{\"base64\":\""
                        + java.util.Base64.getEncoder().encodeToString(stored.getBytes(UTF_8)) + "\"}");
    }

    @Test
    void nothingIsNotAnEmptyValue() {
        post("nothing", "{\"records\": [{}, {\"value\": null}, {\"key\": {\"string\": \"\"}, \"headers\": null}]}");

        assertThat(get("nothing", "limit=2"))
                .contains("\"key\":null,\"value\":null")
                .contains("\"nextOffset\":2");
        assertThat(get("nothing", "offset=2")).contains("\"key\":{\"string\":\"\"},\"value\":null,\"headers\":[]");
    }

    @Test
    void bytesThatAreNoTextAreBase64() {
        append("text", "plain\\ttext\\n", "\\u0007", "\\u007f");

        assertThat(get("text", ""))
                .contains("{\"string\":\"plain\\ttext\\n\"}")
                .contains("{\"base64\":\"Bw==\"}")
                .contains("{\"base64\":\"fw==\"}");
        assertThat(get("text", "format=string")).contains("{\"string\":\"\\u0007\"}");
        assertThat(get("text", "format=json")).contains("{\"base64\":\"Bw==\"}");
    }

    @Test
    void keysGoToThePartitionToWhichKafkasProducerTakesThem() throws Exception {
        try (var producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", node.kafka()), new StringSerializer(), new StringSerializer())) {
            for (int i = 0; i < 20; i++) {
                int there = producer.send(new ProducerRecord<>("seven", "key-" + i, "v"))
                        .get()
                        .partition();

                assertThat(post("seven", "{\"key\": {\"string\": \"key-" + i + "\"}}")
                                .body())
                        .contains("\"partition\":" + there + ",");
            }
        }
    }

    @Test
    void recordsWithoutKeyAreSpreadAndThoseOfOneRequestStayTogether() {
        List<String> answers = java.util.stream.IntStream.range(0, 14)
                .mapToObj(i -> post("seven", "{\"records\": [{}, {}]}").body())
                .toList();

        for (int partition = 0; partition < 7; partition++) {
            String place = "\"partition\":" + partition + ",";
            assertThat(answers.stream().filter(answer -> answer.contains(place)))
                    .hasSize(2);
        }
        assertThat(answers)
                .allMatch(answer -> answer.matches("\\{\"offsets\":\\[\\{(\"partition\":\\d),.*},\\{\\1,.*}]}\n"));
    }

    @Test
    void theSameIdempotencyKeyAppendsOnce() {
        String body =
                "{\"records\": [{\"value\": {\"string\": \"a\"}}, {\"partition\": 3}, {\"key\": {\"string\": \"k\"}}]}";
        String first = post("seven", body, "Idempotency-Key", "order-1").body();

        assertThat(post("seven", body, "Idempotency-Key", "order-1").body()).isEqualTo(first);
        assertThat(first).contains("\"offset\"").contains("timestamp");
        assertThat(post("seven", body, "Idempotency-Key", "order-2").body()).isNotEqualTo(first);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"value\": {\"string\": \"other\"}}",
                "{\"key\": {\"string\": \"same\"}, \"partition\": 0}",
                "{\"value\": {\"string\": \"same\"}, \"timestamp\": 1700000000000}",
                "{\"value\": {\"string\": \"same\"}, \"headers\": [{\"name\": \"n\"}]}",
                "{\"records\": [{\"value\": {\"string\": \"same\"}}, {}]}",
            })
    void anIdempotencyKeyIsForOneRequestOnly(String other) {
        String key = "used " + other.hashCode();
        assertThat(post("once", "{\"value\": {\"string\": \"same\"}}", "Idempotency-Key", key)
                        .statusCode())
                .isEqualTo(200);

        HttpResponse<String> refused = post("once", other, "Idempotency-Key", key);
        assertThat(refused.statusCode()).as(refused.body()).isEqualTo(422);
        assertThat(refused.body()).contains("Idempotency-Key").contains("\"error\":\"OUT_OF_ORDER_SEQUENCE_NUMBER\"");
    }

    @Test
    void anIdempotencyKeyIsForgottenWhenProducersAre(@TempDir Path own) throws IOException {
        try (var forgetful = OpenNode.alone(
                own, Map.of("producer.id.expiration.ms", "1000", "log.retention.check.interval.ms", "300"))) {
            String body = "{\"value\": {\"string\": \"once in a while\"}}";
            String path = "/topics/forgotten/records";
            String first =
                    forgetful.http("POST", path, body, "Idempotency-Key", "k").body();
            assertThat(first).contains("\"offset\":0,");
            // A retry does not keep it alive, and another request under the key is a new one then.
            OpenNode.await(
                    "it is forgotten",
                    () -> forgetful
                            .http("POST", path, body, "Idempotency-Key", "k")
                            .body()
                            .contains("\"offset\":1,"));
            String other = "{\"value\": {\"string\": \"other\"}}";
            OpenNode.await(
                    "another request has the key",
                    () -> forgetful
                                    .http("POST", path, other, "Idempotency-Key", "k")
                                    .statusCode()
                            == 200);
            assertThat(forgetful
                            .http("GET", "/topics/forgotten/partitions/0/records", "")
                            .body())
                    .contains("\"highWatermark\":3");
        }
    }

    @Test
    void aRequestThatACompactedTopicRefusesDoesNotUseItsIdempotencyKey() {
        assertThat(post("compacted", "{\"value\": {\"string\": \"no key\"}}", "Idempotency-Key", "k")
                        .statusCode())
                .isEqualTo(400);
        String body = "{\"key\": {\"string\": \"a\"}, \"value\": {\"string\": \"key\"}}";
        String first = post("compacted", body, "Idempotency-Key", "k").body();
        assertThat(first).contains("\"offset\":0,");
        assertThat(post("compacted", body, "Idempotency-Key", "k").body()).isEqualTo(first);
        assertThat(get("compacted", "offset=0")).contains("\"highWatermark\":1");
    }

    @Test
    void idempotentProducersOfKafkaAndIdempotencyKeysDoNotDisturbEachOther() throws Exception {
        Map<String, Object> settings =
                Map.of("bootstrap.servers", node.kafka(), "enable.idempotence", true, "linger.ms", 0);
        try (var one = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer());
                var other = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            for (int i = 0; i < 20; i++) {
                assertThat(one.send(new ProducerRecord<>("beside", 0, null, "one"))
                                .get()
                                .offset())
                        .isEqualTo(4L * i);
                String body = "{\"value\": {\"string\": \"" + i + "\"}}";
                String first = post("beside", body, "Idempotency-Key", "k" + i).body();
                assertThat(first).contains("\"offset\":" + (4 * i + 1) + ",");
                assertThat(other.send(new ProducerRecord<>("beside", 0, null, "other"))
                                .get()
                                .offset())
                        .isEqualTo(4L * i + 2);
                assertThat(post("beside", body, "Idempotency-Key", "k" + i).body())
                        .isEqualTo(first);
                assertThat(post("beside", body).body()).contains("\"offset\":" + (4 * i + 3) + ",");
            }
        }
        // The first key is behind the last five batches of nobody: each key has its own.
        assertThat(post("beside", "{\"value\": {\"string\": \"0\"}}", "Idempotency-Key", "k0")
                        .body())
                .contains("\"offset\":1,");
    }

    @Test
    void anIdempotencyKeyOutlivesTheNode(@TempDir Path own) throws IOException {
        String path = "/topics/kept/records";
        String body = "{\"value\": {\"string\": \"once\"}}";
        String first;
        try (var before = OpenNode.alone(own, Map.of())) {
            first = before.http("POST", path, body, "Idempotency-Key", "k").body();
            before.http("POST", path, body);
        }
        try (var after = OpenNode.alone(own, Map.of())) {
            assertThat(after.http("POST", path, body, "Idempotency-Key", "k").body())
                    .isEqualTo(first);
            assertThat(after.http("POST", path, body).body()).contains("\"offset\":2,");
        }
    }

    @Test
    void timestampsAreTheBrokersWhereTheTopicSaysSo() {
        assertThat(post("stamped", "{\"timestamp\": 5}").body()).matches("(?s).*\"timestamp\":\\d{13}.*");
        assertThat(get("stamped", "")).contains("\"timestampType\":\"LogAppendTime\"");
    }

    @Test
    void acksAreAsKafkas() {
        assertThat(node.http("POST", "/topics/acks/records?acks=1", "{\"key\": null}")
                        .body())
                .contains("\"offset\":");
        HttpResponse<String> silent = node.http("POST", "/topics/acks/records?acks=0", "{\"key\": null}");
        assertThat(silent.statusCode()).isEqualTo(202);
        assertThat(silent.body()).isEqualTo("{}\n");
    }

    @Test
    void whatOnePartitionRefusesIsToldRecordByRecord() {
        HttpResponse<String> answer = post(
                "two",
                "{\"records\": [{\"partition\": 0}, {\"partition\": 1, \"value\": {\"string\": \"" + "x".repeat(2_000)
                        + "\"}}]}");

        assertThat(answer.statusCode()).isEqualTo(413);
        assertThat(answer.body())
                .contains("1 of 2 records were not appended")
                .contains("\"error\":\"MESSAGE_TOO_LARGE\"")
                .containsPattern("\"offsets\":\\[\\{\"partition\":0,\"offset\":\\d+,\"timestamp\":\\d+},"
                        + "\\{\"partition\":1,\"error\":\"MESSAGE_TOO_LARGE\"}]");
    }

    @Test
    void readingBeginsWhereItIsTold() {
        for (int i = 0; i < 5; i++) {
            post(
                    "begin",
                    "{\"timestamp\": " + (1_700_000_000_000L + i * 1000L) + ", \"value\": {\"json\": " + i + "}}");
        }

        assertThat(get("begin", "offset=3&limit=1"))
                .contains("{\"string\":\"3\"}")
                .contains("\"nextOffset\":4");
        assertThat(get("begin", "timestamp=1700000001500&limit=1")).contains("{\"string\":\"2\"}");
        assertThat(get("begin", "timestamp=1800000000000"))
                .contains("\"records\":[]")
                .contains("\"nextOffset\":5");
        assertThat(get("begin", "last=2&limit=1")).contains("{\"string\":\"3\"}");
        assertThat(get("begin", "last=9&limit=1&isolation=read_committed")).contains("{\"string\":\"0\"}");
        assertThat(get("begin", "offset=5")).contains("\"records\":[]").contains("\"highWatermark\":5");
        HttpResponse<String> beyond = node.http("GET", "/topics/begin/partitions/0/records?offset=6", "");
        assertThat(beyond.statusCode()).isEqualTo(404);
        assertThat(beyond.body()).contains("OFFSET_OUT_OF_RANGE");
    }

    @Test
    void aReaderAtTheEndIsAnsweredWhenARecordComes() throws Exception {
        append("poll", "first");
        var waiting = CompletableFuture.supplyAsync(() -> get("poll", "offset=1&wait=20000"));
        append("poll", "second");

        assertThat(waiting.get()).contains("{\"string\":\"second\"}");
        assertThat(get("poll", "offset=2&wait=1")).contains("\"records\":[]");
    }

    @Test
    void anAnswerIsNotLargerThanAMegabyteAndARecord() {
        append("large", java.util.Collections.nCopies(15, "x".repeat(150_000)).toArray(String[]::new));

        String answer = get("large", "limit=1000");
        assertThat(answer.length()).isBetween(700_000, 1_300_000);
        int count = answer.split("\"timestampType\"", -1).length - 1;
        assertThat(answer).contains("\"nextOffset\":" + count + ",");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET|/topics/none/partitions/0/records|404|UNKNOWN_TOPIC_OR_PARTITION",
                "GET|/topics/seven/partitions/7/records|404|has no partition 7",
                "GET|/topics/seven/partitions/x/records|400|no number",
                "GET|/topics/seven/partitions/0/records?ofset=1|400|no parameter \\\"ofset\\\"",
                "GET|/topics/seven/partitions/0/records?offset=-1|400|a number from 0",
                "GET|/topics/seven/partitions/0/records?offset=1&last=1|400|one of",
                "GET|/topics/seven/partitions/0/records?limit=1001|400|from 1 to 1000",
                "GET|/topics/seven/partitions/0/records?limit=99999999999999999999|400|64 bits",
                "GET|/topics/seven/partitions/0/records?wait=30001|400|from 0 to 30000",
                "GET|/topics/seven/partitions/0/records?isolation=x|400|read_uncommitted",
                "GET|/topics/seven/partitions/0/records?format=x|400|base64",
                "POST|/topics/seven/records?acks=2|400|all, 1, 0",
                "POST|/topics/__consumer_offsets/records|404|UNKNOWN_TOPIC_OR_PARTITION",
                "POST|/topics/a%2Fb/records|400|INVALID_TOPIC_EXCEPTION",
                "DELETE|/topics/seven/records|405|only POST",
            })
    void requestsThatMakeNoSenseAreTold(String method, String path, int status, String reason) {
        HttpResponse<String> answer = node.http(method, path, method.equals("POST") ? "{\"value\": null}" : "");

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.headers().firstValue("content-type")).hasValue("application/problem+json");
        assertThat(answer.body()).contains(reason);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "``|no body",
                "nonsense|not JSON",
                "[]|The body is not an object",
                "{\"records\": []}|records is empty",
                "{\"records\": {}}|records is not an array",
                "{\"records\": [1]}|records/0 is not an object",
                "{\"records\": [{}], \"value\": null}|beside records",
                "{\"vlaue\": null}|vlaue is not a field",
                "{\"value\": \"x\"}|value is not an object",
                "{\"value\": {}}|value has none of",
                "{\"value\": {\"string\": \"a\", \"json\": 1}}|one field too many",
                "{\"value\": {\"text\": \"a\"}}|none of string",
                "{\"value\": {\"string\": 1}}|value/string is not a string",
                "{\"value\": {\"base64\": \"=?=\"}}|not base64",
                "{\"value\": {\"base64\": \"QQ\"}}|not base64",
                "{\"value\": {\"string\": \"\\ud800\"}}|half a character",
                "{\"records\": [{}, {\"headers\": [{}]}]}|records/1/headers/0 has no name",
                "{\"headers\": [{\"name\": null}]}|name is not a string",
                "{}|There is no record",
                "{\"timestamp\": -1}|timestamp is -1",
                "{\"timestamp\": 1e400000000}|timestamp is not a whole number",
                "{\"timestamp\": 123456789012345678901234567890}|timestamp is not a whole number",
                "{\"partition\": 1.0}|partition is not a whole number",
                "{\"partition\": 3000000000}|partition is 3000000000",
                "{\"partition\": 7}|no partition 7",
                "{\"key\": null, \"key\": null}|Duplicate",
                "{\"value\": {\"json\": {\"a\": 1, \"a\": 2}}}|Duplicate",
                "{\"value\": null} {}|more behind",
                "{\"\\ud800\": 1}|not JSON",
            })
    void bodiesThatMakeNoSenseAreTold(String body, String reason) {
        HttpResponse<String> answer = post("seven", body);

        assertThat(answer.statusCode()).as(answer.body()).isIn(400, 404);
        assertThat(answer.body()).contains(reason);
    }
}

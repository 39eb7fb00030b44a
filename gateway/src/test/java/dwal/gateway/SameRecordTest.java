package dwal.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dwal.gateway.grpc.GrpcClient;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A record has the same offset and the same bytes through every door. */
class SameRecordTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static String encoded(byte[] value) {
        return Base64.getEncoder().encodeToString(value);
    }

    private static void produce(OpenNode node, String codec, List<byte[]> values) throws Exception {
        Map<String, Object> settings = Map.of(
                "bootstrap.servers", node.kafka(), "compression.type", codec, "linger.ms", 50, "batch.size", 100_000);
        try (var producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            values.forEach(value -> sent.add(producer.send(new ProducerRecord<>("log", 0, null, value))));
            for (var each : sent) {
                each.get();
            }
        }
    }

    private static List<ConsumerRecord<byte[], byte[]>> consume(OpenNode node, int count) {
        return consume(node, "log", count);
    }

    private static List<ConsumerRecord<byte[], byte[]>> consume(OpenNode node, String topic, int count) {
        Map<String, Object> settings = Map.of("bootstrap.servers", node.kafka(), "auto.offset.reset", "earliest");
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(List.of(new TopicPartition(topic, 0)));
            OpenNode.await(count + " records", () -> {
                consumer.poll(Duration.ofMillis(100)).forEach(records::add);
                return records.size() >= count;
            });
        }
        return records;
    }

    @Test
    void kafkaHttpAndGrpcReadTheSameWhoeverWroteIt(@TempDir Path data) throws Exception {
        try (var node = OpenNode.alone(data, Map.of());
                var grpc = new GrpcClient(node)) {
            List<byte[]> written = new ArrayList<>();
            byte[] first = Base64.getDecoder().decode("BLA1234567FOOBAR");
            assertThat(node.http("POST", "/", "{\"record\": {\"value\": \"BLA1234567FOOBAR\"}}")
                            .body())
                    .isEqualTo("{\"offset\":0}\n");
            written.add(first);
            assertThat(grpc.produce("by gRPC")).isEqualTo(1);
            written.add("by gRPC".getBytes(UTF_8));
            for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
                List<byte[]> values = new ArrayList<>();
                for (int i = 0; i < 20; i++) {
                    values.add((codec + i + "x".repeat(100)).getBytes(UTF_8));
                }
                produce(node, codec, values);
                written.addAll(values);
            }

            List<ConsumerRecord<byte[], byte[]>> byKafka = consume(node, written.size());

            assertThat(first).hasSize(12);
            for (int i = 0; i < written.size(); i++) {
                assertThat(byKafka.get(i).offset()).isEqualTo(i);
                assertThat(byKafka.get(i).value()).isEqualTo(written.get(i));
                assertThat(node.http("GET", "/", "{\"offset\": " + i + "}").body())
                        .isEqualTo(
                                "{\"record\":{\"value\":\"" + encoded(written.get(i)) + "\",\"offset\":" + i + "}}\n");
                assertThat(grpc.consume(i).getOffset()).isEqualTo(i);
                assertThat(grpc.consume(i).getValue().toByteArray()).isEqualTo(written.get(i));
            }
            assertThat(byKafka.get(0).timestamp()).isPositive();
        }
    }

    /** All that a record is, in one line. */
    private static String whole(long offset, long timestamp, byte[] key, byte[] value, Header[] headers) {
        var line = new StringBuilder(offset + " " + timestamp + " " + hex(key) + " " + hex(value));
        for (Header header : headers) {
            line.append(' ').append(header.key()).append('=').append(hex(header.value()));
        }
        return line.toString();
    }

    private static String hex(byte[] bytes) {
        return bytes == null ? "null" : HexFormat.of().formatHex(bytes);
    }

    private static String whole(JsonNode record) throws IOException {
        List<Header> headers = new ArrayList<>();
        for (JsonNode header : record.get("headers")) {
            headers.add(new RecordHeader(header.get("name").asText(), bytes(header.get("value"))));
        }
        return whole(
                record.get("offset").asLong(),
                record.get("timestamp").asLong(),
                bytes(record.get("key")),
                bytes(record.get("value")),
                headers.toArray(Header[]::new));
    }

    private static byte[] bytes(JsonNode value) throws IOException {
        return value.isNull() ? null : value.get("base64").binaryValue();
    }

    private static void produceWhole(OpenNode node, Random random) throws Exception {
        try (var producer = new KafkaProducer<>(
                Map.<String, Object>of("bootstrap.servers", node.kafka(), "compression.type", "zstd", "linger.ms", 20),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                var record = new ProducerRecord<>(
                        "whole", 0, 1_700_000_000_000L + random.nextInt(), bytes(random), bytes(random));
                for (int header = random.nextInt(3); header > 0; header--) {
                    record.headers().add("name-" + random.nextInt(2) + "-ü", bytes(random));
                }
                sent.add(producer.send(record));
            }
            for (var each : sent) {
                each.get();
            }
        }
    }

    private static byte[] bytes(Random random) {
        byte[] bytes = new byte[random.nextInt(40)];
        random.nextBytes(bytes);
        return bytes.length < 4 ? null : bytes;
    }

    /** What is read by HTTP in base64 is sent by HTTP again. */
    private static void sendAgain(OpenNode node) throws IOException {
        JsonNode records = JSON.readTree(node.http("GET", "/topics/whole/partitions/0/records?format=base64", "")
                        .body())
                .get("records");
        for (JsonNode each : records) {
            var record = (ObjectNode) each;
            record.remove(List.of("offset", "timestampType"));
        }
        var answer = node.http("POST", "/topics/whole/records", "{\"records\": " + records + "}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }

    private static List<String> streamed(OpenNode node, int count) throws Exception {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + node.httpPort()
                        + "/topics/whole/partitions/0/stream?offset=0&format=base64"))
                .build();
        List<String> records = new ArrayList<>();
        try (Stream<String> lines = HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofLines())
                .body()) {
            Iterator<String> each = lines.iterator();
            while (records.size() < count) {
                String line = each.next();
                if (line.startsWith("data: ")) {
                    records.add(whole(JSON.readTree(line.substring(6))));
                }
            }
        }
        return records;
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {20_261_126})
    void kafkaRestAndEventsTellTheSameKeysValuesHeadersAndTimestamps(long seed, @TempDir Path data) throws Exception {
        try (var node = OpenNode.alone(data, Map.of())) {
            produceWhole(node, new Random(seed));
            sendAgain(node);

            List<String> byKafka = consume(node, "whole", 60).stream()
                    .map(each -> whole(
                            each.offset(),
                            each.timestamp(),
                            each.key(),
                            each.value(),
                            each.headers().toArray()))
                    .toList();

            assertThat(byKafka.subList(30, 60).stream().map(line -> line.replaceFirst("\\d+ ", "")))
                    .as("sent by HTTP")
                    .isEqualTo(byKafka.subList(0, 30).stream()
                            .map(line -> line.replaceFirst("\\d+ ", ""))
                            .toList());
            List<String> byRest = new ArrayList<>();
            for (JsonNode each : JSON.readTree(node.http("GET", "/topics/whole/partitions/0/records?format=base64", "")
                            .body())
                    .get("records")) {
                byRest.add(whole(each));
            }
            assertThat(byRest).isEqualTo(byKafka);
            assertThat(streamed(node, 60)).isEqualTo(byKafka);
        }
    }

    @Test
    void anyNodeOfAClusterAnswers(@TempDir Path directory) throws Exception {
        List<OpenNode> nodes = OpenNode.three(directory);
        try {
            for (int i = 0; i < nodes.size(); i++) {
                assertThat(nodes.get(i)
                                .http(
                                        "POST",
                                        "/",
                                        "{\"record\": {\"value\": \"" + encoded(new byte[] {(byte) i}) + "\"}}")
                                .body())
                        .isEqualTo("{\"offset\":" + i + "}\n");
            }
            for (OpenNode node : nodes) {
                try (var grpc = new GrpcClient(node)) {
                    long offset = grpc.produce("by node " + node.id());
                    for (OpenNode other : nodes) {
                        assertThat(other.http("GET", "/?offset=" + offset, "").body())
                                .contains(encoded(("by node " + node.id()).getBytes(UTF_8)));
                    }
                    assertThat(grpc.streamed(0, 4)).hasSize(4);
                }
            }
            assertThat(consume(nodes.get(0), 6)).hasSize(6);
            String path = "/topics/log/records";
            String body = "{\"value\": {\"string\": \"once\"}}";
            String once = nodes.get(0)
                    .http("POST", path, body, "Idempotency-Key", "k")
                    .body();
            assertThat(nodes.stream()
                            .map(node -> node.http("GET", "/cluster", "")
                                    .body()
                                    .replaceFirst(".*\"controllerId\":(\\d+).*\\s*", "$1"))
                            .distinct())
                    .as("all name the active controller")
                    .hasSize(1);
            for (OpenNode node : nodes) {
                assertThat(node.http("POST", path, body, "Idempotency-Key", "k").body())
                        .isEqualTo(once);
                assertThat(node.http("GET", "/topics/log/partitions/0/records?last=1", "")
                                .body())
                        .contains("once");
                assertThat(node.http("GET", "/topics/log", "").body()).doesNotContain("null");
                assertThat(node.http("GET", "/cluster", "").body()).doesNotContain("\"logBytes\":null");
                for (OpenNode other : nodes) {
                    assertThat(node.http("GET", "/brokers/" + other.id() + "/configs", "")
                                    .body())
                            .contains("127.0.0.1:" + other.kafka().replaceFirst(".*:", ""));
                }
            }

            // The two that are left go on, whoever led, and know what he knew.
            int leader = JSON.readTree(
                            nodes.get(0).http("GET", "/topics/log", "").body())
                    .at("/partitions/0/leader")
                    .asInt();
            nodes.remove(leader - 1).close();
            assertThat(nodes.get(0)
                            .http("POST", path, body, "Idempotency-Key", "k")
                            .body())
                    .isEqualTo(once);
            OpenNode.await(
                    "two nodes go on",
                    () -> nodes.get(0)
                                    .http("POST", "/", "{\"record\": {\"value\": \"AAAA\"}}")
                                    .statusCode()
                            == 200);
        } finally {
            nodes.parallelStream().forEach(OpenNode::close);
        }
    }
}

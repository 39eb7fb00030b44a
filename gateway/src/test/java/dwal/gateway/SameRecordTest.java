package dwal.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dwal.gateway.grpc.GrpcClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A record has the same offset and the same bytes through every door. */
class SameRecordTest {
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
        Map<String, Object> settings = Map.of("bootstrap.servers", node.kafka(), "auto.offset.reset", "earliest");
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(List.of(new TopicPartition("log", 0)));
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

            // The two that are left go on, whoever led.
            nodes.remove(0).close();
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

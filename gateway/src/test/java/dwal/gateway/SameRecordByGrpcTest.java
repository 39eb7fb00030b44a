package dwal.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dwal.gateway.grpc.GrpcClient;
import dwal.gateway.grpc.v1.Header;
import dwal.gateway.grpc.v1.NewRecord;
import dwal.gateway.grpc.v1.TimestampType;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** All of a record is the same through Kafka and both services of gRPC. */
class SameRecordByGrpcTest {
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
    void keysHeadersAndTimestampsAreTheSameWhoeverWroteThem(@TempDir Path data) throws Exception {
        try (var node = OpenNode.alone(data, Map.of());
                var grpc = new GrpcClient(node)) {
            for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
                Map<String, Object> settings = Map.of("bootstrap.servers", node.kafka(), "compression.type", codec);
                try (var producer =
                        new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
                    for (byte[] value : new byte[][] {null, {}, (codec + " ".repeat(100)).getBytes(UTF_8)}) {
                        producer.send(new ProducerRecord<>("log", 0, 1_700_000_000_123L, value, value, headers()))
                                .get();
                    }
                }
            }
            grpc.produce(
                    "log",
                    NewRecord.newBuilder()
                            .setKey(ByteString.copyFromUtf8("by gRPC"))
                            .setTimestampMs(1_700_000_000_456L)
                            .addHeaders(Header.newBuilder().setName("null"))
                            .build());

            List<ConsumerRecord<byte[], byte[]>> byKafka = consume(node, 16);
            List<dwal.gateway.grpc.v1.Record> byGrpc = grpc.consume("log", 0);

            assertThat(byGrpc).hasSize(16);
            for (int i = 0; i < 16; i++) {
                ConsumerRecord<byte[], byte[]> kafka = byKafka.get(i);
                var other = byGrpc.get(i);
                assertThat(other.getOffset()).isEqualTo(kafka.offset()).isEqualTo(i);
                assertThat(other.getTimestampMs()).isEqualTo(kafka.timestamp());
                assertThat(other.getTimestampType()).isEqualTo(TimestampType.CREATE_TIME);
                assertThat(other.hasKey() ? other.getKey().toByteArray() : null).isEqualTo(kafka.key());
                assertThat(other.hasValue() ? other.getValue().toByteArray() : null)
                        .isEqualTo(kafka.value());
                assertThat(other.getHeadersList().stream()
                                .map(each -> new RecordHeader(
                                        each.getName(),
                                        each.hasValue() ? each.getValue().toByteArray() : null))
                                .toList())
                        .isEqualTo(List.of(kafka.headers().toArray()));
                assertThat(grpc.consume(i).getValue().toByteArray())
                        .isEqualTo(kafka.value() == null ? new byte[0] : kafka.value());
            }
            assertThat(byKafka.get(15).key()).isEqualTo("by gRPC".getBytes(UTF_8));
        }
    }

    private static List<org.apache.kafka.common.header.Header> headers() {
        return List.of(
                new RecordHeader("h", "1".getBytes(UTF_8)),
                new RecordHeader("h", new byte[0]),
                new RecordHeader("null", (byte[]) null));
    }
}

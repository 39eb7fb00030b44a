package dwal.gateway.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dwal.gateway.OpenNode;
import dwal.gateway.grpc.GrpcClient;
import dwal.server.metrics.Metric;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsTest {
    private static final Pattern SAMPLE = Pattern.compile("([a-z_0-9]+(?:\\{.*})?) (\\S+)");
    private static final TopicPartition PARTITION = new TopicPartition("counted", 0);

    @TempDir
    Path data;

    @Test
    void whatClientsDidIsWhatIsCounted() throws Exception {
        try (OpenNode node = OpenNode.alone(data, Map.of("offsets.topic.num.partitions", "1"))) {
            create(node, 1);
            produce(node, 25, System.currentTimeMillis() - 60_000);
            commit(node, 10);
            try (var asks = consumer(node, "elsewhere")) {
                asks.assign(List.of(PARTITION));
                asks.seek(PARTITION, 1_000_000);
                asks.poll(Duration.ofMillis(500)); // an error of the broker: out of range
            }
            OpenNode.await(
                    "the lag is told",
                    () -> scrape(node)
                            .containsKey(
                                    "dwal_group_lag_records{group=\"readers\",partition=\"0\",topic=\"counted\"}"));

            Map<String, Double> now = scrape(node);

            String labels = "partition=\"0\",topic=\"counted\"}";
            assertThat(now)
                    .containsEntry("dwal_log_end_offset{" + labels, 25.0)
                    .containsEntry("dwal_log_start_offset{" + labels, 0.0)
                    .containsEntry("dwal_log_high_watermark{" + labels, 25.0)
                    .containsEntry("dwal_partition_leader{" + labels, 1.0)
                    .containsEntry("dwal_partition_in_sync_replicas{" + labels, 1.0)
                    .containsEntry("dwal_group_committed_offset{group=\"readers\"," + labels, 10.0)
                    .containsEntry("dwal_group_lag_records{group=\"readers\"," + labels, 15.0)
                    .containsEntry("dwal_groups", 1.0)
                    .containsEntry("dwal_ready", 1.0)
                    .containsEntry("dwal_request_duration_seconds_count{api=\"Produce\"}", 25.0)
                    .containsEntry("dwal_under_replicated_partitions", 0.0)
                    .containsEntry("dwal_brokers{state=\"active\"}", 1.0);
            assertThat(now.get("dwal_group_lag_seconds{group=\"readers\"," + labels))
                    .isBetween(60.0, 120.0);
            assertThat(now.get("dwal_request_bytes_total{api=\"Produce\"}")).isBetween(25 * 1_000.0, 25 * 1_500.0);
            assertThat(now.get("dwal_response_bytes_total{api=\"Fetch\"}")).isGreaterThan(10 * 1_000.0);
            assertThat(now.get("dwal_request_errors_total{api=\"Fetch\",error=\"OFFSET_OUT_OF_RANGE\"}"))
                    .isGreaterThanOrEqualTo(1.0);
            assertThat(now.get("dwal_log_size_bytes{" + labels)).isGreaterThan(25 * 1_000.0);
            assertThat(now.get("dwal_log_sync_duration_seconds_count")).isGreaterThanOrEqualTo(1.0);
            assertThat(now.get("dwal_log_appended_records_total")).isGreaterThanOrEqualTo(25.0);
            assertThat(now.get("dwal_disk_total_bytes")).isGreaterThan(now.get("dwal_disk_usable_bytes"));
            assertThat(now.get("dwal_metadata_offset")).isGreaterThan(0.0);
            assertThat(now.get("jvm_memory_used_bytes{area=\"heap\"}")).isGreaterThan(1e6);
        }
    }

    @Test
    void whatIsAskedOverHttpAndGrpcIsCounted() throws Exception {
        try (OpenNode node = OpenNode.alone(data, Map.of("dwal.gateway.request.timeout.ms", "2000"));
                var grpc = new GrpcClient(node)) {
            for (int i = 0; i < 3; i++) {
                node.http(
                        "POST", "/topics/counted/records", "{\"value\": {\"string\": \"" + "x".repeat(1_000) + "\"}}");
            }
            node.http("GET", "/topics/counted/partitions/0/records", "");
            node.http("GET", "/topics/counted/partitions/0/records?offset=77", "");
            node.http("GET", "/topics/counted/partitions/0/records?offset=3&wait=400", "");
            node.http("GET", "/nowhere", "");
            grpc.produce("by grpc");
            assertThat(catchThrowable(() -> grpc.consume(7))).hasMessageContaining("OUT_OF_RANGE");
            try (var listener = new Socket(InetAddress.getLoopbackAddress(), node.httpPort())) {
                listener.getOutputStream()
                        .write("GET /topics/counted/partitions/0/stream?offset=0 HTTP/1.1\r\nhost: localhost\r\n\r\n"
                                .getBytes(US_ASCII));
                String door = "door=\"http\"";
                OpenNode.await("the stream is counted", () -> {
                    Map<String, Double> now = scrape(node);
                    return now.get("dwal_gateway_readers{" + door + "}") == 1.0
                            && now.containsKey("dwal_gateway_streams_begun_total{" + door
                                    + ",operation=\"GET /topics/{topic}/partitions/{partition}/stream\"}");
                });
            }
            OpenNode.await("the client is gone", () -> scrape(node).get("dwal_gateway_readers{door=\"http\"}") == 0.0);

            Map<String, Double> now = scrape(node);
            String posts = "door=\"http\",operation=\"POST /topics/{topic}/records\"}";
            String gets = "door=\"http\",operation=\"GET /topics/{topic}/partitions/{partition}/records\"}";
            assertThat(now)
                    .containsEntry("dwal_gateway_request_duration_seconds_count{" + posts, 3.0)
                    .containsEntry("dwal_gateway_request_duration_seconds_count{" + gets, 3.0)
                    .containsEntry("dwal_gateway_request_errors_total{code=\"404\"," + gets, 1.0)
                    .containsEntry(
                            "dwal_gateway_request_errors_total{code=\"404\",door=\"http\",operation=\"other\"}", 1.0)
                    .containsEntry(
                            "dwal_gateway_request_duration_seconds_count{door=\"grpc\",operation=\"log.Log/Produce\"}",
                            1.0)
                    .containsEntry(
                            "dwal_gateway_request_errors_total{code=\"OUT_OF_RANGE\",door=\"grpc\",operation=\"log.Log/Consume\"}",
                            1.0)
                    .containsEntry("dwal_connections{listener=\"grpc\"}", 1.0)
                    .containsEntry("dwal_gateway_memory_limit_bytes{door=\"http\"}", 32.0 * 1024 * 1024);
            assertThat(now.get("dwal_gateway_request_bytes_total{" + posts)).isBetween(3_000.0, 3_200.0);
            assertThat(now.get("dwal_gateway_response_bytes_total{" + gets)).isGreaterThan(3_000.0);
            OpenNode.await(
                    "nothing is held any more",
                    () -> scrape(node).get("dwal_gateway_memory_bytes{door=\"http\"}") == 0.0
                            && scrape(node).get("dwal_gateway_memory_bytes{door=\"grpc\"}") == 0.0);
        }
    }

    @Test
    void aLogThatCannotBeReadIsToldOfAndHidesNothing() throws Exception {
        try (OpenNode node = OpenNode.alone(data, Map.of("offsets.topic.num.partitions", "1"))) {
            create(node, 1);
            produce(node, 5, System.currentTimeMillis());
            commit(node, 2);
            flipFirstLength(data.resolve(PARTITION.toString()).resolve("00000000000000000000.log"));

            // The lag in seconds is what is read of the log.
            OpenNode.await(
                    "the damage is found by who asks for the lag",
                    () -> Double.valueOf(1).equals(scrape(node).get("dwal_partitions{role=\"failed\"}")));
            assertThat(scrape(node))
                    .containsEntry(
                            "dwal_group_committed_offset{group=\"readers\",partition=\"0\",topic=\"counted\"}", 2.0)
                    .containsEntry("dwal_log_failures_total", 1.0);
        }
    }

    /** The size of the first batch, four bytes behind its offset. */
    private static void flipFirstLength(Path segment) throws IOException {
        try (var file = new RandomAccessFile(segment.toFile(), "rw")) {
            file.seek(8);
            int highest = file.read();
            file.seek(8);
            file.write(highest ^ 0x40);
        }
    }

    @Test
    void aThousandPartitionsAreToldOfInOneCheapAnswer() throws Exception {
        try (OpenNode node = OpenNode.alone(data, Map.of())) {
            create(node, 1_000);
            try (var producer = producer(node)) {
                for (int i = 0; i < 1_000; i++) {
                    var unused = producer.send(new ProducerRecord<>("counted", i, null, new byte[10]));
                }
            }
            Map<String, Double> now = scrape(node);

            assertThat(now)
                    .containsEntry("dwal_partitions{role=\"leader\"}", 1_000.0)
                    .containsEntry("dwal_log_end_offset{partition=\"999\",topic=\"counted\"}", 1.0)
                    .containsEntry("dwal_partitions_left_out", 0.0);
            assertThat(node.http("GET", "/metrics", "").body()).hasSizeLessThan(1_000_000);
        }
    }

    @Test
    void everyMetricOfAClusterIsInTheListAndTheOtherWayRound() throws Exception {
        List<OpenNode> nodes = OpenNode.three(data);
        try {
            askDoors(nodes.get(0));
            create(nodes.get(0), 3);
            produce(nodes.get(0), 5, System.currentTimeMillis());
            commit(nodes.get(0), 2);
            try (var consumer = consumer(nodes.get(0), "elsewhere")) {
                consumer.assign(List.of(PARTITION));
                consumer.seek(PARTITION, 1_000_000);
                consumer.poll(Duration.ofMillis(300));
            }
            List<String> missing = new ArrayList<>();
            OpenNode.await("all metrics are told: " + missing, () -> {
                missing.clear();
                var told = new TreeMap<String, Double>();
                nodes.forEach(node -> told.putAll(scrape(node)));
                for (Metric metric : Metric.values()) {
                    String name = metric.exportedName() + (metric.kind() == Metric.Kind.HISTOGRAM ? "_count" : "");
                    if (told.keySet().stream()
                            .noneMatch(series -> nameOf(series).equals(name))) {
                        missing.add(name);
                    }
                }
                return missing.isEmpty();
            });
            List<String> listed = new ArrayList<>();
            for (Metric metric : Metric.values()) {
                listed.add(metric.exportedName());
            }
            assertThat(scrape(nodes.get(0)).keySet())
                    .filteredOn(series -> series.startsWith("dwal_"))
                    .extracting(series -> nameOf(series).replaceFirst("_seconds_(bucket|count|sum)$", "_seconds"))
                    .isSubsetOf(listed);
            lagIsToldWhereverTheReplicaIs(nodes);
        } finally {
            nodes.parallelStream().forEach(OpenNode::close);
        }
    }

    /** One partition on each node: two of them are not where the coordinator is. */
    private static void lagIsToldWhereverTheReplicaIs(List<OpenNode> nodes) throws Exception {
        Map<Integer, List<Integer>> apart = new HashMap<>();
        Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>();
        for (OpenNode each : nodes) {
            committed.put(new TopicPartition("apart", apart.size()), new OffsetAndMetadata(apart.size()));
            apart.put(apart.size(), List.of(each.id()));
        }
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", nodes.get(0).kafka()));
                var producer = producer(nodes.get(0))) {
            var topic = new NewTopic("apart", apart).configs(Map.of("min.insync.replicas", "1"));
            admin.createTopics(List.of(topic)).all().get();
            for (int i = 0; i < 9; i++) {
                producer.send(new ProducerRecord<>(
                                "apart", i % 3, System.currentTimeMillis() - 60_000, null, new byte[10]))
                        .get();
            }
            admin.alterConsumerGroupOffsets("apart", committed).all().get();
        }
        OpenNode.await("the lag is told of all", () -> {
            var told = new TreeMap<String, Double>();
            nodes.forEach(node -> told.putAll(scrape(node)));
            return IntStream.range(0, 3).allMatch(i -> {
                String labels = "{group=\"apart\",partition=\"" + i + "\",topic=\"apart\"}";
                double seconds = told.getOrDefault("dwal_group_lag_seconds" + labels, -1.0);
                return Double.valueOf(3 - i).equals(told.get("dwal_group_lag_records" + labels))
                        && seconds >= 60
                        && seconds < 120;
            });
        });
    }

    /** A request, an error and a stream. */
    private static void askDoors(OpenNode node) throws IOException {
        node.http("GET", "/nowhere", "");
        node.http("POST", "/topics/streamed/records", "{\"value\": null}");
        try (var listener = new Socket(InetAddress.getLoopbackAddress(), node.httpPort())) {
            listener.getOutputStream()
                    .write("GET /topics/streamed/partitions/0/stream HTTP/1.1\r\nhost: localhost\r\n\r\n"
                            .getBytes(US_ASCII));
            listener.getInputStream().readNBytes(15);
        }
    }

    private static String nameOf(String series) {
        int labels = series.indexOf('{');
        return labels < 0 ? series : series.substring(0, labels);
    }

    private static Map<String, Double> scrape(OpenNode node) {
        var answer = node.http("GET", "/metrics", "");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("content-type")).hasValue("text/plain; version=0.0.4; charset=utf-8");
        Map<String, Double> samples = new HashMap<>();
        answer.body().lines().filter(line -> !line.startsWith("#")).forEach(line -> {
            Matcher sample = SAMPLE.matcher(line);
            assertThat(sample.matches()).as(line).isTrue();
            samples.put(sample.group(1), Double.parseDouble(sample.group(2).replace("+Inf", "Infinity")));
        });
        return samples;
    }

    private static void create(OpenNode node, int partitions) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", node.kafka()))) {
            admin.createTopics(List.of(new NewTopic("counted", partitions, (short) -1)))
                    .all()
                    .get();
        } catch (ExecutionException e) {
            // A busy machine loses an answer, and the client asks again.
            assertThat(e).hasCauseInstanceOf(TopicExistsException.class);
        }
    }

    private static KafkaProducer<byte[], byte[]> producer(OpenNode node) {
        return new KafkaProducer<>(
                Map.of("bootstrap.servers", node.kafka(), "linger.ms", "0"),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    /** Each in a request of its own. */
    private static void produce(OpenNode node, int records, long firstMs) throws Exception {
        try (var producer = producer(node)) {
            for (int i = 0; i < records; i++) {
                producer.send(new ProducerRecord<>("counted", 0, firstMs + i, null, new byte[1_000]))
                        .get();
            }
        }
    }

    private static KafkaConsumer<byte[], byte[]> consumer(OpenNode node, String group) {
        return new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        node.kafka(),
                        "group.id",
                        group,
                        "enable.auto.commit",
                        "false",
                        "auto.offset.reset",
                        "none".equals(group) ? "none" : "earliest",
                        "max.poll.records",
                        "2"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
    }

    private static void commit(OpenNode node, long offset) {
        try (var consumer = consumer(node, "readers")) {
            consumer.assign(List.of(PARTITION));
            consumer.seek(PARTITION, 0);
            consumer.poll(Duration.ofSeconds(10));
            consumer.commitSync(Map.of(PARTITION, new OffsetAndMetadata(offset)));
        }
    }
}

package dwal.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.RetryInfo;
import dwal.gateway.grpc.GrpcClient;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.quota.ClientQuotaFilter;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients at the doors share a quota, which is that of the client id {@code dwal-gateway}, and are told when it is used up. */
class QuotasAtDoorsTest {
    private static final String VALUE = Base64.getEncoder().encodeToString(new byte[100_000]);
    private static final String RECORD = "{\"record\": {\"value\": \"" + VALUE + "\"}}";

    @TempDir
    static Path data;

    private static OpenNode node;
    private static GrpcClient client;

    @BeforeAll
    static void start() throws IOException {
        node = OpenNode.alone(data, Map.of("quota.window.num", "3"));
        client = new GrpcClient(node);
    }

    @AfterAll
    static void stop() {
        client.close();
        node.close();
    }

    @AfterEach
    void takeAwayAllQuotas() throws Exception {
        set(List.of(
                new ClientQuotaAlteration.Op("producer_byte_rate", null),
                new ClientQuotaAlteration.Op("consumer_byte_rate", null),
                new ClientQuotaAlteration.Op("request_percentage", null),
                new ClientQuotaAlteration.Op("controller_mutation_rate", null)));
    }

    @Test
    void whoWritesMoreThanHisQuotaIsToldWhenToComeAgain() throws Exception {
        // It has to pause for a minute and a half.
        set("producer_byte_rate", 1_000.0);
        HttpResponse<String> refused = until429(() -> node.http("POST", "/", RECORD));
        assertThat(refused.body()).contains("\"error\":\"THROTTLING_QUOTA_EXCEEDED\"", "producer_byte_rate");
        assertThat(secondsOf(refused)).isPositive();
        HttpResponse<String> topic =
                node.http("POST", "/topics/log/records", "{\"value\": {\"base64\": \"" + VALUE + "\"}}");
        assertThat(topic.statusCode()).isEqualTo(429);
        assertThat(secondsOf(topic)).isPositive();

        StatusRuntimeException status = refused(() -> client.produce(new byte[10]));
        assertThat(status.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(StatusProto.fromThrowable(status).getDetailsList())
                .anySatisfy(detail -> assertThat(detail.is(RetryInfo.class)).isTrue());
        assertThat(node.http("GET", "/topics", "").statusCode())
                .as("that is another quota")
                .isEqualTo(200);
    }

    @Test
    void aStreamBeyondItsQuotaGoesOnLaterAndASingleReadIsToldWhen() throws Exception {
        try (var producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", node.kafka()), new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int i = 0; i < 8; i++) {
                producer.send(new ProducerRecord<>("log", 0, null, new byte[100_000]))
                        .get();
            }
        }
        set("consumer_byte_rate", 200_000.0);
        assertThat(client.streamed(0, 8)).hasSize(8);
        assertThat(node.http("GET", "/metrics", "").body())
                .containsPattern("dwal_client_throttles_total\\{quota=\"consumer_byte_rate\"} [1-9]");

        set("consumer_byte_rate", 1_000.0);
        HttpResponse<String> refused =
                until429(() -> node.http("GET", "/topics/log/partitions/0/records?offset=0&limit=1", ""));
        assertThat(refused.body()).contains("consumer_byte_rate");
        assertThat(secondsOf(refused)).isPositive();
        assertThat(node.http("GET", "/?offset=0", "").statusCode()).isEqualTo(429);
    }

    @Test
    void inAClusterWhatAnyDoorTakesIsCountedOnceAtTheLeader(@TempDir Path directory) throws Exception {
        List<OpenNode> nodes = OpenNode.three(directory, Map.of("quota.window.num", "3"));
        try {
            OpenNode first = nodes.get(0);
            assertThat(first.http("POST", "/topics", "{\"name\": \"log\"}").statusCode())
                    .isEqualTo(201);
            int leader = Integer.parseInt(
                    first.http("GET", "/topics/log", "").body().replaceFirst("(?s).*?\"leader\":(\\d+).*", "$1"));
            OpenNode other = nodes.get(leader % 3);
            assertThat(other.id()).isNotEqualTo(leader);
            // Over the two seconds and more that are looked at, one request is less than that, and two are more.
            set(first, List.of(new ClientQuotaAlteration.Op("producer_byte_rate", 75_000.0)));
            double known = nodes.stream()
                    .mapToDouble(node -> metric(node, "dwal_metadata_offset"))
                    .max()
                    .orElseThrow();
            OpenNode.await(
                    "all nodes know of it",
                    () -> nodes.stream().allMatch(node -> metric(node, "dwal_metadata_offset") >= known));

            assertThat(other.http("POST", "/", RECORD).statusCode()).isEqualTo(200);
            assertThat(nodes.stream().mapToDouble(QuotasAtDoorsTest::throttles))
                    .as("counted once")
                    .containsOnly(0.0);
            assertThat(until429(() -> other.http("POST", "/", RECORD)).body()).contains("producer_byte_rate");
            assertThat(throttles(nodes.get(leader - 1))).as("at the leader").isPositive();
            assertThat(throttles(other)).as("and nowhere else").isZero();
        } finally {
            nodes.parallelStream().forEach(OpenNode::close);
        }
    }

    private static double throttles(OpenNode node) {
        return metric(node, "dwal_client_throttles_total{quota=\"producer_byte_rate\"}");
    }

    private static double metric(OpenNode node, String series) {
        return node.http("GET", "/metrics", "")
                .body()
                .lines()
                .filter(line -> line.startsWith(series + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void topicsBeyondTheQuotaOfPartitionsAreRefused() throws Exception {
        set("controller_mutation_rate", 0.1);
        int[] count = {0};
        HttpResponse<String> refused =
                until429(() -> node.http("POST", "/topics", "{\"name\": \"t-" + count[0]++ + "\", \"partitions\": 3}"));
        assertThat(refused.body()).contains("THROTTLING_QUOTA_EXCEEDED");
        assertThat(secondsOf(refused)).isPositive();
    }

    @Test
    void whoKeepsTheNodeBusyIsTold() throws Exception {
        set("request_percentage", 0.001);
        HttpResponse<String> refused = until429(() -> node.http("GET", "/topics", ""));
        assertThat(refused.body()).contains("request_percentage");
        assertThat(node.http("GET", "/health/live", "").statusCode()).isEqualTo(200);
        assertThat(until429(() -> node.http("GET", "/groups", "")).body()).contains("request_percentage");
    }

    private static HttpResponse<String> until429(Supplier<HttpResponse<String>> request) {
        for (int i = 0; i < 1_000; i++) {
            HttpResponse<String> answer = request.get();
            if (answer.statusCode() == 429) {
                return answer;
            }
            assertThat(answer.statusCode()).isBetween(200, 299);
        }
        throw new AssertionError("nothing was refused");
    }

    private static long secondsOf(HttpResponse<String> answer) {
        return Long.parseLong(answer.headers().firstValue("retry-after").orElseThrow());
    }

    private static StatusRuntimeException refused(Runnable call) {
        try {
            call.run();
        } catch (StatusRuntimeException e) {
            return e;
        }
        throw new AssertionError("it was not refused");
    }

    private static void set(String key, double limit) throws Exception {
        set(List.of(new ClientQuotaAlteration.Op(key, limit)));
    }

    private static void set(List<ClientQuotaAlteration.Op> ops) throws Exception {
        set(node, ops);
    }

    /** Returns when a node has heard of it. */
    private static void set(OpenNode node, List<ClientQuotaAlteration.Op> ops) throws Exception {
        var entity = new ClientQuotaEntity(Map.of("client-id", "dwal-gateway"));
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", node.kafka()))) {
            admin.alterClientQuotas(List.of(new ClientQuotaAlteration(entity, ops)))
                    .all()
                    .get();
            Map<String, Double> now;
            do {
                now = admin.describeClientQuotas(ClientQuotaFilter.all())
                        .entities()
                        .get()
                        .getOrDefault(entity, Map.of());
            } while (!isAsSet(now, ops));
        }
    }

    private static boolean isAsSet(Map<String, Double> now, List<ClientQuotaAlteration.Op> ops) {
        return ops.stream().allMatch(op -> Objects.equals(now.get(op.key()), op.value()));
    }
}

package dwal.gateway.grpc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dwal.gateway.OpenNode;
import dwal.gateway.grpc.log.ConsumeResponse;
import dwal.gateway.grpc.v1.ConsumeRequest;
import dwal.gateway.grpc.v1.ConsumeStreamRequest;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What readers at one door may hold together, and that the rest are told so. */
class BoundedReadersTest {
    /** One for each 128 KiB of what may be held. */
    private static final int MOST_READERS = 8;

    @TempDir
    static Path data;

    private static OpenNode node;
    private static GrpcClient client;

    @BeforeAll
    static void start() throws IOException {
        node = OpenNode.alone(
                data,
                Map.of(
                        "dwal.gateway.queued.max.bytes", "1048576",
                        "dwal.gateway.request.timeout.ms", "2000",
                        "dwal.gateway.max.request.bytes", "400000",
                        "dwal.default.topic", "large"));
        client = new GrpcClient(node);
    }

    @AfterAll
    static void stop() {
        client.close();
        node.close();
    }

    /** One batch of a few kilobytes, whose second record has twenty megabytes; gives the offset of the first. */
    private static long produceLarge() throws Exception {
        Map<String, Object> settings = Map.of(
                "bootstrap.servers",
                node.kafka(),
                "compression.type",
                "zstd",
                "max.request.size",
                64 << 20,
                "batch.size",
                32 << 20,
                "linger.ms",
                60_000);
        try (var producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            var first = producer.send(new ProducerRecord<>("large", 0, null, "before".getBytes(UTF_8)));
            var second = producer.send(new ProducerRecord<>("large", 0, null, new byte[20 << 20]));
            var third = producer.send(new ProducerRecord<>("large", 0, null, "behind".getBytes(UTF_8)));
            producer.flush();
            assertThat(second.get().offset()).isEqualTo(first.get().offset() + 1);
            assertThat(third.get().offset()).isEqualTo(first.get().offset() + 2);
            return first.get().offset();
        }
    }

    private static HttpResponse<String> get(String path) {
        return node.http("GET", path, "");
    }

    private static Status refused(Runnable call) {
        try {
            call.run();
        } catch (StatusRuntimeException e) {
            return e.getStatus();
        }
        throw new AssertionError("it was not refused");
    }

    @Test
    void aRecordThatInflatesBeyondWhatIsGivenIsRefusedAndItsNeighboursAreNot() throws Exception {
        long first = produceLarge();
        long large = first + 1;
        long behind = first + 2;
        String records = "/topics/large/partitions/0/records?offset=";

        assertThat(get(records + first).body()).contains("\"before\"", "\"nextOffset\":" + large);
        assertThat(get(records + large).statusCode()).isEqualTo(413);
        assertThat(get(records + large).body())
                .contains("\"error\":\"MESSAGE_TOO_LARGE\"", "go on at offset " + behind);
        assertThat(get(records + large + "&wait=10000").statusCode()).isEqualTo(413);
        assertThat(get(records + behind).body()).contains("\"behind\"");
        assertThat(get("/?offset=" + large).statusCode()).isEqualTo(413);
        assertThat(get("/?offset=" + behind).statusCode()).isEqualTo(200);
        assertThat(get("/topics/large/partitions/0/stream?offset=" + first).body())
                .contains("id: " + first + "\n", "event: problem\n", "MESSAGE_TOO_LARGE")
                .doesNotContain("id: " + behind);

        assertThat(client.consume(first).getValue().toStringUtf8()).isEqualTo("before");
        assertThat(client.consume(behind).getValue().toStringUtf8()).isEqualTo("behind");
        Status status = refused(() -> client.consume(large));
        assertThat(status.getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(status.getDescription()).contains("MESSAGE_TOO_LARGE", "go on at offset " + behind);
        var streamed = client.streamed(first);
        assertThat(streamed.next().getRecord().getOffset()).isEqualTo(first);
        assertThat(refused(streamed::next).getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);

        ConsumeRequest one = ConsumeRequest.newBuilder()
                .setTopic("large")
                .setOffset(large)
                .setWaitMs(5_000)
                .build();
        assertThat(refused(() -> client.call(TopicLogService.CONSUME, one)).getDescription())
                .startsWith("MESSAGE_TOO_LARGE");
        var pages = ClientCalls.blockingServerStreamingCall(
                client.channel(),
                TopicLogService.CONSUME_STREAM,
                CallOptions.DEFAULT.withDeadlineAfter(30, TimeUnit.SECONDS),
                ConsumeStreamRequest.newBuilder()
                        .setTopic("large")
                        .setOffset(first)
                        .build());
        assertThat(pages.next().getRecordsCount()).isEqualTo(1);
        assertThat(refused(pages::next).getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    }

    @Test
    void streamsOverGrpcThatAreTooManyAreRefusedUntilOthersEnd() {
        long end = client.produce("x") + 1;
        List<ClientCall<?, ?>> open = new ArrayList<>();
        List<CompletableFuture<Status>> ends = new ArrayList<>();
        for (int i = 0; i <= MOST_READERS; i++) {
            ends.add(new CompletableFuture<>());
            ClientCall<?, ConsumeResponse> call = client.consumeSlowly(end, ended(ends.get(i)));
            call.request(1);
            open.add(call);
        }
        OpenNode.await("one is too many", () -> ends.stream().anyMatch(CompletableFuture::isDone));
        assertThat(ends).filteredOn(CompletableFuture::isDone).hasSize(1).allSatisfy(refused -> {
            assertThat(refused.join().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
            assertThat(refused.join().getDescription()).contains("8 clients read on");
        });
        // Who does not wait is served.
        assertThat(client.consume(end - 1).getValue().toStringUtf8()).isEqualTo("x");

        open.forEach(call -> call.cancel("enough", null));
        OpenNode.await("there is room again", () -> {
            try {
                return client.streamed(end - 1, 1).size() == 1;
            } catch (StatusRuntimeException e) {
                return false;
            }
        });
    }

    private static <A> ClientCall.Listener<A> ended(CompletableFuture<Status> end) {
        return new ClientCall.Listener<>() {
            @Override
            public void onClose(Status status, Metadata trailers) {
                end.complete(status);
            }
        };
    }

    @Test
    void pollsThatAreTooManyAreRefusedUntilOthersAreAnswered() {
        assertThat(node.http("POST", "/topics/polled/records", "{\"value\": null}")
                        .statusCode())
                .isEqualTo(200);
        String path = "/topics/polled/partitions/0/records?offset=1&wait=";
        HttpClient http = HttpClient.newHttpClient();
        HttpRequest waits = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + node.httpPort() + path + "30000"))
                .build();
        List<CompletableFuture<HttpResponse<String>>> polls = new ArrayList<>();
        for (int i = 0; i < MOST_READERS; i++) {
            polls.add(http.sendAsync(waits, HttpResponse.BodyHandlers.ofString()));
        }
        // Before one more is tried, which would take the place of one of them.
        OpenNode.await(
                "all of them wait",
                () -> get("/metrics").body().contains("dwal_gateway_readers{door=\"http\"} " + MOST_READERS));
        assertThat(get(path + "1").statusCode()).isEqualTo(429);
        assertThat(get(path + "1").body()).contains("THROTTLING_QUOTA_EXCEEDED");
        assertThat(get(path + "0").statusCode()).isEqualTo(200);

        assertThat(node.http("POST", "/topics/polled/records", "{\"value\": {\"string\": \"new\"}}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(polls).allSatisfy(poll -> assertThat(poll.join().body()).contains("\"new\""));
    }

    @Test
    void answersThatAClientDoesNotTakeAreBoundedAndItsConnectionIsClosedAtLast() {
        long offset = client.produce(new byte[300_000]);
        try (var greedy = new GrpcClient(node)) {
            List<CompletableFuture<Status>> ends = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                ends.add(new CompletableFuture<>());
                ClientCall<dwal.gateway.grpc.log.ConsumeRequest, ConsumeResponse> call =
                        greedy.channel().newCall(LogService.CONSUME, CallOptions.DEFAULT);
                call.start(ended(ends.get(i)), new Metadata());
                call.sendMessage(GrpcClient.from(offset));
                call.halfClose();
            }
            // Three fit into a megabyte; of what was refused there is nothing but the status, which does not wait.
            OpenNode.await(
                    "those beyond the bound are refused",
                    () -> ends.stream().filter(CompletableFuture::isDone).count() >= 30);
            assertThat(ends)
                    .filteredOn(CompletableFuture::isDone)
                    .allSatisfy(end -> assertThat(end.join().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED));

            OpenNode.await("there is room again", () -> {
                try {
                    return client.consume(offset).getValue().size() == 300_000;
                } catch (StatusRuntimeException e) {
                    return false;
                }
            });
        }
    }
}

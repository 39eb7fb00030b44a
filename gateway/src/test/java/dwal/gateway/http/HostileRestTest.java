package dwal.gateway.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dwal.gateway.OpenNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests of people who mean no good: each gets a clear answer, and clients of Kafka notice nothing. */
class HostileRestTest {
    @TempDir
    static Path data;

    private static OpenNode node;

    @BeforeAll
    static void start() throws IOException {
        node = OpenNode.alone(
                data,
                Map.of(
                        "dwal.gateway.queued.max.bytes", "8000000",
                        "dwal.gateway.max.connections", "60",
                        "dwal.gateway.request.timeout.ms", "5000"));
        assertThat(node.http("POST", "/topics/here/records", "{\"value\": null}")
                        .statusCode())
                .isEqualTo(200);
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    enum Attack {
        DEEP_ARRAYS("{\"value\": {\"json\": " + "[".repeat(500_000), 400),
        DEEP_OBJECTS("{\"records\":".repeat(50_000), 400),
        DEEP_BUT_CLOSED("{\"value\": {\"json\": " + "[".repeat(2_000) + "]".repeat(2_000) + "}}", 400),
        HUGE_NUMBER("{\"timestamp\": " + "9".repeat(900_000) + "}", 400),
        HUGE_EXPONENT("{\"partition\": 1e999999999}", 400),
        BAD_UTF_8("{\"value\": {\"string\": \"\u00c3(\"}}", 400),
        OVERLONG_UTF_8("{\"value\": {\"json\": \"\u00c0\u00af\"}}", 400),
        SURROGATES_IN_UTF_8("{\"value\": {\"json\": \"\u00ed\u00a0\u0080\"}}", 400),
        UTF_16("\0{\0}", 400),
        LONG_FIELD_NAME("{\"" + "n".repeat(900_000) + "\": 1}", 400),
        MANY_FIELDS(fields(60_000), 400),
        SAME_FIELD_AGAIN("{\"value\": null" + ", \"value\": null".repeat(40_000) + "}", 400),
        SAME_FIELD_WITHIN("{\"value\": {\"json\": {\"a\": 1, \"a\": 2}}}", 400),
        MANY_RECORDS("{\"records\": [{}" + ",{}".repeat(200_000) + "]}", 400),
        LARGE_BODY("{\"value\": {\"string\": \"" + "x".repeat(3_000_000) + "\"}}", 413),
        LARGE_RECORD("{\"value\": {\"string\": \"" + "x".repeat(1_500_000) + "\"}}", 413);

        private final String body;
        private final int status;

        Attack(String body, int status) {
            this.body = body;
            this.status = status;
        }

        private static String fields(int count) {
            var json = new StringBuilder("{\"value\": {\"json\": {");
            for (int i = 0; i < count; i++) {
                json.append("\"field-").append(i).append("\": 1, ");
            }
            return json.append("}}}").toString();
        }

        String request() {
            return "POST /topics/here/records HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: "
                    + body.length() + "\r\n\r\n" + body;
        }
    }

    /** Sends {@code bytes}, and gives what comes until the node closes. */
    private static String raw(String bytes) throws IOException {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), node.httpPort())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(bytes.getBytes(ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
        }
    }

    @ParameterizedTest
    @EnumSource(Attack.class)
    void aHostileBodyIsRefusedClearly(Attack attack) throws IOException {
        String answer = raw(attack.request());

        assertThat(answer).startsWith("HTTP/1.1 " + attack.status);
        assertThat(answer).contains("application/problem+json");
        assertThat(answer.length()).isLessThan(3_000);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/topics/here/partitions/0/records?offset=99999999999999999999999999999",
                "/topics/here/partitions/0/records?limit=0x10",
                "/topics/here/partitions/99999999999999999999/records",
                "/topics/here/partitions/-1/records",
                "/topics/here/partitions/0/stream?x=%ff%fe",
                "/topics/here/partitions/0/records?%",
                "/topics/%00/configs?a",
                "/topics/here/partitions/0/records?a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a",
            })
    void aHostileAddressIsRefusedClearly(String address) throws IOException {
        String answer = raw("GET " + address + " HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");

        assertThat(answer).startsWith("HTTP/1.1 400").contains("application/problem+json");
    }

    @Test
    void anEndlessAddressIsRefused() throws IOException {
        assertThat(raw("GET /topics?" + "a=b&".repeat(100_000) + " HTTP/1.1\r\nhost: localhost\r\n\r\n"))
                .startsWith("HTTP/1.1 414");
    }

    /** One who sends all of it, in an order of his own, and holds streams open that he does not read. */
    private static final class Vandal implements Runnable {
        private static final Attack[] ATTACKS = Attack.values();

        private final Random random;
        private final AtomicBoolean enough;
        private final AtomicInteger answered;
        private final List<Socket> held = new ArrayList<>();

        Vandal(long seed, AtomicBoolean enough, AtomicInteger answered) {
            this.random = new Random(seed);
            this.enough = enough;
            this.answered = answered;
        }

        @Override
        public void run() {
            while (!enough.get()) {
                try {
                    if (random.nextInt(4) == 0) {
                        stream();
                    } else {
                        attack();
                    }
                } catch (IOException e) {
                    // Nobody has to listen to this.
                }
            }
            held.forEach(Vandal::close);
        }

        private void attack() throws IOException {
            try (var socket = new Socket(InetAddress.getLoopbackAddress(), node.httpPort())) {
                socket.setSoTimeout(2_000);
                socket.getOutputStream()
                        .write(ATTACKS[random.nextInt(ATTACKS.length)].request().getBytes(ISO_8859_1));
                if (socket.getInputStream().read() >= 0) {
                    answered.incrementAndGet();
                }
            } catch (SocketTimeoutException e) {
                throw new IOException(e);
            }
        }

        private void stream() throws IOException {
            var socket = new Socket(InetAddress.getLoopbackAddress(), node.httpPort());
            held.add(socket);
            socket.getOutputStream()
                    .write("GET /topics/kafka/partitions/0/stream?offset=0 HTTP/1.1\r\nhost: localhost\r\n\r\n"
                            .getBytes(ISO_8859_1));
            if (held.size() > 20) {
                close(held.remove(random.nextInt(held.size())));
            }
        }

        private static void close(Socket socket) {
            try {
                socket.close();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1126})
    void clientsOfKafkaNoticeNothing(long seed) throws Exception {
        var enough = new AtomicBoolean();
        var answered = new AtomicInteger();
        List<CompletableFuture<Void>> vandals = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            vandals.add(CompletableFuture.runAsync(new Vandal(seed + i, enough, answered), task -> {
                var thread = new Thread(task, "vandal");
                thread.setDaemon(true);
                thread.start();
            }));
        }
        int count = 60;
        long slowest = 0;
        try (var producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", node.kafka(), "acks", "all", "retries", 0, "delivery.timeout.ms", 31_000),
                new StringSerializer(),
                new StringSerializer())) {
            for (int i = 0; i < count; i++) {
                long begun = System.nanoTime();
                producer.send(new ProducerRecord<>("kafka", "v".repeat(10_000) + i))
                        .get();
                slowest = Math.max(slowest, System.nanoTime() - begun);
                int before = answered.get();
                OpenNode.await("there was another attack", () -> answered.get() > before);
            }
        } finally {
            enough.set(true);
        }
        CompletableFuture.allOf(vandals.toArray(CompletableFuture[]::new)).get(30, TimeUnit.SECONDS);

        assertThat(Duration.ofNanos(slowest)).isLessThan(Duration.ofSeconds(10));
        List<String> read = new ArrayList<>();
        try (var consumer = new KafkaConsumer<>(
                Map.<String, Object>of("bootstrap.servers", node.kafka(), "auto.offset.reset", "earliest"),
                new StringDeserializer(),
                new StringDeserializer())) {
            consumer.assign(List.of(new TopicPartition("kafka", 0)));
            OpenNode.await("all records", () -> {
                consumer.poll(Duration.ofMillis(100)).forEach(record -> read.add(record.value()));
                return read.size() >= count;
            });
        }
        assertThat(read).hasSize(count);
        OpenNode.await(
                "HTTP is itself again",
                () -> node.http("GET", "/topics/kafka/partitions/0/records?limit=1", "")
                                .statusCode()
                        == 200);
    }
}

package dwal.gateway;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.StandardError;
import dwal.gateway.grpc.GrpcClient;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hostile input at HTTP and gRPC leaves clients of Kafka undisturbed. */
class HostileDoorsTest {
    private static final int RECORDS = 25;
    private static final long SLOWEST_MS = 10_000;
    private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    /** ":method: POST" and ":scheme: http", indexed (RFC 7541). */
    private static final byte[] POST = {(byte) 0x83, (byte) 0x86};
    /** Another size of the table of headers, and of the window: each is to be acknowledged. */
    private static final byte[] TWO_SETTINGS = {0, 1, 0, 0, 16, 0, 0, 4, 0, 0, (byte) 255, (byte) 255};

    /** One who sends nonsense to one port, again and again, and holds connections open. */
    private static final class Vandal extends Thread {
        private final int port;
        private final Random random;
        private final AtomicBoolean enough;
        private final AtomicLong sent;
        private final List<Socket> held = new ArrayList<>();

        Vandal(int port, long seed, AtomicBoolean enough, AtomicLong sent) {
            this.port = port;
            this.random = new Random(seed);
            this.enough = enough;
            this.sent = sent;
        }

        @Override
        public void run() {
            while (!enough.get()) {
                try {
                    attack();
                    sent.incrementAndGet();
                } catch (IOException e) {
                    // It was refused, as it should be.
                    sent.incrementAndGet();
                }
            }
            held.forEach(Vandal::close);
        }

        private void attack() throws IOException {
            var socket = new Socket(InetAddress.getLoopbackAddress(), port);
            held.add(socket);
            if (held.size() > 40) {
                close(held.remove(random.nextInt(held.size())));
            }
            socket.getOutputStream().write(nonsense());
            if (random.nextBoolean()) {
                socket.shutdownOutput();
            }
        }

        private byte[] nonsense() {
            return switch (random.nextInt(18)) {
                case 0 -> bytes(random.nextInt(20_000));
                case 1 ->
                    text("POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2000000\r\n\r\n"
                            + " ".repeat(random.nextInt(200_000)));
                case 2 ->
                    text("POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 90000\r\n\r\n"
                            + "{\"record\":".repeat(10_000));
                case 3 -> text("GET /?offset=0 HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(300));
                case 4 -> text("GET / HTTP/1.1\r\nhost: localhost\r\n" + "a: b\r\n".repeat(5_000));
                case 5 ->
                    text("POST / HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n"
                            + "1\r\n[\r\n".repeat(5_000));
                case 6 -> concat(opening(), bytes(random.nextInt(20_000)));
                case 7 -> concat(text(PREFACE), pings(2_000));
                case 8 -> concat(opening(), resets(2_000));
                case 9 -> concat(opening(), continuations(200));
                case 10 -> concat(opening(), frame(1, 0, 1, POST), repeated(2_000, frame(9, 0, 1, new byte[0])));
                case 11 -> concat(opening(), headerBomb());
                case 12 -> concat(opening(), repeated(2_000, frame(4, 0, 0, TWO_SETTINGS)));
                case 13 -> concat(opening(), frame(1, 4, 1, POST), repeated(2_000, frame(0, 0, 1, new byte[0])));
                case 14 -> concat(opening(), repeated(2_000, frame(8, 0, 0, new byte[] {0, 0, 0, 1})));
                case 15 -> text("POST /topics/undisturbed/records HTTP/1.1\r\nhost: localhost\r\nx: ");
                case 16 ->
                    text("POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\ncontent-length: 7\r\ntransfer-"
                            + "encoding: chunked\r\n\r\nfffffffffffffffff\r\n");
                // A request of Kafka, which says that it has 2 GB.
                default ->
                    concat(ByteBuffer.allocate(4).putInt(Integer.MAX_VALUE).array(), bytes(10_000));
            };
        }

        private byte[] bytes(int count) {
            byte[] bytes = new byte[count];
            random.nextBytes(bytes);
            return bytes;
        }

        private static byte[] text(String text) {
            return text.getBytes(ISO_8859_1);
        }

        private static byte[] opening() {
            return concat(text(PREFACE), frame(4, 0, 0, new byte[0]));
        }

        private static byte[] pings(int count) {
            byte[] ping = frame(6, 0, 0, new byte[8]);
            return repeated(count, ping);
        }

        /** Calls that are begun and taken back (CVE-2023-44487). */
        private static byte[] resets(int count) {
            byte[][] frames = new byte[count][];
            for (int i = 0; i < count; i++) {
                int stream = 2 * i + 1;
                frames[i] = concat(frame(1, 4, stream, POST), frame(3, 0, stream, new byte[] {0, 0, 0, 8}));
            }
            return concat(frames);
        }

        /** Headers that go on and on (CVE-2024-27316 and others). */
        private static byte[] continuations(int count) {
            return concat(frame(1, 0, 1, POST), repeated(count, frame(9, 0, 1, text("\0\1a\1b".repeat(200)))));
        }

        /** A header of 3 KB that goes into the table, and 10,000 bytes that each mean it (RFC 7541, 6.1 and 6.2.1). */
        private static byte[] headerBomb() {
            // The length of the value: a prefix of 7 bits, and 3,000 - 127 behind it (RFC 7541, 5.1).
            byte[] entry = concat(text("@\1a\u007f\u00b9\u0016"), text("v".repeat(3_000)));
            byte[] again = new byte[10_000];
            java.util.Arrays.fill(again, (byte) 0xbe);
            return frame(1, 4, 1, concat(POST, entry, again));
        }

        private static byte[] repeated(int count, byte[] what) {
            byte[][] all = new byte[count][];
            java.util.Arrays.fill(all, what);
            return concat(all);
        }

        /** A frame of HTTP/2 (RFC 9113). */
        private static byte[] frame(int type, int flags, int stream, byte[] body) {
            return ByteBuffer.allocate(9 + body.length)
                    .put((byte) 0)
                    .putShort((short) body.length)
                    .put((byte) type)
                    .put((byte) flags)
                    .putInt(stream)
                    .put(body)
                    .array();
        }

        private static byte[] concat(byte[]... parts) {
            int length = 0;
            for (byte[] part : parts) {
                length += part.length;
            }
            ByteBuffer all = ByteBuffer.allocate(length);
            for (byte[] part : parts) {
                all.put(part);
            }
            return all.array();
        }

        private static void close(Socket socket) {
            try {
                socket.close();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = 20261126)
    void aClientOfKafkaWorksUndisturbedBesideIt(long seed, @TempDir Path data) throws Exception {
        Map<String, String> settings =
                Map.of("dwal.gateway.max.connections", "100", "dwal.gateway.request.timeout.ms", "3000");
        try (var node = OpenNode.alone(data, settings)) {
            var enough = new AtomicBoolean();
            var sent = new AtomicLong();
            List<Vandal> vandals = new ArrayList<>();
            vandals.add(new Vandal(node.httpPort(), seed, enough, sent));
            vandals.add(new Vandal(node.grpcPort(), seed + 1, enough, sent));
            vandals.forEach(Thread::start);
            List<ConsumerRecord<byte[], byte[]>> read = new ArrayList<>();
            String log = StandardError.of(() -> {
                try {
                    OpenNode.await("nonsense is sent", () -> sent.get() > 20);
                    read.addAll(produceAndConsume(node));
                } finally {
                    enough.set(true);
                    for (Vandal each : vandals) {
                        each.join(TimeUnit.SECONDS.toMillis(30));
                    }
                }
            });

            assertThat(sent.get()).as("attacks while the client worked").isGreaterThan(40);
            assertThat(log.lines()).as("lines that strangers can have written").hasSizeLessThan(10);
            for (int i = 0; i < RECORDS; i++) {
                assertThat(read.get(i).offset()).isEqualTo(i);
                assertThat(read.get(i).value()).isEqualTo(value(i));
            }
            OpenNode.await("HTTP serves again", () -> isServed(node));
            OpenNode.await("gRPC serves again", () -> isServedByGrpc(node));
        }
    }

    /** Not before the connections of the vandals are closed, of which there are as many as there may be. */
    private static boolean isServedByGrpc(OpenNode node) {
        try (var grpc = new GrpcClient(node)) {
            return grpc.consume(grpc.produce("good")).getValue().toStringUtf8().equals("good");
        } catch (StatusRuntimeException e) {
            return false;
        }
    }

    private static boolean isServed(OpenNode node) {
        try {
            return node.http("GET", "/health/ready", "").statusCode() == 200;
        } catch (AssertionError e) {
            return false;
        }
    }

    private static byte[] value(int number) {
        return ("record " + number + " ".repeat(1_000)).getBytes(ISO_8859_1);
    }

    /** One record at a time, without a second attempt; each read at once. */
    private static List<ConsumerRecord<byte[], byte[]>> produceAndConsume(OpenNode node) throws Exception {
        List<ConsumerRecord<byte[], byte[]>> read = new ArrayList<>();
        Map<String, Object> writes =
                Map.of("bootstrap.servers", node.kafka(), "enable.idempotence", false, "retries", 0, "acks", "all");
        Map<String, Object> reads = Map.of("bootstrap.servers", node.kafka(), "auto.offset.reset", "earliest");
        try (var producer = new KafkaProducer<>(writes, new ByteArraySerializer(), new ByteArraySerializer());
                var consumer = new KafkaConsumer<>(reads, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            producer.partitionsFor("undisturbed");
            consumer.assign(List.of(new TopicPartition("undisturbed", 0)));
            for (int i = 0; i < RECORDS; i++) {
                long begun = System.nanoTime();
                producer.send(new ProducerRecord<>("undisturbed", 0, null, value(i)))
                        .get(20, TimeUnit.SECONDS);
                int wanted = i + 1;
                OpenNode.await("record " + i, () -> {
                    consumer.poll(Duration.ofMillis(100)).forEach(read::add);
                    return read.size() == wanted;
                });
                assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun))
                        .as("ms from sending record %d to reading it", i)
                        .isLessThan(SLOWEST_MS);
            }
        }
        return read;
    }
}

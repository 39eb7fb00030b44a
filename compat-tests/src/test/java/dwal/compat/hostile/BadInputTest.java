package dwal.compat.hostile;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dwal.compat.clients.Clients;
import dwal.compat.differential.RawConnection;
import dwal.compat.server.Await;
import dwal.compat.server.Requirement;
import dwal.compat.server.Server;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceDataCollection;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadInputTest {
    private static final int MB = 1_000_000;
    private final Server server = Server.ofTarget(Map.of());
    private HonestClient honest;

    @BeforeAll
    void start() {
        honest = new HonestClient(server.start());
        honest.expectsToBeServed();
    }

    @AfterEach
    void theServerServesAndHasLostNothing() {
        assertThat(server.isAlive())
                .as("the process lives; its log:\n%s", server.log())
                .isTrue();
        honest.expectsToBeServed();
        honest.expectsNothingLost();
    }

    @AfterAll
    void end() {
        honest.close();
        server.close();
    }

    private RawConnection connect() throws IOException {
        return new RawConnection(server.host(), server.port());
    }

    /** True when the server closes the connection rather than answer or wait. */
    private static boolean isClosed(RawConnection connection) throws IOException {
        connection.socket().setSoTimeout(10_000);
        try {
            return connection.socket().getInputStream().read() == -1;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (SocketException e) {
            return true;
        }
    }

    @Test
    void hundredConnectionsThatAnnounce99MegabytesAndSend30BytesHurtNobody() throws IOException {
        Requirement.that(!Server.isKafkaTarget(), "Kafka itself takes the memory that is announced, and hangs");
        long before = residentMegabytes();
        List<RawConnection> connections = new ArrayList<>();
        try {
            for (int i = 0; i < 100; i++) {
                RawConnection connection = connect();
                connections.add(connection);
                connection.send(ByteBuffer.allocate(34).putInt(0, 99 * MB));
            }
            honest.expectsToBeServed();
            assertThat(residentMegabytes() - before)
                    .as("megabytes more than before")
                    .isLessThan(150);
        } finally {
            for (RawConnection connection : connections) connection.close();
        }
    }

    private long residentMegabytes() throws IOException {
        Path status = Path.of("/proc", Long.toString(server.pid()), "status");
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1000)
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, 104_857_601})
    void aSizeThatIsNegativeOrTooLargeClosesTheConnection(int size) throws IOException {
        try (RawConnection connection = connect()) {
            connection.send(ByteBuffer.allocate(100).putInt(0, size));
            assertThat(isClosed(connection)).isTrue();
        }
    }

    @Test
    void anUnknownApiAndAnUnknownVersionCloseTheConnection() throws IOException {
        for (short[] key : new short[][] {{9999, 0}, {-1, 0}, {0, 99}, {1, -1}}) {
            try (RawConnection connection = connect()) {
                connection.send(ByteBuffer.allocate(24)
                        .putInt(0, 20)
                        .putShort(4, key[0])
                        .putShort(6, key[1]));
                assertThat(isClosed(connection))
                        .as("after api %s version %s", key[0], key[1])
                        .isTrue();
            }
        }
    }

    @Test
    void httpOnTheKafkaPortIsClosedAndTheLogSaysSo() {
        byte[] request = "GET /topics HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(US_ASCII);
        closesAndLogs(ByteBuffer.wrap(request), "HTTP");
    }

    @Test
    void tlsOnThePlainPortIsClosedAndTheLogSaysSo() {
        byte[] clientHello = new byte[200];
        clientHello[0] = 0x16;
        clientHello[1] = 3;
        clientHello[2] = 1;
        clientHello[4] = (byte) 195;
        clientHello[5] = 1;
        closesAndLogs(ByteBuffer.wrap(clientHello), "TLS");
    }

    /** Tried again while the log, which bounds its lines in time, is still busy with other refusals. */
    private void closesAndLogs(ByteBuffer bytes, String word) {
        Await.until("a closed connection and a log line about " + word, () -> {
            try (RawConnection connection = connect()) {
                connection.send(bytes.duplicate());
                assertThat(isClosed(connection)).isTrue();
            }
            return Server.isKafkaTarget()
                    || server.log().lines().anyMatch(line -> line.contains(word) && line.contains("127.0.0.1"));
        });
    }

    /** The checksum that an honest producer would have computed, with a bit flipped behind it. */
    @Test
    void recordsThatAreRefusedAreToldOfInTheLogWithThePeer() {
        String topic = new Clients(server).topic("damaged", 1);
        ByteBuffer records = MemoryRecords.withRecords(Compression.NONE, new SimpleRecord("value".getBytes(US_ASCII)))
                .buffer();
        records.put(records.limit() - 2, (byte) 'U');
        var request = new ProduceRequestData()
                .setAcks((short) 1)
                .setTimeoutMs(1_000)
                .setTopicData(new TopicProduceDataCollection(List.of(new TopicProduceData()
                                .setName(topic)
                                .setPartitionData(List.of(new PartitionProduceData()
                                        .setIndex(0)
                                        .setRecords(MemoryRecords.readableRecords(records)))))
                        .iterator()));
        Await.until("a log line about the records", () -> {
            try (RawConnection connection = connect()) {
                var answer = (ProduceResponseData) connection.call(ApiKeys.PRODUCE, (short) 12, request);
                assertThat(answer.responses()
                                .iterator()
                                .next()
                                .partitionResponses()
                                .get(0)
                                .errorCode())
                        .isEqualTo(Errors.CORRUPT_MESSAGE.code());
            }
            return Server.isKafkaTarget()
                    || server.log()
                            .lines()
                            .anyMatch(line -> line.contains("Refused records of 127.0.0.1")
                                    && line.contains(topic)
                                    && line.contains("CORRUPT_MESSAGE")
                                    && line.contains("checksum"));
        });
    }

    @Test
    void aProduceWithoutRecordsIsAnsweredOrClosed() throws IOException {
        Requirement.that(!Server.isKafkaTarget(), "Kafka 4.3.1 never answers it");
        // One that exists: of another it would be answered that it does not.
        String topic = new Clients(server).topic("nothing", 1);
        ProduceRequestData request = new ProduceRequestData()
                .setAcks((short) 1)
                .setTimeoutMs(1000)
                .setTopicData(new TopicProduceDataCollection(List.of(new TopicProduceData()
                                .setName(topic)
                                .setPartitionData(List.of(new PartitionProduceData().setRecords(null))))
                        .iterator()));
        try (RawConnection connection = connect()) {
            connection.socket().setSoTimeout(10_000);
            connection.send(connection.frame(ApiKeys.PRODUCE, (short) 9, request));
            assertThat(connection.socket().getInputStream().read())
                    .as("-1 when closed, else the first byte of an answer")
                    .isBetween(-1, 255);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 20261122})
    void randomBytesHurtNobody(long seed) throws IOException {
        Random random = new Random(seed);
        for (int i = 0; i < 200; i++) {
            byte[] bytes = new byte[4 + random.nextInt(400)];
            random.nextBytes(bytes);
            // Every second one is framed rightly and has a known key, so that it gets further in.
            if (i % 2 == 0) ByteBuffer.wrap(bytes).putInt(0, bytes.length - 4);
            if (i % 2 == 0 && bytes.length > 8)
                ByteBuffer.wrap(bytes).putShort(4, (short) random.nextInt(80)).putShort(6, (short) random.nextInt(8));
            sendAndLeave(ByteBuffer.wrap(bytes));
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 20261122})
    void mutatedRequestsHurtNobody(long seed) throws IOException {
        Random random = new Random(seed);
        List<ByteBuffer> frames = SampleRequests.frames(connect());
        for (int i = 0; i < 400; i++) {
            ByteBuffer original = frames.get(random.nextInt(frames.size()));
            ByteBuffer frame = ByteBuffer.allocate(original.remaining())
                    .put(original.duplicate())
                    .flip();
            for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                int at = 8 + random.nextInt(frame.limit() - 8);
                frame.put(at, (byte) random.nextInt());
            }
            sendAndLeave(frame);
        }
    }

    private void sendAndLeave(ByteBuffer bytes) throws IOException {
        try (RawConnection connection = connect()) {
            connection.send(bytes);
            connection.socket().setSoTimeout(2);
            assertThat(connection.socket().getInputStream().read()).isGreaterThanOrEqualTo(-1);
        } catch (SocketException | SocketTimeoutException e) {
            // Closed, or still waiting for the rest: both are allowed.
        }
    }
}

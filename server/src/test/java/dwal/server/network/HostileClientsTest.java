package dwal.server.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients may do to the listeners, with an honest client beside them that must be served in time. */
class HostileClientsTest extends ClientsTestCase {
    private static final int LARGEST_SEGMENT = 64 * 1024;

    private void honestClientIsServed() throws IOException {
        long begun = System.nanoTime();
        try (RawClient honest = apis.connect()) {
            for (int i = 0; i < 20; i++) {
                honest.send(ApiKeys.LIST_GROUPS, LIST_GROUPS, i, new ListGroupsRequestData());
                assertThat(honest.receive(ApiKeys.LIST_GROUPS, LIST_GROUPS, new ListGroupsResponseData()))
                        .isEqualTo(i);
            }
        }
        assertThat(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun)).isLessThan(10);
    }

    @Test
    void aHundredClientsThatAnnounce99MegabytesAndSend30Bytes() throws Exception {
        serve(TestSettings.defaults());
        for (int i = 0; i < 100; i++) {
            RawClient client = connect();
            client.out.writeInt(99_000_000);
            client.out.write(new byte[30]);
        }
        // The smallest buffer each, however much they announce.
        Await.until("all have arrived", () -> apis.listeners.requestBytesHeld() == 100 * 4096);

        honestClientIsServed();

        assertThat(apis.listeners.requestBytesHeld()).isEqualTo(100 * 4096);
    }

    @Test
    void clientsThatFillTheMemoryForRequestsAndStop() throws Exception {
        serve(TestSettings.memory(1_000_000));
        byte[] half = new byte[300_000];
        for (int i = 0; i < 8; i++) {
            RawClient client = connect();
            client.out.write(ByteBuffer.allocate(4).putInt(2 * half.length).array());
            client.out.write(half);
        }
        Await.until("memory is short", () -> apis.listeners.requestBytesHeld() >= 1_000_000);

        for (RawClient client : clients) {
            client.close();
        }
        honestClientIsServed();
        Await.until("memory is given back", () -> apis.listeners.requestBytesHeld() < 100_000);
    }

    @Test
    void clientsThatStopInTheMiddleOfLargeRequestsHoldUpNobodyWithSmallOnes() throws Exception {
        serve(TestSettings.memory(1_000_000));
        stopInTheMiddle(8);

        long begun = System.nanoTime();
        honestClientIsServed();

        assertThat(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun)).isLessThan(3);
    }

    @Test
    void clientsThatStopInTheMiddleOfLargeRequestsMustGoWhenOthersNeedTheMemory() throws Exception {
        serve(TestSettings.memory(1_000_000));
        stopInTheMiddle(2);

        long begun = System.nanoTime();
        RawClient large = connect();
        byte[] request = RawClient.bytes(ApiKeys.PRODUCE, 11, 1, producing(new byte[900_000]));
        var sender = new Thread(() -> write(large, request));
        sender.start();
        apis.nextProduced().answer().complete(ServedApis.answerWithThrottle(0));

        // Sooner than requests that come slowly, but come, would have had to go.
        assertThat(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun)).isLessThan(10);
        sender.join();
        Await.until("all memory is given back", () -> apis.listeners.requestBytesHeld() == 0);
    }

    private void stopInTheMiddle(int count) throws Exception {
        byte[] half = new byte[300_000];
        for (int i = 0; i < count; i++) {
            RawClient client = connect();
            client.out.write(ByteBuffer.allocate(4).putInt(2 * half.length).array());
            client.out.write(half);
        }
        Await.until("memory is short", () -> apis.listeners.requestBytesHeld() >= 750_000);
    }

    @Test
    void manyLargeRequestsAtOnceAllGetThroughLittleMemory() throws Exception {
        serve(TestSettings.memory(500_000));
        byte[] request = RawClient.bytes(ApiKeys.PRODUCE, 11, 1, producing(new byte[400_000]));
        List<Thread> senders = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            RawClient client = connect();
            var sender = new Thread(() -> write(client, request));
            sender.start();
            senders.add(sender);
        }
        for (int i = 0; i < 8; i++) {
            apis.nextProduced().answer().complete(ServedApis.answerWithThrottle(0));
        }
        for (Thread sender : senders) {
            sender.join();
        }
        Await.until("all memory is given back", () -> apis.listeners.requestBytesHeld() == 0);
    }

    private static ProduceRequestData producing(byte[] records) {
        var partition = new ProduceRequestData.PartitionProduceData()
                .setRecords(MemoryRecords.readableRecords(ByteBuffer.wrap(records)));
        var request = new ProduceRequestData().setAcks((short) 1);
        request.topicData()
                .add(new ProduceRequestData.TopicProduceData().setName("t").setPartitionData(List.of(partition)));
        return request;
    }

    private static void write(RawClient client, byte[] bytes) {
        try {
            client.out.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aClientThatSendsRequestsAndNeverReads() throws Exception {
        serve(TestSettings.defaults());
        answerWithGroups(1);
        int requests = 20_000;
        RawClient greedy = connectWithSmallWindow();
        var sender = new Thread(() -> {
            for (int i = 0; i < requests; i++) {
                write(greedy, GREEDY_REQUEST);
            }
        });
        sender.start();
        Await.until("it is served", () -> servedToGreedy() >= 64);
        honestClientIsServed();

        int unanswered = NetworkSettings.DEFAULT_MAX_UNANSWERED;
        takeAnswers(greedy, requests, unanswered, unanswered + heldBySockets() / NAME_BYTES);
        sender.join();
        assertThat(servedToGreedy()).isEqualTo(requests);
    }

    @Test
    void aClientThatAsksForLargeAnswersAndNeverReads() throws Exception {
        serve(TestSettings.defaults());
        answerWithGroups(100);
        RawClient greedy = connectWithSmallWindow();
        int requests = 50;
        for (int i = 0; i < requests; i++) {
            greedy.out.write(GREEDY_REQUEST);
        }
        Await.until("it is served", () -> servedToGreedy() >= 2);
        honestClientIsServed();

        // 3 MB each, and reading stops at 4 MB.
        takeAnswers(greedy, requests, 2, 2);
        assertThat(servedToGreedy()).isEqualTo(requests);
    }

    @Test
    void whatWaitsForAClientThatIsGoneHearsOfIt() throws Exception {
        serve(TestSettings.defaults());
        byte[] request = RawClient.bytes(ApiKeys.PRODUCE, 11, 1, producing(new byte[10]));
        RawClient leaving = connect();
        leaving.out.write(request);
        leaving.out.write(GREEDY_REQUEST); // waits for its turn, and ends the reading
        leaving.out.write(new byte[3]);
        RawClient staying = connect();
        ServedApis.Produced first = apis.nextProduced();
        staying.out.write(request);
        ServedApis.Produced second = apis.nextProduced();

        leaving.close();

        Await.until("it is told", () -> first.gone().get());
        assertThat(second.gone()).isFalse();
        first.answer().complete(ServedApis.answerWithThrottle(0));
        second.answer().complete(ServedApis.answerWithThrottle(0));
        staying.receive();
        staying.close();
        Await.until("both have left", () -> apis.listeners.connections() == 0);
        assertThat(second.gone()).as("was answered before").isFalse();
    }

    /**
     * Bytes of answers that the system may hold in the two sockets: twice what was asked for each, as socket(7) says, and
     * one segment more, since a sender's limit is looked at before a segment is begun, which then is filled.
     */
    private long heldBySockets() {
        return 2L * (apis.settings.sendBufferBytes() + SMALL_WINDOW) + LARGEST_SEGMENT;
    }

    /** How many answers no socket has taken yet, those of the honest client included, who has taken all of its own. */
    private long heldByServer() {
        long served = apis.listed.get();
        return served - apis.metrics.of(ApiKeys.LIST_GROUPS).durations().count();
    }

    /**
     * Takes all answers.
     *
     * @param inServer at no time more requests were served beyond the answers that the socket has taken
     * @param inAll at no time more requests were served beyond the answers that the client has taken
     */
    private void takeAnswers(RawClient greedy, int requests, long inServer, long inAll) throws IOException {
        // The honest client may have read its last answer a moment before that is counted.
        Await.until("all is counted", () -> heldByServer() <= inServer);
        for (int taken = 0; taken < requests; taken++) {
            if (taken % 50 == 0 || requests <= 50) {
                assertThat(heldByServer()).as("answers not sent").isLessThanOrEqualTo(inServer);
                assertThat(servedToGreedy() - taken).as("answers not taken").isLessThanOrEqualTo(inAll);
            }
            greedy.receive();
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2})
    void clientsThatSendRandomAndDamagedRequests(long seed) throws Exception {
        serve(TestSettings.defaults());
        var random = new Random(seed);
        for (int i = 0; i < 200; i++) {
            try (RawClient client = apis.connect()) {
                client.out.write(damaged(random));
            } catch (IOException e) {
                // Closed while we were sending: that is what is asked for.
                assertThat(e).isNotNull();
            }
        }
        honestClientIsServed();
        Await.until("all memory is given back", () -> {
            // Again and again: what was sent last may come late.
            apis.produced.forEach(each -> each.answer().complete(ServedApis.answerWithThrottle(0)));
            return apis.listeners.requestBytesHeld() == 0;
        });
    }

    private static byte[] damaged(Random random) {
        if (random.nextBoolean()) {
            byte[] bytes = new byte[random.nextInt(300)];
            random.nextBytes(bytes);
            return bytes;
        }
        byte[] bytes = random.nextBoolean()
                ? RawClient.bytes(ApiKeys.PRODUCE, 11, 1, producing(new byte[100]))
                : RawClient.bytes(ApiKeys.LIST_GROUPS, LIST_GROUPS, 1, new ListGroupsRequestData());
        for (int flips = random.nextInt(4); flips > 0; flips--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        return bytes;
    }

    @Test
    void clientsOfOtherProtocols() throws Exception {
        serve(TestSettings.defaults());
        RawClient http = connect();
        http.out.write("GET /topics HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        assertThat(http.isClosedByPeer()).isTrue();
        RawClient tls = connect();
        tls.out.write(new byte[] {0x16, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3});
        assertThat(tls.isClosedByPeer()).isTrue();
        honestClientIsServed();
    }

    @Test
    void tooManyConnectionsInAll() throws Exception {
        serve(TestSettings.connections(3, Integer.MAX_VALUE, Map.of()));
        refusesTheFourth();
    }

    @Test
    void tooManyConnectionsOfOneAddress() throws Exception {
        serve(TestSettings.connections(100, 3, Map.of("192.0.2.7", 1)));
        refusesTheFourth();
    }

    @Test
    void tooManyConnectionsOfAnAddressWithALimitOfItsOwn() throws Exception {
        serve(TestSettings.connections(100, 1, Map.of("127.0.0.1", 3)));
        refusesTheFourth();
    }

    private void refusesTheFourth() throws Exception {
        for (int i = 0; i < 3; i++) {
            connect();
        }
        Await.until("three are connected", () -> apis.listeners.connections() == 3);
        assertThat(connect().isClosedByPeer()).isTrue();
        clients.get(0).close();
        Await.until("one has left", () -> apis.listeners.connections() == 2);
        honestClientIsServed();
    }

    @Test
    void idleAndSlowConnectionsAreClosedButNotThoseThatWaitForAnAnswer() throws Exception {
        serve(TestSettings.idle(300));
        RawClient waiting = connect();
        waiting.send(ApiKeys.PRODUCE, 11, 5, producing(new byte[10]));
        RawClient idle = connect();
        RawClient slow = connect();
        slow.out.writeInt(1000);

        assertThat(idle.isClosedByPeer()).isTrue();
        assertThat(slow.isClosedByPeer()).isTrue();
        apis.nextProduced().answer().complete(ServedApis.answerWithThrottle(0));
        assertThat(waiting.receive().getInt()).isEqualTo(5);
    }
}

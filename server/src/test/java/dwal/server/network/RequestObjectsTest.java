package dwal.server.network;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.protocol.CloseConnection;
import dwal.protocol.RequestObjects;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Large requests share what there is of the heap for their objects, give it back however they end, and hold up no small ones. */
class RequestObjectsTest {
    private static final int LIMIT = 8 << 20;
    private static final int PRODUCE = 11;
    private static final int LIST_GROUPS = 4;
    /** About 6 MB of objects, by estimation, and as little on the wire as can be without being small. */
    private static final byte[] LARGE = RawClient.bytes(ApiKeys.PRODUCE, PRODUCE, 1, manyPartitions());

    private final ServedApis apis = new ServedApis(TestSettings.objects(LIMIT));
    private final List<RawClient> clients = new ArrayList<>();

    private static ProduceRequestData manyPartitions() {
        var topic = new TopicProduceData().setName("t");
        for (int i = 0; i < 18_000; i++) {
            topic.partitionData().add(new PartitionProduceData().setIndex(i));
        }
        var request = new ProduceRequestData().setAcks((short) 1);
        request.topicData().add(topic);
        return request;
    }

    @AfterEach
    void stop() throws IOException {
        for (RawClient client : clients) {
            client.close();
        }
        apis.close();
    }

    private RawClient connect() throws IOException {
        RawClient client = apis.connect();
        clients.add(client);
        return client;
    }

    private long held() {
        return apis.listeners.requestObjectBytesHeld();
    }

    private RawClient sendLarge() throws IOException {
        RawClient client = connect();
        client.out.write(LARGE);
        return client;
    }

    private static void answer(ServedApis.Produced asked) {
        asked.answer().complete(ServedApis.answerWithThrottle(0));
    }

    private void awaitArrival(int requests) {
        Await.until("all have come", () -> apis.listeners.requestBytesHeld() >= requests * (LARGE.length - 4L));
    }

    /** Waits until the bytes of so many large requests are held, and nothing else: no buffer, of one that comes or has come. */
    private void awaitLarge(int requests) {
        Await.until(requests + " are there", () -> apis.listeners.requestBytesHeld() == requests * (LARGE.length - 4L));
    }

    private void honestClientIsServed() throws IOException {
        try (RawClient honest = apis.connect()) {
            listGroups(honest, 7);
            assertThat(honest.receive(ApiKeys.LIST_GROUPS, LIST_GROUPS, new ListGroupsResponseData()))
                    .isEqualTo(7);
        }
    }

    private static void listGroups(RawClient client, int correlationId) throws IOException {
        client.send(ApiKeys.LIST_GROUPS, LIST_GROUPS, correlationId, new ListGroupsRequestData());
    }

    @Test
    void allComeThroughOneByOneAndSmallOnesAreNotHeldUp() throws Exception {
        int count = 6;
        for (int i = 0; i < count; i++) {
            sendLarge();
        }
        for (int i = 0; i < count; i++) {
            ServedApis.Produced next = apis.nextProduced();
            honestClientIsServed();
            assertThat(apis.produced).as("there is room for one").isEmpty();
            assertThat(held()).isBetween(LIMIT / 2L, (long) LIMIT);
            answer(next);
        }
        for (RawClient client : clients) {
            assertThat(client.receive().getInt()).isEqualTo(1);
        }
        Await.until("all is given back", () -> held() == 0);
        Await.until("all bytes, too", () -> apis.listeners.requestBytesHeld() == 0);
    }

    @Test
    void whatComesBehindOneThatWaitsIsAnsweredAfterIt() throws Exception {
        sendLarge();
        ServedApis.Produced first = apis.nextProduced();
        RawClient waiting = sendLarge();
        listGroups(waiting, 2);
        listGroups(waiting, 3);
        awaitArrival(2);
        assertThat(apis.listed).hasValue(0);

        answer(first);
        answer(apis.nextProduced());
        for (int i = 1; i <= 3; i++) {
            assertThat(waiting.receive().getInt()).isEqualTo(i);
        }
    }

    @Test
    void aConnectionThatClosesWhileItWaitsLeavesTheLine() throws Exception {
        sendLarge();
        ServedApis.Produced first = apis.nextProduced();
        awaitLarge(1);
        RawClient gone = sendLarge();
        awaitLarge(2);
        gone.close();
        awaitLarge(1);
        sendLarge();
        awaitLarge(2);

        answer(first);
        answer(apis.nextProduced());
        Await.until("all is given back", () -> held() == 0);
        Await.until("all bytes, too", () -> apis.listeners.requestBytesHeld() == 0);
        assertThat(apis.produced).isEmpty();
    }

    @Test
    void whatIsHandledIsHeldThoughItsConnectionHasClosed() throws Exception {
        RawClient gone = sendLarge();
        ServedApis.Produced asked = apis.nextProduced();
        gone.close();
        Await.until("it is told", () -> asked.gone().get());
        assertThat(held()).isPositive();

        answer(asked);
        Await.until("all is given back", () -> held() == 0);
    }

    @Test
    void whatHasNoAnswerIsGivenBackToo() throws Exception {
        sendLarge();
        apis.nextProduced().answer().complete(null);
        Await.until("all is given back", () -> held() == 0);

        RawClient failed = sendLarge();
        apis.nextProduced().answer().completeExceptionally(new CloseConnection("acks=0 with an error"));
        assertThat(failed.isClosedByPeer()).isTrue();
        assertThat(held()).isZero();
    }

    @Test
    void aFetchThatWaitsHoldsUpNobody() throws Exception {
        var answer = new CompletableFuture<FetchResponseData>();
        var begun = new CountDownLatch(1);
        apis.fetching = ignored -> {
            begun.countDown();
            return answer;
        };
        var topic = new FetchTopic().setTopic("t");
        for (int i = 0; i < 18_000; i++) {
            topic.partitions().add(new FetchPartition().setPartition(i));
        }
        RawClient waiting = connect();
        waiting.send(ApiKeys.FETCH, 12, 5, new FetchRequestData().setTopics(List.of(topic)));
        assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();

        sendLarge();
        answer(apis.nextProduced());
        Await.until("all is given back", () -> held() == 0);
        answer.complete(new FetchResponseData());
        assertThat(waiting.receive().getInt()).isEqualTo(5);
        assertThat(held()).isZero();
    }

    @Test
    void whatDoesNotParseIsGivenBack() throws Exception {
        byte[] cut = LARGE.clone();
        ByteBuffer.wrap(cut).putInt(LARGE.length - 4 - 10);
        RawClient client = connect();
        client.out.write(cut);
        assertThat(client.isClosedByPeer()).isTrue();
        assertThat(held()).isZero();
    }

    @Test
    void whoHasWaitedFor30SecondsIsClosed() {
        var share = new RequestObjects(LIMIT).share(LARGE.length);
        var wait = new AwaitedRoom(new PendingRequest(null, Unpooled.wrappedBuffer(LARGE), share, 1), 2);

        assertThat(wait.reasonToClose(TimeUnit.SECONDS.toNanos(30))).isNull();
        assertThat(wait.reasonToClose(2 + TimeUnit.SECONDS.toNanos(30)))
                .contains(LARGE.length + " bytes")
                .contains("-Xmx");
    }
}

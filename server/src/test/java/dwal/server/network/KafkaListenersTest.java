package dwal.server.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dwal.environment.Clock;
import dwal.protocol.ApiTable;
import dwal.protocol.CloseConnection;
import dwal.protocol.RecordsSlice;
import dwal.server.network.ServedApis.Produced;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.errors.NotLeaderOrFollowerException;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class KafkaListenersTest {
    private static final int PRODUCE = 11;
    private static final int LIST_GROUPS = 4;

    private ServedApis apis;

    private ServedApis serve() {
        apis = new ServedApis(TestSettings.defaults());
        return apis;
    }

    @AfterEach
    void stop() {
        if (apis != null) {
            apis.close();
        }
    }

    private static ProduceRequestData produce(int acks, byte[] records) {
        var partition = new PartitionProduceData()
                .setIndex(0)
                .setRecords(MemoryRecords.readableRecords(ByteBuffer.wrap(records)));
        var topic = new TopicProduceData().setName("t").setPartitionData(List.of(partition));
        var request = new ProduceRequestData().setAcks((short) acks).setTimeoutMs(1000);
        request.topicData().add(topic);
        return request;
    }

    @Test
    void answersApiVersionsInEachVersion() throws Exception {
        try (var client = serve().connect()) {
            for (short version : ApiKeys.API_VERSIONS.allVersions()) {
                client.send(ApiKeys.API_VERSIONS, version, 100 + version, softwareNamed("raw"));
                var answer = new ApiVersionsResponseData();
                assertThat(client.receive(ApiKeys.API_VERSIONS, version, answer))
                        .isEqualTo(100 + version);
                assertThat(answer.errorCode()).isEqualTo(Errors.NONE.code());
                assertThat(answer.apiKeys()).hasSize(4);
                assertThat(answer.apiKeys().find(ApiKeys.PRODUCE.id).minVersion())
                        .as("what librdkafka needs to see")
                        .isZero();
            }
        }
    }

    @Test
    void answersAnApiVersionsThatIsTooNewInTheOldestForm() throws Exception {
        try (var client = serve().connect()) {
            byte[] request = RawClient.bytes(ApiKeys.API_VERSIONS, 4, 9, softwareNamed("raw"));
            request[7] = 99;
            client.out.write(request);

            var answer = new ApiVersionsResponseData();
            assertThat(client.receive(ApiKeys.API_VERSIONS, 0, answer)).isEqualTo(9);
            assertThat(answer.errorCode()).isEqualTo(Errors.UNSUPPORTED_VERSION.code());
            assertThat(answer.apiKeys()).hasSize(1);
            assertThat(answer.apiKeys().find(ApiKeys.API_VERSIONS.id).maxVersion())
                    .isEqualTo(ApiKeys.API_VERSIONS.latestVersion());

            client.send(ApiKeys.API_VERSIONS, 0, 10, new ApiVersionsRequestData());
            assertThat(client.receive(ApiKeys.API_VERSIONS, 0, new ApiVersionsResponseData()))
                    .isEqualTo(10);
        }
    }

    @Test
    void remembersWhatTheClientSaysItIsAndRefusesNonsense() throws Exception {
        try (var client = serve().connect()) {
            client.send(ApiKeys.API_VERSIONS, 3, 1, softwareNamed("not/a name"));
            var answer = new ApiVersionsResponseData();
            client.receive(ApiKeys.API_VERSIONS, 3, answer);
            assertThat(answer.errorCode()).isEqualTo(Errors.INVALID_REQUEST.code());
            assertThat(softwareSeen(client)).isEqualTo("unknown");

            client.send(ApiKeys.API_VERSIONS, 3, 1, softwareNamed("apache-kafka-java"));
            client.receive(ApiKeys.API_VERSIONS, 3, new ApiVersionsResponseData());
            assertThat(softwareSeen(client)).isEqualTo("apache-kafka-java");
        }
    }

    @Test
    void readsNothingFromAClientThatMustPauseAndThenGoesOn() throws Exception {
        try (var client = serve().connect();
                var another = apis.connect()) {
            apis.throttleMs = 300;
            long before = System.nanoTime();
            client.send(ApiKeys.PRODUCE, PRODUCE, 1, produce(1, new byte[10]));
            apis.nextProduced().answer().complete(new ProduceResponseData());
            apis.throttleMs = 0;
            var answer = new ProduceResponseData();
            assertThat(client.receive(ApiKeys.PRODUCE, PRODUCE, answer)).isEqualTo(1);
            assertThat(answer.throttleTimeMs()).as("the client is told").isEqualTo(300);

            client.send(ApiKeys.PRODUCE, PRODUCE, 2, produce(1, new byte[10]));
            listGroups(another, 5);
            apis.nextProduced().answer().complete(new ProduceResponseData());
            assertThat(System.nanoTime() - before)
                    .as("it was let in later")
                    .isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(300));
            assertThat(client.receive(ApiKeys.PRODUCE, PRODUCE, answer)).isEqualTo(2);
            assertThat(answer.throttleTimeMs()).isZero();
        }
    }

    @Test
    void aRequestThatHasComeBeforeItsClientMustPauseWaitsToo() throws Exception {
        try (var client = serve().connect()) {
            long before = System.nanoTime();
            var both = new ByteArrayOutputStream();
            both.writeBytes(RawClient.bytes(ApiKeys.PRODUCE, PRODUCE, 1, produce(1, new byte[10])));
            both.writeBytes(RawClient.bytes(ApiKeys.LIST_GROUPS, LIST_GROUPS, 2, new ListGroupsRequestData()));
            client.out.write(both.toByteArray());
            ServedApis.Produced produced = apis.nextProduced();
            produced.times().throttled(300, "producer_byte_rate");
            produced.answer().complete(new ProduceResponseData());
            client.receive(ApiKeys.PRODUCE, PRODUCE, new ProduceResponseData());
            client.receive(ApiKeys.LIST_GROUPS, LIST_GROUPS, new ListGroupsResponseData());
            assertThat(System.nanoTime() - before).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(300));
        }
    }

    private String softwareSeen(RawClient client) throws Exception {
        listGroups(client, 1);
        return apis.contexts.remove().connection().clientSoftwareName();
    }

    private static ApiVersionsRequestData softwareNamed(String name) {
        return new ApiVersionsRequestData().setClientSoftwareName(name).setClientSoftwareVersion("1.0");
    }

    private static void listGroups(RawClient client, int correlationId) throws Exception {
        client.send(ApiKeys.LIST_GROUPS, LIST_GROUPS, correlationId, new ListGroupsRequestData());
        assertThat(client.receive(ApiKeys.LIST_GROUPS, LIST_GROUPS, new ListGroupsResponseData()))
                .isEqualTo(correlationId);
    }

    @Test
    void producesOverlapAndAreAnsweredInTheirOrder() throws Exception {
        try (var client = serve().connect()) {
            for (int i = 0; i < 5; i++) {
                client.send(ApiKeys.PRODUCE, PRODUCE, i, produce(1, new byte[65_536]));
            }
            Produced[] waiting = new Produced[5];
            for (int i = 0; i < 5; i++) {
                waiting[i] = apis.nextProduced();
            }
            for (int i = 4; i >= 0; i--) {
                waiting[i].answer().complete(ServedApis.answerWithThrottle(1000 + i));
            }
            for (int i = 0; i < 5; i++) {
                var answer = new ProduceResponseData();
                assertThat(client.receive(ApiKeys.PRODUCE, PRODUCE, answer)).isEqualTo(i);
                assertThat(answer.throttleTimeMs()).isEqualTo(1000 + i);
            }
        }
        Await.until("all request memory is given back", () -> apis.listeners.requestBytesHeld() == 0);
    }

    @Test
    void otherRequestsWaitForThoseBeforeThem() throws Exception {
        try (var client = serve().connect()) {
            client.send(ApiKeys.PRODUCE, PRODUCE, 1, produce(1, new byte[10]));
            client.send(ApiKeys.LIST_GROUPS, LIST_GROUPS, 2, new ListGroupsRequestData());
            client.send(ApiKeys.PRODUCE, PRODUCE, 3, produce(1, new byte[10]));
            Produced first = apis.nextProduced();
            try (var other = apis.connect()) {
                listGroups(other, 7);
            }
            assertThat(apis.listed).as("only the other client's").hasValue(1);

            first.answer().complete(ServedApis.answerWithThrottle(0));
            apis.nextProduced().answer().complete(ServedApis.answerWithThrottle(0));

            assertThat(client.receive(ApiKeys.PRODUCE, PRODUCE, new ProduceResponseData()))
                    .isEqualTo(1);
            assertThat(client.receive(ApiKeys.LIST_GROUPS, LIST_GROUPS, new ListGroupsResponseData()))
                    .isEqualTo(2);
            assertThat(client.receive(ApiKeys.PRODUCE, PRODUCE, new ProduceResponseData()))
                    .isEqualTo(3);
        }
    }

    @Test
    void sendsNothingForAnAnswerThatIsNull() throws Exception {
        try (var client = serve().connect()) {
            client.send(ApiKeys.PRODUCE, PRODUCE, 1, produce(0, new byte[10]));
            apis.nextProduced().answer().complete(null);
            listGroups(client, 2);
        }
    }

    @Test
    void closesTheConnectionWhenAHandlerWantsThat() throws Exception {
        try (var client = serve().connect()) {
            client.send(ApiKeys.PRODUCE, PRODUCE, 1, produce(0, new byte[10]));
            apis.nextProduced().answer().completeExceptionally(new CloseConnection("acks=0 with an error"));
            assertThat(client.isClosedByPeer()).isTrue();
        }
    }

    @Test
    void answersAFailureInTheShapeOfTheApi() throws Exception {
        try (var client = serve().connect()) {
            client.send(ApiKeys.PRODUCE, PRODUCE, 1, produce(1, new byte[10]));
            apis.nextProduced().answer().completeExceptionally(new NotLeaderOrFollowerException("elsewhere"));
            assertThat(errorOfProduce(client)).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);

            client.send(ApiKeys.PRODUCE, PRODUCE, 1, produce(1, new byte[10]));
            apis.nextProduced().answer().completeExceptionally(new IllegalStateException("a defect, as a test"));
            assertThat(errorOfProduce(client)).isEqualTo(Errors.UNKNOWN_SERVER_ERROR);

            apis.listGroups = () -> {
                throw new IllegalStateException("another defect, as a test");
            };
            client.send(ApiKeys.LIST_GROUPS, LIST_GROUPS, 5, new ListGroupsRequestData());
            var answer = new ListGroupsResponseData();
            client.receive(ApiKeys.LIST_GROUPS, LIST_GROUPS, answer);
            assertThat(answer.errorCode()).isEqualTo(Errors.UNKNOWN_SERVER_ERROR.code());
        }
    }

    private static Errors errorOfProduce(RawClient client) throws Exception {
        var answer = new ProduceResponseData();
        client.receive(ApiKeys.PRODUCE, PRODUCE, answer);
        return Errors.forCode(
                answer.responses().iterator().next().partitionResponses().get(0).errorCode());
    }

    @ParameterizedTest
    @EnumSource(
            value = Transport.class,
            names = {"AUTO", "NIO", "IO_URING"})
    void carriesRecordsBothWaysOnEachTransport(Transport transport, @TempDir Path directory) throws Exception {
        assumeTrue(TestSettings.isAvailable(transport));
        apis = new ServedApis(TestSettings.on(transport));
        byte[] content = new byte[3_000_000];
        new Random(5).nextBytes(content);
        Path path = Files.write(directory.resolve("segment"), content);
        try (var client = apis.connect();
                var file = FileChannel.open(path)) {
            client.send(ApiKeys.PRODUCE, PRODUCE, 1, produce(1, content));
            Produced produced = apis.nextProduced();
            var records = (MemoryRecords) produced.request()
                    .topicData()
                    .iterator()
                    .next()
                    .partitionData()
                    .get(0)
                    .records();
            assertThat(records.buffer()).isEqualTo(ByteBuffer.wrap(content));
            produced.answer().complete(ServedApis.answerWithThrottle(0));
            client.receive(ApiKeys.PRODUCE, PRODUCE, new ProduceResponseData());

            var released = new AtomicInteger();
            apis.records = () -> new FileSlice(file, content.length, released);
            client.send(ApiKeys.FETCH, 12, 2, new FetchRequestData());
            var answer = new FetchResponseData();
            client.receive(ApiKeys.FETCH, 12, answer);
            var fetched = (MemoryRecords)
                    answer.responses().get(0).partitions().get(0).records();
            assertThat(fetched.buffer()).isEqualTo(ByteBuffer.wrap(content));
            Await.until("the slice is released", () -> released.get() == 1);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aRequestThatWaitsForItsTurnIsExplainedByTheOneBeforeIt(boolean clientsWish) throws Exception {
        try (var client = serve().connect()) {
            client.send(ApiKeys.PRODUCE, PRODUCE, 1, produce(1, new byte[10]));
            Produced waiting = apis.nextProduced();
            long before = apis.listeners.requestBytesHeld();
            var large = new ListGroupsRequestData().setStatesFilter(List.of("s".repeat(30_000)));
            client.send(ApiKeys.LIST_GROUPS, LIST_GROUPS, 2, large);
            Await.until("the other is there", () -> apis.listeners.requestBytesHeld() > before + 20_000);
            long since = System.nanoTime();
            Await.until("it has waited for long enough to be slow", () -> System.nanoTime() - since > 50_000_000);
            waiting.times().waitedAsWanted(clientsWish ? Long.MAX_VALUE : 0);

            waiting.answer().complete(ServedApis.answerWithThrottle(0));

            Await.until("it is slow", () -> causes("ListGroups").size() == 1);
            assertThat(causes("ListGroups").get(0))
                    .containsPattern(
                            clientsWish
                                    ? "^The client let it wait [0-9.]+ ms behind a Produce of its own on the same"
                                    : "^It waited [0-9.]+ ms until an earlier Produce of the same connection");
        }
    }

    private List<String> causes(String api) {
        return apis.metrics.slow().slowest(SlowRequests.MOST).stream()
                .filter(each -> each.api().equals(api))
                .map(SlowRequest::cause)
                .toList();
    }

    @Test
    void tellsWhenAConnectionHasClosed() throws Exception {
        var closed = new AtomicBoolean();
        try (var client = serve().connect()) {
            listGroups(client, 1);
            apis.contexts.remove().connection().onClose(() -> closed.set(true));
            assertThat(closed).isFalse();
        }
        Await.until("the handler is told", closed::get);
    }

    @Test
    void anAnswerForAClientThatHasGoneIsDropped() throws Exception {
        Produced waiting;
        try (var client = serve().connect()) {
            client.send(ApiKeys.PRODUCE, PRODUCE, 1, produce(1, new byte[100_000]));
            waiting = apis.nextProduced();
        }
        Await.until("the connection is gone", () -> apis.listeners.connections() == 0);
        assertThat(apis.listeners.requestBytesHeld())
                .as("the handler may still read")
                .isPositive();

        waiting.answer().complete(ServedApis.answerWithThrottle(0));
        Await.until("its memory is given back", () -> apis.listeners.requestBytesHeld() == 0);
    }

    @Test
    void lettingGoAnswersWhatIsUnderWayAndAcceptsNothingNew() throws Exception {
        try (var client = serve().connect()) {
            client.send(ApiKeys.PRODUCE, PRODUCE, 1, produce(1, new byte[10]));
            Produced waiting = apis.nextProduced();
            CompletableFuture<Void> closing = CompletableFuture.runAsync(apis.listeners::close);
            Await.until("nobody can connect", () -> !canConnect());

            waiting.answer().complete(ServedApis.answerWithThrottle(0));

            assertThat(client.receive(ApiKeys.PRODUCE, PRODUCE, new ProduceResponseData()))
                    .isEqualTo(1);
            assertThat(client.isClosedByPeer()).isTrue();
            closing.get();
        }
    }

    /** What a network loop takes on in its last turn, it never closes. */
    @RepeatedTest(10)
    void aClientThatComesWhileTheListenersCloseIsLetGo() {
        serve();
        CompletableFuture<Void> closing = CompletableFuture.runAsync(apis.listeners::close);
        while (!closing.isDone()) {
            canConnect();
        }
        closing.join();
        assertThat(apis.listeners.connections()).isZero();
    }

    private boolean canConnect() {
        try (var client = apis.connect()) {
            return client.socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void saysWhichListenerCannotBeBoundAndLeavesNothingBehind() {
        int taken = serve().port;
        var endpoints = List.of(
                new Endpoint("FIRST", SecurityProtocol.PLAINTEXT, "127.0.0.1", 0),
                new Endpoint("SECOND", SecurityProtocol.PLAINTEXT, "127.0.0.1", taken));
        var second = new KafkaListeners(endpoints, ApiTable.builder().build(), TestSettings.defaults(), Clock.system());
        assertThatThrownBy(second::start).hasMessageContaining("SECOND").hasMessageContaining(String.valueOf(taken));
        assertThat(second.loops().isShutdown()).isTrue();
    }

    record FileSlice(FileChannel file, int length, AtomicInteger released) implements RecordsSlice {
        @Override
        public List<Part> parts() {
            return List.of(new FilePart(file, 0, length));
        }

        @Override
        public void release() {
            released.incrementAndGet();
        }

        @Override
        public int sizeInBytes() {
            return length;
        }
    }

    @Test
    void holdsNothingOfLargeRequestsWhoseAnswersAClientDoesNotTake() throws Exception {
        var answer = new ListGroupsResponseData();
        answer.groups().add(new ListGroupsResponseData.ListedGroup().setGroupId("x".repeat(30_000)));
        serve().listGroups = () -> answer;
        var request = new ListGroupsRequestData().setStatesFilter(List.of("x".repeat(20_000)));
        try (var client = apis.connect()) {
            int count = NetworkSettings.DEFAULT_MAX_UNANSWERED / 2;
            for (int i = 0; i < count; i++) {
                client.send(ApiKeys.LIST_GROUPS, LIST_GROUPS, i, request);
            }
            Await.until("requests are nothing", () -> {
                System.gc();
                return apis.listRequests.size() == count
                        && apis.listRequests.stream().allMatch(each -> each.get() == null);
            });
        }
    }

    @Test
    void holdsOnlyTheBytesOfAnswersThatAClientDoesNotTake() throws Exception {
        List<WeakReference<Object>> bodies = new CopyOnWriteArrayList<>();
        serve().listGroups = () -> {
            var body = new ListGroupsResponseData();
            body.groups().add(new ListGroupsResponseData.ListedGroup().setGroupId("x".repeat(30_000)));
            bodies.add(new WeakReference<>(body));
            return body;
        };
        try (var client = apis.connect()) {
            for (int i = 0; i < 500; i++) {
                client.send(ApiKeys.LIST_GROUPS, LIST_GROUPS, i, new ListGroupsRequestData());
            }
            Await.until("answers are bytes", () -> {
                System.gc();
                return bodies.size() > 40
                        && bodies.stream().filter(body -> body.get() != null).count() < 5;
            });
            for (int i = 0; i < 500; i++) {
                assertThat(client.receive(ApiKeys.LIST_GROUPS, LIST_GROUPS, new ListGroupsResponseData()))
                        .isEqualTo(i);
            }
        }
    }
}

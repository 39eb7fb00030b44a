package dwal.gateway.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.rpc.ErrorInfo;
import dwal.gateway.OpenNode;
import dwal.gateway.grpc.v1.ConsumeRequest;
import dwal.gateway.grpc.v1.ConsumeResponse;
import dwal.gateway.grpc.v1.ConsumeStreamRequest;
import dwal.gateway.grpc.v1.Header;
import dwal.gateway.grpc.v1.IsolationLevel;
import dwal.gateway.grpc.v1.NewRecord;
import dwal.gateway.grpc.v1.ProduceRequest;
import dwal.gateway.grpc.v1.ProduceResponse;
import dwal.gateway.grpc.v1.Produced;
import dwal.gateway.grpc.v1.Record;
import dwal.gateway.grpc.v1.TimestampType;
import io.grpc.CallOptions;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TopicLogTest {
    @TempDir
    static Path data;

    private static OpenNode node;
    private static GrpcClient client;
    private static Admin admin;
    private static int topics;

    @BeforeAll
    static void start() throws Exception {
        node = OpenNode.alone(data, Map.of());
        client = new GrpcClient(node);
        admin = Admin.create(Map.of("bootstrap.servers", node.kafka()));
    }

    @AfterAll
    static void stop() {
        admin.close();
        client.close();
        node.close();
    }

    private static String topic(int partitions, Map<String, String> configs) throws Exception {
        String name = "topic-" + topics++;
        admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1).configs(configs)))
                .all()
                .get();
        return name;
    }

    private static ByteString bytes(String text) {
        return ByteString.copyFromUtf8(text);
    }

    private static NewRecord record(String value) {
        return NewRecord.newBuilder().setPartition(0).setValue(bytes(value)).build();
    }

    private static ProduceRequest request(String topic, NewRecord... records) {
        return ProduceRequest.newBuilder()
                .setTopic(topic)
                .addAllRecords(List.of(records))
                .build();
    }

    private static List<Produced> produce(String topic, NewRecord... records) {
        return client.call(TopicLogService.PRODUCE, request(topic, records)).getRecordsList();
    }

    private static ConsumeRequest.Builder from(String topic) {
        return ConsumeRequest.newBuilder().setTopic(topic);
    }

    private static ConsumeResponse consume(ConsumeRequest.Builder request) {
        return client.call(TopicLogService.CONSUME, request.build());
    }

    private static List<String> values(ConsumeResponse response) {
        return response.getRecordsList().stream()
                .map(each -> each.getValue().toStringUtf8())
                .toList();
    }

    private static Iterator<ConsumeResponse> stream(ConsumeStreamRequest.Builder request) {
        return ClientCalls.blockingServerStreamingCall(
                client.channel(),
                TopicLogService.CONSUME_STREAM,
                CallOptions.DEFAULT.withDeadlineAfter(40, TimeUnit.SECONDS),
                request.build());
    }

    private static void isRefused(Runnable call, Status.Code code, String reason) {
        assertThatThrownBy(call::run).isInstanceOfSatisfying(StatusRuntimeException.class, e -> {
            assertThat(e.getStatus().getCode()).as(e.getMessage()).isEqualTo(code);
            try {
                var info = StatusProto.fromThrowable(e).getDetails(0).unpack(ErrorInfo.class);
                assertThat(info.getReason()).isEqualTo(reason);
                assertThat(info.getDomain()).isEqualTo("dwal");
            } catch (com.google.protobuf.InvalidProtocolBufferException broken) {
                throw new AssertionError(broken);
            }
        });
    }

    @Test
    void aRecordIsReadAsItWasWritten() throws Exception {
        String topic = topic(3, Map.of());
        var sent = NewRecord.newBuilder()
                .setPartition(2)
                .setKey(bytes("key"))
                .setValue(bytes("value"))
                .addHeaders(Header.newBuilder().setName("h").setValue(bytes("1")))
                .addHeaders(Header.newBuilder().setName("h").setValue(ByteString.EMPTY))
                .addHeaders(Header.newBuilder().setName("null"))
                .setTimestampMs(1_700_000_000_000L)
                .build();

        Produced produced = produce(topic, sent).get(0);

        assertThat(produced.getPartition()).isEqualTo(2);
        assertThat(produced.getOffset()).isZero();
        assertThat(produced.getTimestampMs()).isEqualTo(1_700_000_000_000L);
        ConsumeResponse read = consume(from(topic).setPartition(2));
        assertThat(read.getNextOffset()).isEqualTo(1);
        assertThat(read.getHighWatermark()).isEqualTo(1);
        assertThat(read.getLastStableOffset()).isEqualTo(1);
        Record record = read.getRecords(0);
        assertThat(record.getOffset()).isZero();
        assertThat(record.getTimestampMs()).isEqualTo(1_700_000_000_000L);
        assertThat(record.getTimestampType()).isEqualTo(TimestampType.CREATE_TIME);
        assertThat(record.getKey()).isEqualTo(bytes("key"));
        assertThat(record.getValue()).isEqualTo(bytes("value"));
        assertThat(record.getHeadersList()).isEqualTo(sent.getHeadersList());
    }

    @Test
    void nullAndEmptyAreNotTheSame() throws Exception {
        String topic = topic(1, Map.of());
        produce(
                topic,
                NewRecord.newBuilder().build(),
                NewRecord.newBuilder()
                        .setKey(ByteString.EMPTY)
                        .setValue(ByteString.EMPTY)
                        .build());

        List<Record> read = consume(from(topic)).getRecordsList();

        assertThat(read).extracting(Record::hasKey).containsExactly(false, true);
        assertThat(read).extracting(Record::hasValue).containsExactly(false, true);
    }

    @Test
    void theBrokersTimestampIsToldWhereTheTopicWantsIt() throws Exception {
        String topic = topic(1, Map.of("message.timestamp.type", "LogAppendTime"));

        Produced produced = produce(
                        topic, record("x").toBuilder().setTimestampMs(1_000).build())
                .get(0);

        Record record = consume(from(topic)).getRecords(0);
        assertThat(produced.getTimestampMs()).isGreaterThan(1_700_000_000_000L);
        assertThat(record.getTimestampMs()).isEqualTo(produced.getTimestampMs());
        assertThat(record.getTimestampType()).isEqualTo(TimestampType.LOG_APPEND_TIME);
    }

    @Test
    void keysLeadWhereKafkasProducerTakesThem() throws Exception {
        String topic = topic(5, Map.of());
        NewRecord[] records = new NewRecord[20];
        for (int i = 0; i < records.length; i++) {
            records[i] = NewRecord.newBuilder().setKey(bytes("key " + i)).build();
        }
        List<Produced> produced = produce(topic, records);

        Map<String, Object> settings = Map.of("bootstrap.servers", node.kafka());
        try (var producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            for (int i = 0; i < records.length; i++) {
                RecordMetadata by = producer.send(new ProducerRecord<>(topic, "key " + i, ""))
                        .get();
                assertThat(produced.get(i).getPartition()).isEqualTo(by.partition());
            }
        }
    }

    @Test
    void aReaderBeginsWhereItSays() throws Exception {
        String topic = topic(1, Map.of());
        for (int i = 0; i < 5; i++) {
            produce(topic, record("v" + i).toBuilder().setTimestampMs(1_000 + i).build());
        }

        assertThat(values(consume(from(topic)))).containsExactly("v0", "v1", "v2", "v3", "v4");
        assertThat(values(consume(from(topic).setOffset(3)))).containsExactly("v3", "v4");
        assertThat(values(consume(from(topic).setTimestampMs(1_002)))).containsExactly("v2", "v3", "v4");
        assertThat(values(consume(from(topic).setLast(1)))).containsExactly("v4");
        assertThat(values(consume(from(topic).setLast(9)))).hasSize(5);
        assertThat(values(consume(from(topic).setOffset(5)))).isEmpty();
        ConsumeResponse page = consume(from(topic).setOffset(1).setLimit(2));
        assertThat(values(page)).containsExactly("v1", "v2");
        assertThat(page.getNextOffset()).isEqualTo(3);
    }

    @Test
    void whoWaitsAtTheEndGetsWhatComes() throws Exception {
        String topic = topic(1, Map.of());
        produce(topic, record("before"));
        var waiting = CompletableFuture.supplyAsync(
                () -> consume(from(topic).setOffset(1).setWaitMs(30_000)));

        produce(topic, record("later"));

        assertThat(values(waiting.get(20, TimeUnit.SECONDS))).containsExactly("later");
        assertThat(values(consume(from(topic).setOffset(2).setWaitMs(10)))).isEmpty();
    }

    @Test
    void aDeadlineEndsTheWait() throws Exception {
        String topic = topic(1, Map.of());
        var options = CallOptions.DEFAULT.withDeadlineAfter(300, TimeUnit.MILLISECONDS);

        assertThatThrownBy(() -> ClientCalls.blockingUnaryCall(
                                client.channel(),
                                TopicLogService.CONSUME,
                                options,
                                from(topic).setWaitMs(30_000).build())
                        .getRecordsCount())
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED));
    }

    @Test
    void whatIsNotInATransactionIsCommitted() throws Exception {
        String topic = topic(1, Map.of());
        produce(topic, record("committed"));

        ConsumeResponse read = consume(from(topic).setIsolation(IsolationLevel.READ_COMMITTED));

        assertThat(values(read)).containsExactly("committed");
        assertThat(read.getLastStableOffset()).isEqualTo(1);
        var stream =
                stream(ConsumeStreamRequest.newBuilder().setTopic(topic).setIsolation(IsolationLevel.READ_COMMITTED));
        assertThat(values(stream.next())).containsExactly("committed");
        assertThat(stream.hasNext()).isFalse();
    }

    @Test
    void aStreamEndsAtTheEndOrGoesOn() throws Exception {
        String topic = topic(1, Map.of());
        for (int i = 0; i < 3; i++) {
            produce(topic, record("v" + i));
        }
        List<String> read = new ArrayList<>();
        stream(ConsumeStreamRequest.newBuilder().setTopic(topic).setOffset(1))
                .forEachRemaining(page -> read.addAll(values(page)));
        assertThat(read).containsExactly("v1", "v2");

        try (var other = new GrpcClient(node)) {
            Iterator<ConsumeResponse> following = ClientCalls.blockingServerStreamingCall(
                    other.channel(),
                    TopicLogService.CONSUME_STREAM,
                    CallOptions.DEFAULT.withDeadlineAfter(40, TimeUnit.SECONDS),
                    ConsumeStreamRequest.newBuilder()
                            .setTopic(topic)
                            .setLast(1)
                            .setFollow(true)
                            .build());
            assertThat(values(following.next())).containsExactly("v2");
            produce(topic, record("later"));
            assertThat(values(following.next())).containsExactly("later");
        }
    }

    @Test
    void aLongStreamGivesEachRecordOnce() throws Exception {
        String topic = topic(1, Map.of());
        for (int request = 0; request < 10; request++) {
            NewRecord[] records = new NewRecord[500];
            for (int i = 0; i < records.length; i++) {
                records[i] = record("x".repeat(200) + (request * 500 + i));
            }
            produce(topic, records);
        }
        List<Long> offsets = new ArrayList<>();

        stream(ConsumeStreamRequest.newBuilder().setTopic(topic)).forEachRemaining(page -> {
            assertThat(page.getSerializedSize()).isLessThan(80_000);
            page.getRecordsList().forEach(each -> offsets.add(each.getOffset()));
        });

        assertThat(offsets).hasSize(5_000).isSorted().doesNotHaveDuplicates();
    }

    /** Gathers what a stream of appends is answered. */
    private static final class Answers implements StreamObserver<ProduceResponse> {
        final List<Produced> all = new CopyOnWriteArrayList<>();
        final CompletableFuture<Status> end = new CompletableFuture<>();

        @Override
        public void onNext(ProduceResponse answer) {
            all.addAll(answer.getRecordsList());
        }

        @Override
        public void onError(Throwable failure) {
            end.complete(Status.fromThrowable(failure));
        }

        @Override
        public void onCompleted() {
            end.complete(Status.OK);
        }
    }

    private static Answers produceStream(Consumer<StreamObserver<ProduceRequest>> sender) {
        var answers = new Answers();
        StreamObserver<ProduceRequest> requests = ClientCalls.asyncBidiStreamingCall(
                client.channel().newCall(TopicLogService.PRODUCE_STREAM, CallOptions.DEFAULT), answers);
        sender.accept(requests);
        return answers;
    }

    @Test
    void aStreamOfAppendsIsAnsweredInOrder() throws Exception {
        String one = topic(1, Map.of());
        String other = topic(1, Map.of());

        Answers answers = produceStream(requests -> {
            for (int i = 0; i < 1_000; i++) {
                requests.onNext(request(i % 7 == 0 ? other : one, record("a" + i), record("b" + i)));
            }
            requests.onCompleted();
        });

        assertThat(answers.end.get(40, TimeUnit.SECONDS).isOk()).isTrue();
        assertThat(answers.all).hasSize(2_000);
        long inOne = 0;
        long inOther = 0;
        for (int i = 0; i < 2_000; i++) {
            assertThat(answers.all.get(i).getOffset()).isEqualTo(i / 2 % 7 == 0 ? inOther++ : inOne++);
        }
        assertThat(values(consume(from(one).setLimit(4)))).containsExactly("a1", "b1", "a2", "b2");
    }

    @Test
    void aBadRequestEndsAStreamOfAppendsBehindTheGoodOnes() throws Exception {
        String topic = topic(1, Map.of());

        Answers answers = produceStream(requests -> {
            requests.onNext(request(topic, record("good")));
            requests.onNext(request(topic));
        });

        assertThat(answers.end.get(40, TimeUnit.SECONDS).getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(answers.all).hasSize(1);
        assertThat(values(consume(from(topic)))).containsExactly("good");
    }

    @Test
    void theSameKeyAppendsOnce() throws Exception {
        String topic = topic(3, Map.of());
        ProduceRequest request = request(
                        topic, NewRecord.newBuilder().setValue(bytes("once")).build())
                .toBuilder()
                .setIdempotencyKey("order 7")
                .build();

        ProduceResponse first = client.call(TopicLogService.PRODUCE, request);
        ProduceResponse second = client.call(TopicLogService.PRODUCE, request);

        Produced there = first.getRecords(0);
        assertThat(second.getRecords(0).getOffset()).isEqualTo(there.getOffset());
        assertThat(second.getRecords(0).getPartition()).isEqualTo(there.getPartition());
        assertThat(consume(from(topic).setPartition(there.getPartition())).getHighWatermark())
                .isEqualTo(1);
    }

    @Test
    void aTopicIsCreatedByAnAppendAndNotByARead() {
        isRefused(() -> consume(from("nowhere")), Status.Code.NOT_FOUND, "UNKNOWN_TOPIC_OR_PARTITION");
        isRefused(() -> consume(from("nowhere")), Status.Code.NOT_FOUND, "UNKNOWN_TOPIC_OR_PARTITION");
        assertThat(produce("created", record("first")).get(0).getOffset()).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "no topic, INVALID_ARGUMENT, INVALID_REQUEST",
        "no records, INVALID_ARGUMENT, INVALID_REQUEST",
        "negative partition, INVALID_ARGUMENT, INVALID_REQUEST",
        "negative timestamp, INVALID_ARGUMENT, INVALID_REQUEST",
        "unknown acks, INVALID_ARGUMENT, INVALID_REQUEST",
        "too many records, INVALID_ARGUMENT, INVALID_REQUEST",
        "too large, INVALID_ARGUMENT, MESSAGE_TOO_LARGE",
        "bad name, INVALID_ARGUMENT, INVALID_TOPIC_EXCEPTION",
        "no such partition, NOT_FOUND, UNKNOWN_TOPIC_OR_PARTITION",
    })
    void appendsThatMakeNoSenseAreTold(String what, Status.Code code, String reason) throws Exception {
        String topic = topic(1, Map.of());
        ProduceRequest request = switch (what) {
            case "no topic" -> request("", record("x"));
            case "no records" -> request(topic);
            case "negative partition" ->
                request(topic, NewRecord.newBuilder().setPartition(-1).build());
            case "negative timestamp" ->
                request(topic, NewRecord.newBuilder().setTimestampMs(-1).build());
            case "unknown acks" ->
                request(topic, record("x")).toBuilder().setAcksValue(9).build();
            case "too many records" -> {
                NewRecord[] many = new NewRecord[10_001];
                java.util.Arrays.fill(many, NewRecord.getDefaultInstance());
                yield request(topic, many);
            }
            case "too large" -> request(topic, record("x".repeat(1_100_000)));
            case "bad name" -> request("a b", record("x"));
            case "no such partition" ->
                request(topic, NewRecord.newBuilder().setPartition(1).build());
            default -> throw new AssertionError(what);
        };

        isRefused(() -> client.call(TopicLogService.PRODUCE, request), code, reason);
    }

    @ParameterizedTest
    @CsvSource({
        "negative offset, INVALID_ARGUMENT, INVALID_REQUEST",
        "negative limit, INVALID_ARGUMENT, INVALID_REQUEST",
        "large limit, INVALID_ARGUMENT, INVALID_REQUEST",
        "long wait, INVALID_ARGUMENT, INVALID_REQUEST",
        "unknown isolation, INVALID_ARGUMENT, INVALID_REQUEST",
        "negative partition, INVALID_ARGUMENT, INVALID_REQUEST",
        "no such partition, NOT_FOUND, UNKNOWN_TOPIC_OR_PARTITION",
        "beyond the end, OUT_OF_RANGE, OFFSET_OUT_OF_RANGE",
    })
    void readsThatMakeNoSenseAreTold(String what, Status.Code code, String reason) throws Exception {
        String topic = topic(1, Map.of());
        ConsumeRequest.Builder request = switch (what) {
            case "negative offset" -> from(topic).setOffset(-1);
            case "negative limit" -> from(topic).setLimit(-1);
            case "large limit" -> from(topic).setLimit(1_001);
            case "long wait" -> from(topic).setWaitMs(30_001);
            case "unknown isolation" -> from(topic).setIsolationValue(9);
            case "negative partition" -> from(topic).setPartition(-1);
            case "no such partition" -> from(topic).setPartition(1);
            case "beyond the end" -> from(topic).setOffset(1);
            default -> throw new AssertionError(what);
        };

        isRefused(() -> consume(request), code, reason);
        if (request.getLimit() == 0 && request.getWaitMs() == 0) {
            var stream = ConsumeStreamRequest.newBuilder()
                    .setTopic(request.getTopic())
                    .setPartition(request.getPartition())
                    .setIsolationValue(request.getIsolationValue());
            if (request.hasOffset()) {
                stream.setOffset(request.getOffset());
            }
            isRefused(() -> stream(stream).next(), code, reason);
        }
    }

    @Test
    void whatOfARequestWasAppendedIsTold() throws Exception {
        String topic = topic(2, Map.of("max.message.bytes", "1000"));
        ProduceRequest request = request(
                topic,
                record("good"),
                NewRecord.newBuilder()
                        .setPartition(1)
                        .setValue(bytes("x".repeat(2_000)))
                        .build());

        assertThatThrownBy(() -> client.call(TopicLogService.PRODUCE, request))
                .isInstanceOfSatisfying(StatusRuntimeException.class, e -> {
                    assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
                    try {
                        var done = StatusProto.fromThrowable(e).getDetails(1).unpack(ProduceResponse.class);
                        assertThat(done.getRecords(0).getOffset()).isZero();
                        assertThat(done.getRecords(1).hasOffset()).isFalse();
                        assertThat(done.getRecords(1).getError()).isEqualTo("MESSAGE_TOO_LARGE");
                    } catch (com.google.protobuf.InvalidProtocolBufferException broken) {
                        throw new AssertionError(broken);
                    }
                });
    }
}

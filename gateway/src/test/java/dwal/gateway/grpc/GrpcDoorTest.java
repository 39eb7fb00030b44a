package dwal.gateway.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import com.google.rpc.LocalizedMessage;
import dwal.environment.StandardError;
import dwal.gateway.HeldMemory;
import dwal.gateway.OpenNode;
import dwal.gateway.grpc.log.ConsumeRequest;
import dwal.gateway.grpc.log.ConsumeResponse;
import dwal.gateway.grpc.log.ProduceResponse;
import dwal.gateway.grpc.log.Record;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GrpcDoorTest {
    @TempDir
    static Path data;

    private static OpenNode node;
    private static GrpcClient client;

    @BeforeAll
    static void start() throws IOException {
        node = OpenNode.alone(
                data, Map.of("dwal.gateway.max.request.bytes", "1500000", "dwal.gateway.queued.max.bytes", "4000000"));
        client = new GrpcClient(node);
    }

    @AfterAll
    static void stop() {
        client.close();
        node.close();
    }

    private static String text(Record record) {
        return record.getValue().toStringUtf8();
    }

    /** Gathers what a stream of calls answers. */
    private static final class Answers implements StreamObserver<ProduceResponse> {
        final List<Long> offsets = new CopyOnWriteArrayList<>();
        final CompletableFuture<Void> end = new CompletableFuture<>();

        @Override
        public void onNext(ProduceResponse response) {
            offsets.add(response.getOffset());
        }

        @Override
        public void onError(Throwable failure) {
            end.completeExceptionally(failure);
        }

        @Override
        public void onCompleted() {
            end.complete(null);
        }
    }

    @Test
    void whatWasProducedIsConsumedAtItsOffset() {
        long offset = client.produce("hello");

        Record record = client.consume(offset);

        assertThat(text(record)).isEqualTo("hello");
        assertThat(record.getOffset()).isEqualTo(offset);
        assertThat(client.produce("again")).isEqualTo(offset + 1);
    }

    @ParameterizedTest
    @ValueSource(longs = {1_000_000, Long.MAX_VALUE, -1})
    void pastTheEndIsOutOfRangeAndSaysWhere(long offset) {
        assertThatThrownBy(() -> client.consume(offset)).isInstanceOfSatisfying(StatusRuntimeException.class, e -> {
            assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.OUT_OF_RANGE);
            try {
                var detail = StatusProto.fromThrowable(e).getDetails(0).unpack(LocalizedMessage.class);
                assertThat(detail.getMessage()).contains(Long.toUnsignedString(offset));
                assertThat(detail.getLocale()).isEqualTo("en-US");
            } catch (com.google.protobuf.InvalidProtocolBufferException broken) {
                throw new AssertionError(broken);
            }
        });
    }

    @Test
    void aStreamReadsWhatIsThereAndWaitsForWhatComes() {
        long first = client.produce("there");
        // A stream that is not read to its end holds up its connection: each has one of its own.
        try (var reader = new GrpcClient(node)) {
            Iterator<ConsumeResponse> records = reader.streamed(first);
            assertThat(text(records.next().getRecord())).isEqualTo("there");

            client.produce("later");

            Record later = records.next().getRecord();
            assertThat(text(later)).isEqualTo("later");
            assertThat(later.getOffset()).isEqualTo(first + 1);
        }
    }

    @Test
    void aStreamFromBeyondTheEndWaitsUntilTheLogGetsThere() {
        long last = client.produce("before");
        try (var reader = new GrpcClient(node)) {
            Iterator<ConsumeResponse> records = reader.streamed(last + 3);

            client.produce("1");
            client.produce("2");
            client.produce("3");

            assertThat(text(records.next().getRecord())).isEqualTo("3");
        }
    }

    @Test
    void aStreamOfAppendsIsAnsweredInOrder() throws Exception {
        var answers = new Answers();
        StreamObserver<dwal.gateway.grpc.log.ProduceRequest> stream = client.produceStream(answers);
        for (int i = 0; i < 2_000; i++) {
            stream.onNext(GrpcClient.request(("streamed " + i).getBytes(StandardCharsets.UTF_8)));
        }
        stream.onCompleted();
        answers.end.get(40, TimeUnit.SECONDS);

        assertThat(answers.offsets).hasSize(2_000).isSorted().doesNotHaveDuplicates();
        for (int i = 0; i < 2_000; i += 333) {
            assertThat(text(client.consume(answers.offsets.get(i)))).isEqualTo("streamed " + i);
        }
    }

    @Test
    void recordsThatAreTooLargeAreRefused() {
        assertThatThrownBy(() -> client.produce(new byte[1_200_000]))
                .hasMessageContaining("INVALID_ARGUMENT: MESSAGE_TOO_LARGE");
        assertThatThrownBy(() -> client.produce(new byte[1_600_000])).hasMessageContaining("RESOURCE_EXHAUSTED");
        assertThat(text(client.consume(client.produce("good")))).isEqualTo("good");
    }

    @Test
    void aReaderThatDoesNotReadHoldsNoMoreThanItsWindow() throws Exception {
        byte[] value = new byte[100_000];
        new Random(5).nextBytes(value);
        long first = client.produce(value);
        for (int i = 1; i < 60; i++) {
            client.produce(value);
        }
        var taken = new AtomicInteger();
        var slow = new GrpcClient(node);
        ClientCall<ConsumeRequest, ConsumeResponse> call =
                slow.consumeSlowly(first, new ClientCall.Listener<ConsumeResponse>() {
                    @Override
                    public void onMessage(ConsumeResponse message) {
                        taken.incrementAndGet();
                    }
                });
        call.request(1);
        OpenNode.await("one came", () -> taken.get() == 1);
        // Others are served beside it.
        assertThat(client.consume(first).getValue().size()).isEqualTo(value.length);
        assertThat(taken).hasValue(1);

        call.request(59);

        OpenNode.await("the others came", () -> taken.get() == 60);
        call.cancel("done", null);
        slow.close();
    }

    /** A ProduceRequest whose value is so many zeros, which nobody has in memory. */
    private static InputStream zeros(int count) {
        var head = new ByteArrayOutputStream();
        try {
            CodedOutputStream out = CodedOutputStream.newInstance(head);
            out.writeTag(1, WireFormat.WIRETYPE_LENGTH_DELIMITED);
            out.writeUInt32NoTag(1 + CodedOutputStream.computeUInt32SizeNoTag(count) + count);
            out.writeTag(1, WireFormat.WIRETYPE_LENGTH_DELIMITED);
            out.writeUInt32NoTag(count);
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        int[] left = {count};
        var tail = new InputStream() {
            @Override
            public int read() {
                return left[0]-- > 0 ? 0 : -1;
            }

            @Override
            public int read(byte[] into, int from, int length) {
                int given = Math.min(length, left[0]);
                left[0] -= given;
                java.util.Arrays.fill(into, from, from + given, (byte) 0);
                return given == 0 ? -1 : given;
            }
        };
        return new SequenceInputStream(new ByteArrayInputStream(head.toByteArray()), tail);
    }

    private static ProduceResponse produceBytes(Supplier<InputStream> bytes, CallOptions options) {
        MethodDescriptor<Supplier<InputStream>, ProduceResponse> method = LogService.PRODUCE.toBuilder(
                        new MethodDescriptor.Marshaller<Supplier<InputStream>>() {
                            @Override
                            public InputStream stream(Supplier<InputStream> of) {
                                return of.get();
                            }

                            @Override
                            public Supplier<InputStream> parse(InputStream stream) {
                                throw new AssertionError("a client parses no requests");
                            }
                        },
                        LogService.PRODUCE.getResponseMarshaller())
                .build();
        return ClientCalls.blockingUnaryCall(
                client.channel(), method, options.withDeadlineAfter(40, TimeUnit.SECONDS), bytes);
    }

    private static ProduceResponse produceZipped(int zeros) {
        return produceBytes(() -> zeros(zeros), CallOptions.DEFAULT.withCompression("gzip"));
    }

    private static void sendNonsense() {
        assertThatThrownBy(() ->
                        produceBytes(() -> new ByteArrayInputStream(new byte[] {10, 100, 1, 2}), CallOptions.DEFAULT))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT));
    }

    @Test
    void whatIsNoMessageIsRefusedAndNotLogged() throws Exception {
        String log = StandardError.of(() -> {
            for (int i = 0; i < 10; i++) {
                sendNonsense();
            }
            // On the same connection: what those before it had logged is logged by then.
            client.produce("good");
        });
        assertThat(log).isEmpty();

        // It would have been seen: not only what goes through the node's own log.
        assertThat(StandardError.of(() -> Logger.getLogger("io.grpc.nonsense").severe("seen")))
                .isEqualTo("io.grpc.nonsense: seen" + System.lineSeparator());
    }

    @Test
    void aSmallMessageThatInflatesWithoutMeasureIsRefused() {
        ProduceResponse small = produceZipped(1_000);
        assertThat(client.consume(small.getOffset()).getValue().size()).isEqualTo(1_000);
        long before = HeldMemory.bytes();

        // It comes as 200 kB.
        assertThatThrownBy(() -> produceZipped(200_000_000))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED));

        assertThat(HeldMemory.bytes() - before).isLessThan(50_000_000);
        assertThat(client.produce("good")).isEqualTo(small.getOffset() + 1);
    }

    @Test
    void unfinishedMessagesTogetherAreBounded() throws Exception {
        // Messages of 1.4 MB, of which all but the end is sent; the third makes more than 4 MB.
        List<Socket> open = new CopyOnWriteArrayList<>();
        try {
            for (int i = 0; i < 4; i++) {
                open.add(UnfinishedCall.begin(node.grpcPort(), 1_400_000));
            }
            OpenNode.await("one of them is ended", () -> open.stream().anyMatch(UnfinishedCall::isRefused));
        } finally {
            for (Socket each : open) {
                each.close();
            }
        }
        OpenNode.await("there is room again", () -> {
            try {
                return client.produce(new byte[900_000]) >= 0;
            } catch (StatusRuntimeException e) {
                return false;
            }
        });
    }

    @Test
    void whoTakesBackCallsWithoutEndLosesTheConnection() throws Exception {
        assertThat(UnfinishedCall.isToleratedToTakeBack(node.grpcPort(), 500)).isTrue();
        assertThat(UnfinishedCall.isToleratedToTakeBack(node.grpcPort(), 2_000)).isFalse();
        assertThat(text(client.consume(client.produce("alive")))).isEqualTo("alive");
    }

    @Test
    void whatIsNotGrpcIsClosedAndOthersGoOn() throws IOException {
        for (String nonsense : List.of(
                "GET / HTTP/1.1\r\n\r\n",
                "\0\0\0\u0012\0\u0012\0\3",
                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + "x".repeat(100))) {
            try (var socket = new Socket(InetAddress.getLoopbackAddress(), node.grpcPort())) {
                socket.setSoTimeout(20_000);
                socket.getOutputStream().write(nonsense.getBytes(StandardCharsets.ISO_8859_1));
                socket.shutdownOutput();
                socket.getInputStream().readAllBytes();
            } catch (java.net.SocketException e) {
                assertThat(e).hasMessageContaining("reset");
            }
        }
        assertThat(text(client.consume(client.produce("alive")))).isEqualTo("alive");
    }

    @Test
    void unknownMethodsAreUnimplemented() {
        var method = LogService.CONSUME.toBuilder()
                .setFullMethodName("log.Log/Nothing")
                .build();

        assertThatThrownBy(() -> client.call(method, GrpcClient.from(0)))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNIMPLEMENTED));
    }
}

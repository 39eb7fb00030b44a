package dwal.gateway.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.gateway.HeldMemory;
import dwal.gateway.OpenNode;
import dwal.gateway.grpc.log.ConsumeRequest;
import dwal.gateway.grpc.log.ConsumeResponse;
import dwal.gateway.grpc.log.ProduceRequest;
import dwal.gateway.grpc.log.ProduceResponse;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that do not take what they are sent, or do not finish what they send. */
class SlowCallsTest {
    private static final int MB = 1_000_000;

    @TempDir
    static Path data;

    private static OpenNode node;
    private static GrpcClient client;

    @BeforeAll
    static void start() throws IOException {
        node = OpenNode.alone(
                data, Map.of("dwal.gateway.request.timeout.ms", "2000", "dwal.gateway.queued.max.bytes", "20000000"));
        client = new GrpcClient(node);
    }

    @AfterAll
    static void stop() {
        client.close();
        node.close();
    }

    /** A call of which the test takes answers one by one; how many came, and with which status it ended. */
    private static final class Answers<T> extends ClientCall.Listener<T> {
        final AtomicInteger taken = new AtomicInteger();
        final CompletableFuture<Status> end = new CompletableFuture<>();

        @Override
        public void onMessage(T message) {
            taken.incrementAndGet();
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            end.complete(status);
        }
    }

    @Test
    void readersThatDoNotReadHoldLittleTogether() {
        long first = client.produce(new byte[900_000]);
        for (int i = 1; i < 40; i++) {
            client.produce(new byte[900_000]);
        }
        long before = HeldMemory.bytes();
        List<GrpcClient> slow = new ArrayList<>();
        List<ClientCall<ConsumeRequest, ConsumeResponse>> calls = new ArrayList<>();
        List<Answers<ConsumeResponse>> answers = new ArrayList<>();
        try {
            for (int i = 0; i < 20; i++) {
                var reader = new GrpcClient(node);
                var answer = new Answers<ConsumeResponse>();
                slow.add(reader);
                answers.add(answer);
                ClientCall<ConsumeRequest, ConsumeResponse> call = reader.consumeSlowly(first, answer);
                call.request(1);
                calls.add(call);
            }
            // Some may be told that there is no room for more.
            OpenNode.await(
                    "each has one record",
                    () -> answers.stream().allMatch(each -> each.taken.get() == 1 || each.end.isDone()));

            // Who reads is served beside them; by then, they would hold as much each.
            client.streamed(first, 40);

            // All records twenty times are 720 MB.
            assertThat(HeldMemory.bytes() - before).isLessThan(75 * MB);
            assertThat(answers).filteredOn(each -> !each.end.isDone()).isNotEmpty();
            calls.get(0).request(39);
            OpenNode.await("one reads on", () -> answers.get(0).taken.get() == 40);
        } finally {
            slow.forEach(GrpcClient::close);
        }
    }

    @Test
    void aWriterThatTakesNoAnswersIsNotHeardUntilItDoes() {
        try (var writer = new GrpcClient(node)) {
            var answers = new Answers<ProduceResponse>();
            ClientCall<ProduceRequest, ProduceResponse> call = writer.produceSlowly(answers);
            int sent = 0;
            int stuck = 0;
            long end = -1;
            // So long as nothing is taken while ten records of somebody else are.
            while (stuck < 10) {
                if (call.isReady()) {
                    call.sendMessage(GrpcClient.request(new byte[100]));
                    sent++;
                    stuck = 0;
                } else {
                    long now = client.produce("beside");
                    stuck = now == end + 1 ? stuck + 1 : 0;
                    end = now;
                }
                assertThat(sent).as("records taken without an answer being").isLessThan(200_000);
            }

            int all = sent;
            call.request(all);
            OpenNode.await("all are answered", () -> answers.taken.get() == all);
            call.halfClose();
            call.request(1);
            OpenNode.await("the end", answers.end::isDone);
            assertThat(answers.end.join().isOk()).isTrue();
        }
    }

    @Test
    void messagesThatDoNotComeToTheirEndAreEnded() throws Exception {
        try (Socket unfinished = UnfinishedCall.begin(node.grpcPort(), 100_000)) {
            OpenNode.await("the call is ended", () -> UnfinishedCall.isRefused(unfinished));
        }
    }
}

package dwal.gateway.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.gateway.grpc.v1.ConsumeResponse;
import dwal.gateway.grpc.v1.ConsumeStreamRequest;
import dwal.gateway.grpc.v1.NewRecord;
import dwal.gateway.grpc.v1.ProduceRequest;
import dwal.gateway.grpc.v1.ProduceResponse;
import dwal.gateway.grpc.v1.Produced;
import io.grpc.CallOptions;
import io.grpc.Status;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** ConsumeStream and ProduceStream. */
class TopicLogStreamsTest extends TopicLogTestCase {
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
}

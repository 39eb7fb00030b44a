package dwal.gateway.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.rpc.ErrorInfo;
import dwal.gateway.OpenNode;
import dwal.gateway.grpc.v1.ConsumeRequest;
import dwal.gateway.grpc.v1.ConsumeResponse;
import dwal.gateway.grpc.v1.ConsumeStreamRequest;
import dwal.gateway.grpc.v1.NewRecord;
import dwal.gateway.grpc.v1.ProduceRequest;
import dwal.gateway.grpc.v1.Produced;
import io.grpc.CallOptions;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCalls;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** A node, its gRPC service Log, and the calls of it. */
abstract class TopicLogTestCase {
    @TempDir
    static Path data;

    static OpenNode node;
    static GrpcClient client;
    static Admin admin;
    static int topics;

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

    static String topic(int partitions, Map<String, String> configs) throws Exception {
        String name = "topic-" + topics++;
        admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1).configs(configs)))
                .all()
                .get();
        return name;
    }

    static ByteString bytes(String text) {
        return ByteString.copyFromUtf8(text);
    }

    static NewRecord record(String value) {
        return NewRecord.newBuilder().setPartition(0).setValue(bytes(value)).build();
    }

    static ProduceRequest request(String topic, NewRecord... records) {
        return ProduceRequest.newBuilder()
                .setTopic(topic)
                .addAllRecords(List.of(records))
                .build();
    }

    static List<Produced> produce(String topic, NewRecord... records) {
        return client.call(TopicLogService.PRODUCE, request(topic, records)).getRecordsList();
    }

    static ConsumeRequest.Builder from(String topic) {
        return ConsumeRequest.newBuilder().setTopic(topic);
    }

    static ConsumeResponse consume(ConsumeRequest.Builder request) {
        return client.call(TopicLogService.CONSUME, request.build());
    }

    static List<String> values(ConsumeResponse response) {
        return response.getRecordsList().stream()
                .map(each -> each.getValue().toStringUtf8())
                .toList();
    }

    static Iterator<ConsumeResponse> stream(ConsumeStreamRequest.Builder request) {
        return ClientCalls.blockingServerStreamingCall(
                client.channel(),
                TopicLogService.CONSUME_STREAM,
                CallOptions.DEFAULT.withDeadlineAfter(40, TimeUnit.SECONDS),
                request.build());
    }

    static void isRefused(Runnable call, Status.Code code, String reason) {
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
}

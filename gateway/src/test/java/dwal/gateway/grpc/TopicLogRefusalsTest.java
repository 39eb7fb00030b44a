package dwal.gateway.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dwal.gateway.grpc.v1.ConsumeRequest;
import dwal.gateway.grpc.v1.ConsumeStreamRequest;
import dwal.gateway.grpc.v1.NewRecord;
import dwal.gateway.grpc.v1.ProduceRequest;
import dwal.gateway.grpc.v1.ProduceResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is answered to calls that cannot be served, or not wholly. */
class TopicLogRefusalsTest extends TopicLogTestCase {
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

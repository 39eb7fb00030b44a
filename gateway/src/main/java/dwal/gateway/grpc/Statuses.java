package dwal.gateway.grpc;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import com.google.rpc.ErrorInfo;
import com.google.rpc.LocalizedMessage;
import com.google.rpc.RetryInfo;
import dwal.gateway.log.Answer;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** What refusals are called in gRPC. No state. */
final class Statuses {
    private static final String DOMAIN = "dwal";

    private Statuses() {}

    // ---- of log.Log

    /** There is nothing at {@code offset}, an unsigned number. */
    static StatusRuntimeException outOfRange(long offset) {
        String number = Long.toUnsignedString(offset);
        var detail = LocalizedMessage.newBuilder()
                .setLocale("en-US")
                .setMessage("The offset " + number + " is outside the range of the log")
                .build();
        return StatusProto.toStatusRuntimeException(com.google.rpc.Status.newBuilder()
                .setCode(Status.Code.OUT_OF_RANGE.value())
                .setMessage("offset out of range: " + number)
                .addDetails(Any.pack(detail))
                .build());
    }

    /** Why a read at {@code offset} was refused. */
    static StatusRuntimeException reading(Answer<?> refused, long offset) {
        return switch (refused.error()) {
            case OFFSET_OUT_OF_RANGE -> outOfRange(offset);
            case MESSAGE_TOO_LARGE -> described(Status.RESOURCE_EXHAUSTED, refused);
            case CORRUPT_MESSAGE -> described(Status.DATA_LOSS, refused);
            default -> of(refused);
        };
    }

    /** Why an append was refused. */
    static StatusRuntimeException of(Answer<?> refused) {
        Status status = switch (refused.error()) {
            case INVALID_RECORD, INVALID_TIMESTAMP, CORRUPT_MESSAGE, MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE ->
                Status.INVALID_ARGUMENT;
            case TOPIC_AUTHORIZATION_FAILED, CLUSTER_AUTHORIZATION_FAILED -> Status.PERMISSION_DENIED;
            case THROTTLING_QUOTA_EXCEEDED -> Status.RESOURCE_EXHAUSTED;
            case UNKNOWN_SERVER_ERROR -> Status.INTERNAL;
            default -> Status.UNAVAILABLE;
        };
        return described(status, refused);
    }

    private static StatusRuntimeException described(Status status, Answer<?> refused) {
        String description = refused.error() + ": " + refused.message();
        return refused.retryMs() == 0
                ? status.withDescription(description).asRuntimeException()
                : StatusProto.toStatusRuntimeException(com.google.rpc.Status.newBuilder()
                        .setCode(status.getCode().value())
                        .setMessage(description)
                        .addDetails(Any.pack(retry(refused)))
                        .build());
    }

    /** When to come again. */
    private static RetryInfo retry(Answer<?> refused) {
        long ms = refused.retryMs();
        return RetryInfo.newBuilder()
                .setRetryDelay(Duration.newBuilder().setSeconds(ms / 1000).setNanos((int) (ms % 1000) * 1_000_000))
                .build();
    }

    // ---- of dwal.v1.Log

    /** A request that makes no sense. */
    static StatusRuntimeException bad(String reason) {
        return explained(Errors.INVALID_REQUEST, reason, null);
    }

    /** Why a read was refused, with Kafka's name of the error. */
    static StatusRuntimeException reading(Answer<?> refused) {
        Status.Code code = switch (refused.error()) {
            case MESSAGE_TOO_LARGE -> Status.Code.RESOURCE_EXHAUSTED;
            case CORRUPT_MESSAGE -> Status.Code.DATA_LOSS;
            default -> code(refused.error());
        };
        return explained(code, refused.error(), refused.message(), refused.retryMs() == 0 ? null : retry(refused));
    }

    /** Why something was refused, with Kafka's name of the error. */
    static StatusRuntimeException explained(Answer<?> refused) {
        return explained(refused, refused.retryMs() == 0 ? null : retry(refused));
    }

    /** The same, with {@code more} in the details. */
    static StatusRuntimeException explained(Answer<?> refused, @Nullable Message more) {
        return explained(refused.error(), refused.message(), more);
    }

    private static StatusRuntimeException explained(Errors error, String message, @Nullable Message more) {
        return explained(code(error), error, message, more);
    }

    private static StatusRuntimeException explained(
            Status.Code code, Errors error, String message, @Nullable Message more) {
        var status = com.google.rpc.Status.newBuilder()
                .setCode(code.value())
                .setMessage(error.name() + ": " + message)
                .addDetails(Any.pack(ErrorInfo.newBuilder()
                        .setReason(error.name())
                        .setDomain(DOMAIN)
                        .build()));
        if (more != null) {
            status.addDetails(Any.pack(more));
        }
        return StatusProto.toStatusRuntimeException(status.build());
    }

    private static Status.Code code(Errors error) {
        return switch (error) {
            case INVALID_REQUEST,
                    INVALID_TOPIC_EXCEPTION,
                    INVALID_RECORD,
                    INVALID_TIMESTAMP,
                    CORRUPT_MESSAGE,
                    MESSAGE_TOO_LARGE,
                    RECORD_LIST_TOO_LARGE,
                    POLICY_VIOLATION -> Status.Code.INVALID_ARGUMENT;
            case UNKNOWN_TOPIC_OR_PARTITION, UNKNOWN_TOPIC_ID -> Status.Code.NOT_FOUND;
            case OFFSET_OUT_OF_RANGE -> Status.Code.OUT_OF_RANGE;
            case OUT_OF_ORDER_SEQUENCE_NUMBER -> Status.Code.FAILED_PRECONDITION;
            case TOPIC_AUTHORIZATION_FAILED, CLUSTER_AUTHORIZATION_FAILED -> Status.Code.PERMISSION_DENIED;
            case THROTTLING_QUOTA_EXCEEDED -> Status.Code.RESOURCE_EXHAUSTED;
            case UNKNOWN_SERVER_ERROR -> Status.Code.INTERNAL;
            default -> Status.Code.UNAVAILABLE;
        };
    }
}

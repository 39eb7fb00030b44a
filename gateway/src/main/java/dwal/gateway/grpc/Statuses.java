package dwal.gateway.grpc;

import com.google.protobuf.Any;
import com.google.rpc.LocalizedMessage;
import dwal.gateway.log.Answer;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import org.apache.kafka.common.protocol.Errors;

/** What refusals are called in gRPC. No state. */
final class Statuses {
    private Statuses() {}

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

    /** Why an append, or a read at {@code offset}, was refused. */
    static StatusRuntimeException of(Answer<?> refused, long offset) {
        return refused.error() == Errors.OFFSET_OUT_OF_RANGE ? outOfRange(offset) : of(refused);
    }

    /** Why an append was refused. */
    static StatusRuntimeException of(Answer<?> refused) {
        Status status = switch (refused.error()) {
            case INVALID_RECORD, INVALID_TIMESTAMP, CORRUPT_MESSAGE, MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE ->
                Status.INVALID_ARGUMENT;
            case UNKNOWN_SERVER_ERROR -> Status.INTERNAL;
            default -> Status.UNAVAILABLE;
        };
        return status.withDescription(refused.error() + ": " + refused.message())
                .asRuntimeException();
    }
}

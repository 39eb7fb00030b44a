package dwal.gateway.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.protobuf.UnsafeByteOperations;
import dwal.gateway.grpc.log.ConsumeRequest;
import dwal.gateway.grpc.log.ConsumeResponse;
import dwal.gateway.grpc.log.ProduceRequest;
import dwal.gateway.grpc.log.ProduceResponse;
import dwal.gateway.grpc.log.Record;
import dwal.gateway.log.DefaultLog;
import dwal.gateway.log.LogRecord;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.nio.ByteBuffer;
import java.util.List;

/** The service {@code log.Log} of proto/log/log.proto. Called on network loops, which it never blocks. */
final class LogService {
    private static final String NAME = "log.Log";

    static final MethodDescriptor<ProduceRequest, ProduceResponse> PRODUCE = method(
            "Produce", MethodType.UNARY, ProduceRequest.getDefaultInstance(), ProduceResponse.getDefaultInstance());
    static final MethodDescriptor<ConsumeRequest, ConsumeResponse> CONSUME = method(
            "Consume", MethodType.UNARY, ConsumeRequest.getDefaultInstance(), ConsumeResponse.getDefaultInstance());
    static final MethodDescriptor<ConsumeRequest, ConsumeResponse> CONSUME_STREAM = method(
            "ConsumeStream",
            MethodType.SERVER_STREAMING,
            ConsumeRequest.getDefaultInstance(),
            ConsumeResponse.getDefaultInstance());
    static final MethodDescriptor<ProduceRequest, ProduceResponse> PRODUCE_STREAM = method(
            "ProduceStream",
            MethodType.BIDI_STREAMING,
            ProduceRequest.getDefaultInstance(),
            ProduceResponse.getDefaultInstance());

    private final DefaultLog log;
    private final CallMemory memory;
    private final OpenStreams streams;

    LogService(DefaultLog log, CallMemory memory, OpenStreams streams) {
        this.log = log;
        this.memory = memory;
        this.streams = streams;
    }

    private static <Q extends Message, A extends Message> MethodDescriptor<Q, A> method(
            String name, MethodType type, Q request, A answer) {
        return MethodDescriptor.<Q, A>newBuilder()
                .setType(type)
                .setFullMethodName(MethodDescriptor.generateFullMethodName(NAME, name))
                .setRequestMarshaller(ProtoUtils.marshaller(request))
                .setResponseMarshaller(ProtoUtils.marshaller(answer))
                .build();
    }

    ServerServiceDefinition definition() {
        return ServerServiceDefinition.builder(NAME)
                .addMethod(PRODUCE, ServerCalls.asyncUnaryCall(this::produce))
                .addMethod(CONSUME, ServerCalls.asyncUnaryCall(this::consume))
                .addMethod(CONSUME_STREAM, ServerCalls.asyncServerStreamingCall(this::consumeStream))
                .addMethod(PRODUCE_STREAM, ServerCalls.asyncBidiStreamingCall(this::produceStream))
                .build();
    }

    private void produce(ProduceRequest request, StreamObserver<ProduceResponse> out) {
        letCancel(out);
        ByteBuffer value = value(request);
        int bytes = value.remaining();
        if (!memory.tryHold(bytes)) {
            out.onError(memory.noRoom().asRuntimeException());
            return;
        }
        var unused = log.append(List.of(value)).thenAccept(offset -> {
            memory.release(bytes);
            if (offset.isRefused()) {
                out.onError(Statuses.of(offset));
            } else {
                out.onNext(ProduceResponse.newBuilder().setOffset(offset.get()).build());
                out.onCompleted();
            }
        });
    }

    private void consume(ConsumeRequest request, StreamObserver<ConsumeResponse> out) {
        letCancel(out);
        long offset = request.getOffset();
        if (offset < 0) {
            // As an unsigned number it is larger than any offset.
            out.onError(Statuses.outOfRange(offset));
            return;
        }
        var unused = log.read(offset).thenAccept(record -> {
            if (record.isRefused()) {
                out.onError(Statuses.of(record, offset));
            } else {
                out.onNext(response(record.get()));
                out.onCompleted();
            }
        });
    }

    private void consumeStream(ConsumeRequest request, StreamObserver<ConsumeResponse> out) {
        if (request.getOffset() < 0) {
            out.onError(Statuses.outOfRange(request.getOffset()));
            return;
        }
        new RecordStream(log.tail(), request.getOffset(), streams, (ServerCallStreamObserver<ConsumeResponse>) out)
                .begin();
    }

    private StreamObserver<ProduceRequest> produceStream(StreamObserver<ProduceResponse> out) {
        return new AppendStream(log, memory, streams, (ServerCallStreamObserver<ProduceResponse>) out).begin();
    }

    /** A client that has gone is no failure of ours: what comes too late for him is dropped. */
    private static void letCancel(StreamObserver<?> out) {
        ((ServerCallStreamObserver<?>) out).setOnCancelHandler(() -> {});
    }

    static ByteBuffer value(ProduceRequest request) {
        return request.getRecord().getValue().asReadOnlyByteBuffer();
    }

    static ConsumeResponse response(LogRecord record) {
        ByteBuffer value = record.value();
        // Nobody changes what was read.
        ByteString bytes = value == null ? ByteString.EMPTY : UnsafeByteOperations.unsafeWrap(value);
        return ConsumeResponse.newBuilder()
                .setRecord(Record.newBuilder().setValue(bytes).setOffset(record.offset()))
                .build();
    }
}

package dwal.gateway.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dwal.gateway.grpc.log.ConsumeRequest;
import dwal.gateway.grpc.log.ConsumeResponse;
import dwal.gateway.grpc.log.LogOuterClass;
import dwal.gateway.grpc.log.ProduceRequest;
import dwal.gateway.grpc.log.ProduceResponse;
import dwal.gateway.grpc.log.Record;
import dwal.gateway.log.Answer;
import dwal.gateway.log.DefaultLog;
import dwal.gateway.log.LogRecord;
import dwal.gateway.log.LogTail;
import dwal.gateway.log.Patience;
import dwal.gateway.log.RecordReader;
import dwal.protocol.RequestTimes;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerServiceDefinition;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** The service {@code log.Log} of proto/log/log.proto. Called on network loops, which it never blocks. */
final class LogService {
    static final String NAME = "log.Log";

    static final MethodDescriptor<ProduceRequest, ProduceResponse> PRODUCE = Methods.of(
            NAME,
            "Produce",
            MethodType.UNARY,
            ProduceRequest.getDefaultInstance(),
            ProduceResponse.getDefaultInstance());
    static final MethodDescriptor<ConsumeRequest, ConsumeResponse> CONSUME = Methods.of(
            NAME,
            "Consume",
            MethodType.UNARY,
            ConsumeRequest.getDefaultInstance(),
            ConsumeResponse.getDefaultInstance());
    static final MethodDescriptor<ConsumeRequest, ConsumeResponse> CONSUME_STREAM = Methods.of(
            NAME,
            "ConsumeStream",
            MethodType.SERVER_STREAMING,
            ConsumeRequest.getDefaultInstance(),
            ConsumeResponse.getDefaultInstance());
    static final MethodDescriptor<ProduceRequest, ProduceResponse> PRODUCE_STREAM = Methods.of(
            NAME,
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

    ServerServiceDefinition definition() {
        var service =
                Methods.service(NAME, LogOuterClass::getDescriptor, PRODUCE, CONSUME, CONSUME_STREAM, PRODUCE_STREAM);
        return ServerServiceDefinition.builder(service)
                .addMethod(PRODUCE, ServerCalls.asyncUnaryCall(this::produce))
                .addMethod(CONSUME, ServerCalls.asyncUnaryCall(this::consume))
                .addMethod(CONSUME_STREAM, ServerCalls.asyncServerStreamingCall(this::consumeStream))
                .addMethod(PRODUCE_STREAM, ServerCalls.asyncBidiStreamingCall(this::produceStream))
                .build();
    }

    /** As who calls may read and write it. */
    private DefaultLog log() {
        return log.as(CallMemory.caller());
    }

    private void produce(ProduceRequest request, StreamObserver<ProduceResponse> out) {
        Methods.letCancel(out);
        ByteBuffer value = value(request);
        int bytes = value.remaining();
        if (!memory.tryHold(bytes)) {
            out.onError(memory.noRoom().asRuntimeException());
            return;
        }
        var patience = Patience.until(((ServerCallStreamObserver<?>) out)::isCancelled);
        var unused = log().append(List.of(value), CallMemory.times(), patience).thenAccept(offset -> {
            memory.release(bytes);
            if (offset.isRefused()) {
                out.onError(Statuses.of(offset));
            } else {
                out.onNext(response(offset.get()));
                out.onCompleted();
            }
        });
    }

    private void consume(ConsumeRequest request, StreamObserver<ConsumeResponse> out) {
        Methods.letCancel(out);
        long offset = request.getOffset();
        if (offset < 0) {
            // As an unsigned number it is larger than any offset.
            out.onError(Statuses.outOfRange(offset));
            return;
        }
        var unused = log().read(offset).thenAccept(record -> {
            if (record.isRefused()) {
                out.onError(Statuses.reading(record, offset));
            } else {
                out.onNext(response(record.get()));
                out.onCompleted();
            }
        });
    }

    // ---- streams

    private void consumeStream(ConsumeRequest request, StreamObserver<ConsumeResponse> out) {
        if (request.getOffset() < 0) {
            out.onError(Statuses.outOfRange(request.getOffset()));
            return;
        }
        Answer<LogTail> tail = log().tail();
        if (tail.isRefused()) {
            out.onError(Statuses.reading(tail, request.getOffset()));
            return;
        }
        var stream =
                new RecordStream<>(new Reads(), tail.get(), streams, (ServerCallStreamObserver<ConsumeResponse>) out);
        stream.prepare();
        stream.begin(request.getOffset());
    }

    private StreamObserver<ProduceRequest> produceStream(StreamObserver<ProduceResponse> out) {
        var answers = (ServerCallStreamObserver<ProduceResponse>) out;
        return new AppendStream<>(
                        new Appends(log(), Patience.ofStreamUntil(answers::isCancelled)), memory, streams, answers)
                .begin();
    }

    private static final class Reads implements RecordStream.Reads<ConsumeResponse> {
        @Override
        public CompletableFuture<Answer<RecordStream.Piece<ConsumeResponse>>> more(LogTail tail, long offset) {
            return tail.more(offset).thenApply(read -> read.map(Piece::new));
        }

        @Override
        public StatusRuntimeException refusal(Answer<?> refused, long offset) {
            return Statuses.reading(refused, offset);
        }
    }

    private static final class Piece implements RecordStream.Piece<ConsumeResponse> {
        private final RecordReader records;

        Piece(RecordReader records) {
            this.records = records;
        }

        @Override
        public @Nullable Answer<?> problem() {
            return records.problem();
        }

        @Override
        public void rest() {
            records.rest();
        }

        @Override
        public @Nullable ConsumeResponse next() {
            LogRecord record = records.next();
            return record == null ? null : response(record);
        }

        @Override
        public long nextOffset() {
            return records.nextOffset();
        }

        @Override
        public void close() {
            records.close();
        }
    }

    private record Appends(DefaultLog log, Patience patience)
            implements AppendStream.Appends<ProduceRequest, ProduceResponse> {
        @Override
        public int bytes(ProduceRequest request) {
            return request.getRecord().getValue().size();
        }

        @Override
        public boolean goTogether(ProduceRequest first, ProduceRequest next) {
            return true;
        }

        @Override
        public CompletableFuture<AppendStream.Outcome<ProduceResponse>> append(List<ProduceRequest> requests) {
            return log.append(requests.stream().map(LogService::value).toList(), new RequestTimes(), patience)
                    .thenApply(first -> first.isRefused()
                            ? new AppendStream.Outcome<>(List.of(), Statuses.of(first))
                            : new AppendStream.Outcome<>(
                                    LongStream.range(0, requests.size())
                                            .mapToObj(i -> response(first.get() + i))
                                            .toList(),
                                    null));
        }
    }

    // ---- messages

    private static ByteBuffer value(ProduceRequest request) {
        return request.getRecord().getValue().asReadOnlyByteBuffer();
    }

    private static ProduceResponse response(long offset) {
        return ProduceResponse.newBuilder().setOffset(offset).build();
    }

    private static ConsumeResponse response(LogRecord record) {
        ByteBuffer value = record.value();
        // Nobody changes what was read.
        ByteString bytes = value == null ? ByteString.EMPTY : UnsafeByteOperations.unsafeWrap(value);
        return ConsumeResponse.newBuilder()
                .setRecord(Record.newBuilder().setValue(bytes).setOffset(record.offset()))
                .build();
    }
}

package dwal.gateway.grpc;

import dwal.environment.Clock;
import dwal.gateway.grpc.v1.Acks;
import dwal.gateway.grpc.v1.ConsumeRequest;
import dwal.gateway.grpc.v1.ConsumeResponse;
import dwal.gateway.grpc.v1.ConsumeStreamRequest;
import dwal.gateway.grpc.v1.LogProto;
import dwal.gateway.grpc.v1.ProduceRequest;
import dwal.gateway.grpc.v1.ProduceResponse;
import dwal.gateway.log.Answer;
import dwal.gateway.log.Batch;
import dwal.gateway.log.ClusterLogs;
import dwal.gateway.log.Fetched;
import dwal.gateway.log.LogTail;
import dwal.gateway.log.NewRecord;
import dwal.gateway.log.Patience;
import dwal.gateway.log.ReadFrom;
import dwal.gateway.log.TopicWriter;
import dwal.gateway.log.TopicWriter.Outcome;
import dwal.protocol.RequestTimes;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerServiceDefinition;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** The service {@code dwal.v1.Log} of proto/dwal/v1/log.proto. Called on network loops, which it never blocks. */
final class TopicLogService {
    static final String NAME = "dwal.v1.Log";

    static final MethodDescriptor<ProduceRequest, ProduceResponse> PRODUCE = Methods.of(
            NAME,
            "Produce",
            MethodType.UNARY,
            ProduceRequest.getDefaultInstance(),
            ProduceResponse.getDefaultInstance());
    static final MethodDescriptor<ProduceRequest, ProduceResponse> PRODUCE_STREAM = Methods.of(
            NAME,
            "ProduceStream",
            MethodType.BIDI_STREAMING,
            ProduceRequest.getDefaultInstance(),
            ProduceResponse.getDefaultInstance());
    static final MethodDescriptor<ConsumeRequest, ConsumeResponse> CONSUME = Methods.of(
            NAME,
            "Consume",
            MethodType.UNARY,
            ConsumeRequest.getDefaultInstance(),
            ConsumeResponse.getDefaultInstance());
    static final MethodDescriptor<ConsumeStreamRequest, ConsumeResponse> CONSUME_STREAM = Methods.of(
            NAME,
            "ConsumeStream",
            MethodType.SERVER_STREAMING,
            ConsumeStreamRequest.getDefaultInstance(),
            ConsumeResponse.getDefaultInstance());

    /** So soon it is noticed that the client has gone, or the node stops. */
    private static final int WAIT_PIECE_MS = 500;

    private static final int STREAM_BYTES = 64 * 1024;

    private final ClusterLogs logs;
    private final TopicWriter writer;
    private final Clock clock;
    private final CallMemory memory;
    private final OpenStreams streams;

    TopicLogService(ClusterLogs logs, Clock clock, CallMemory memory, OpenStreams streams) {
        this.logs = logs;
        this.writer = new TopicWriter(logs);
        this.clock = clock;
        this.memory = memory;
        this.streams = streams;
    }

    ServerServiceDefinition definition() {
        var service = Methods.service(NAME, LogProto::getDescriptor, PRODUCE, PRODUCE_STREAM, CONSUME, CONSUME_STREAM);
        return ServerServiceDefinition.builder(service)
                .addMethod(PRODUCE, ServerCalls.asyncUnaryCall(this::produce))
                .addMethod(PRODUCE_STREAM, ServerCalls.asyncBidiStreamingCall(this::produceStream))
                .addMethod(CONSUME, ServerCalls.asyncUnaryCall(this::consume))
                .addMethod(CONSUME_STREAM, ServerCalls.asyncServerStreamingCall(this::consumeStream))
                .build();
    }

    // ---- appending

    private void produce(ProduceRequest request, StreamObserver<ProduceResponse> out) {
        Methods.letCancel(out);
        int bytes = Messages.bytes(request);
        if (!memory.tryHold(bytes)) {
            out.onError(memory.noRoom().asRuntimeException());
            return;
        }
        var patience = Patience.until(((ServerCallStreamObserver<?>) out)::isCancelled);
        var unused = append(writer.as(CallMemory.caller()), List.of(request), CallMemory.times(), patience)
                .thenAccept(outcome -> {
                    memory.release(bytes);
                    StatusRuntimeException failure = outcome.failure();
                    if (failure != null) {
                        out.onError(failure);
                    } else {
                        out.onNext(outcome.answers().get(0));
                        out.onCompleted();
                    }
                });
    }

    private StreamObserver<ProduceRequest> produceStream(StreamObserver<ProduceResponse> out) {
        var answers = (ServerCallStreamObserver<ProduceResponse>) out;
        return new AppendStream<>(
                        new Appends(writer.as(CallMemory.caller()), Patience.ofStreamUntil(answers::isCancelled)),
                        memory,
                        streams,
                        answers)
                .begin();
    }

    private final class Appends implements AppendStream.Appends<ProduceRequest, ProduceResponse> {
        private final TopicWriter own;
        private final Patience patience;

        Appends(TopicWriter own, Patience patience) {
            this.own = own;
            this.patience = patience;
        }

        @Override
        public int bytes(ProduceRequest request) {
            return Messages.bytes(request);
        }

        @Override
        public boolean goTogether(ProduceRequest first, ProduceRequest next) {
            return first.getTopic().equals(next.getTopic())
                    && first.getAcks() == next.getAcks()
                    && first.getIdempotencyKey().isEmpty()
                    && next.getIdempotencyKey().isEmpty();
        }

        @Override
        public CompletableFuture<AppendStream.Outcome<ProduceResponse>> append(List<ProduceRequest> requests) {
            return TopicLogService.this.append(own, requests, new RequestTimes(), patience);
        }
    }

    /** Appends requests that go together, up to the first of them that makes no sense. */
    private CompletableFuture<AppendStream.Outcome<ProduceResponse>> append(
            TopicWriter own, List<ProduceRequest> requests, RequestTimes times, Patience patience) {
        List<NewRecord> records = new ArrayList<>();
        List<ProduceRequest> good = new ArrayList<>();
        StatusRuntimeException bad = null;
        for (ProduceRequest request : requests) {
            try {
                records.addAll(Messages.records(request, clock.wallMs()));
                good.add(request);
            } catch (StatusRuntimeException e) {
                bad = e;
                break;
            }
        }
        StatusRuntimeException behind = bad;
        if (good.isEmpty()) {
            return CompletableFuture.completedFuture(new AppendStream.Outcome<>(List.of(), behind));
        }
        ProduceRequest first = good.get(0);
        short acks = first.getAcks() == Acks.ACKS_LEADER ? 1 : Batch.ALL;
        String key = first.getIdempotencyKey();
        return own.append(first.getTopic(), records, acks, key.isEmpty() ? null : key, times, patience)
                .thenApply(outcomes -> outcomes.isRefused()
                        ? new AppendStream.Outcome<>(List.of(), Statuses.explained(outcomes))
                        : answers(good, outcomes.get(), behind));
    }

    private static AppendStream.Outcome<ProduceResponse> answers(
            List<ProduceRequest> requests, List<Outcome> outcomes, @Nullable StatusRuntimeException behind) {
        List<ProduceResponse> answers = new ArrayList<>();
        int from = 0;
        for (ProduceRequest request : requests) {
            List<Outcome> own = outcomes.subList(from, from + request.getRecordsCount());
            from += own.size();
            ProduceResponse answer = Messages.response(own);
            var refused = own.stream().filter(one -> one.offset().isRefused()).findFirst();
            if (refused.isPresent()) {
                boolean some = own.stream().anyMatch(one -> !one.offset().isRefused());
                return new AppendStream.Outcome<>(
                        answers, Statuses.explained(refused.get().offset(), some ? answer : null));
            }
            answers.add(answer);
        }
        return new AppendStream.Outcome<>(answers, behind);
    }

    // ---- reading

    /** What is to be read, and until when (nanoseconds of the clock). */
    private record Reading(TopicPartition partition, IsolationLevel isolation, int limit, long until) {}

    private void consume(ConsumeRequest request, StreamObserver<ConsumeResponse> out) {
        Methods.letCancel(out);
        Reading reading;
        ReadFrom from;
        try {
            from = Messages.from(request);
            reading = new Reading(
                    Messages.partition(request.getTopic(), request.getPartition()),
                    Messages.isolation(request.getIsolation()),
                    Messages.limit(request),
                    clock.nanoTime() + TimeUnit.MILLISECONDS.toNanos(waitMs(request)));
        } catch (StatusRuntimeException e) {
            out.onError(e);
            return;
        }
        if (request.getWaitMs() > 0) {
            CallMemory.times().onlyWaits();
        }
        ClusterLogs readable = logs.as(CallMemory.caller());
        var unused = readable.offset(reading.partition, from, reading.isolation)
                .thenCompose(offset -> offset.isRefused()
                        ? CompletableFuture.completedFuture(offset.<ConsumeResponse>refusedToo())
                        : page(readable, reading, offset.get(), (ServerCallStreamObserver<?>) out))
                .thenAccept(answer -> {
                    if (answer.isRefused()) {
                        out.onError(Statuses.reading(answer));
                    } else {
                        out.onNext(answer.get());
                        out.onCompleted();
                    }
                });
    }

    private CompletableFuture<Answer<ConsumeResponse>> page(
            ClusterLogs readable, Reading reading, long offset, ServerCallStreamObserver<?> out) {
        if (reading.until - clock.nanoTime() <= 0) {
            return readable.read(reading.partition, offset, reading.isolation, Messages.readBytes(reading.limit))
                    .thenApply(fetched ->
                            fetched.isRefused() ? fetched.refusedToo() : Messages.page(fetched.get(), reading.limit));
        }
        // On a line of its own, where nobody waits behind it.
        Answer<LogTail> tail = readable.tail(reading.partition, reading.isolation);
        return tail.isRefused()
                ? CompletableFuture.completedFuture(tail.refusedToo())
                : poll(tail.get(), reading, offset, out)
                        .whenComplete((answer, failure) -> tail.get().close());
    }

    /** Who waits no longer than this needs no answer later. */
    private static long waitMs(ConsumeRequest request) {
        Deadline deadline = Context.current().getDeadline();
        long wait = Messages.waitMs(request);
        // Its end is for the client to tell: an empty answer must not overtake it.
        return deadline == null
                ? wait
                : Math.min(wait, Math.max(0, deadline.timeRemaining(TimeUnit.MILLISECONDS)) + WAIT_PIECE_MS);
    }

    private CompletableFuture<Answer<ConsumeResponse>> poll(
            LogTail tail, Reading reading, long offset, ServerCallStreamObserver<?> out) {
        long leftMs = TimeUnit.NANOSECONDS.toMillis(reading.until - clock.nanoTime());
        int waitMs = (int) Math.max(0, Math.min(WAIT_PIECE_MS, leftMs));
        return tail.read(offset, waitMs, Messages.readBytes(reading.limit)).thenCompose(fetched -> {
            Answer<ConsumeResponse> answer =
                    fetched.isRefused() ? fetched.refusedToo() : Messages.page(fetched.get(), reading.limit);
            boolean over = answer.isRefused()
                    || answer.get().getRecordsCount() > 0
                    || leftMs <= 0
                    || out.isCancelled()
                    || streams.isStopped();
            return over
                    ? CompletableFuture.completedFuture(answer)
                    : poll(tail, reading, answer.get().getNextOffset(), out);
        });
    }

    private void consumeStream(ConsumeStreamRequest request, StreamObserver<ConsumeResponse> out) {
        TopicPartition partition;
        IsolationLevel isolation;
        ReadFrom from;
        try {
            from = Messages.from(request);
            partition = Messages.partition(request.getTopic(), request.getPartition());
            isolation = Messages.isolation(request.getIsolation());
        } catch (StatusRuntimeException e) {
            out.onError(e);
            return;
        }
        ClusterLogs readable = logs.as(CallMemory.caller());
        Answer<LogTail> tail = readable.tail(partition, isolation);
        if (tail.isRefused()) {
            out.onError(Statuses.reading(tail));
            return;
        }
        var stream = new RecordStream<>(
                new Reads(request.getFollow(), isolation), tail.get(), streams, (ServerCallStreamObserver<
                                ConsumeResponse>)
                        out);
        stream.prepare();
        var unused = readable.offset(partition, from, isolation).thenAccept(offset -> {
            if (offset.isRefused()) {
                stream.fail(Statuses.reading(offset));
            } else {
                stream.begin(offset.get());
            }
        });
    }

    private record Reads(boolean follow, IsolationLevel isolation) implements RecordStream.Reads<ConsumeResponse> {
        @Override
        public CompletableFuture<Answer<RecordStream.Piece<ConsumeResponse>>> more(LogTail tail, long offset) {
            return tail.readPatiently(offset, follow ? WAIT_PIECE_MS : 0, STREAM_BYTES)
                    .thenApply(read -> read.map(fetched -> new Piece(fetched, end(fetched))));
        }

        private long end(Fetched fetched) {
            if (follow) {
                return Long.MAX_VALUE;
            }
            return isolation == IsolationLevel.READ_COMMITTED ? fetched.lastStableOffset() : fetched.highWatermark();
        }

        @Override
        public StatusRuntimeException refusal(Answer<?> refused, long offset) {
            return Statuses.reading(refused);
        }
    }

    /** @param end of the log, as far as it is read */
    private record Piece(Fetched fetched, long end) implements RecordStream.Piece<ConsumeResponse> {
        @Override
        public @Nullable Answer<?> problem() {
            return fetched.records().problem();
        }

        @Override
        public void rest() {
            fetched.records().rest();
        }

        @Override
        public @Nullable ConsumeResponse next() {
            ConsumeResponse page = Messages.page(fetched, Messages.MOST_RECORDS, STREAM_BYTES);
            return page.getRecordsCount() == 0 ? null : page;
        }

        @Override
        public long nextOffset() {
            long next = fetched.records().nextOffset();
            return next >= end ? -1 : next;
        }

        @Override
        public void close() {
            fetched.records().close();
        }
    }
}

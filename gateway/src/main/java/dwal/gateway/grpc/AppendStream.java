package dwal.gateway.grpc;

import dwal.gateway.grpc.log.ProduceRequest;
import dwal.gateway.grpc.log.ProduceResponse;
import dwal.gateway.log.Answer;
import dwal.gateway.log.DefaultLog;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * One {@code ProduceStream}: one append at a time, which takes all that came during the one before it; so order is kept, and records
 * share a sync. Asks for more only while little waits and the client takes its answers. Its monitor guards it: what comes and what
 * was appended come on different network loops.
 */
final class AppendStream implements StreamObserver<ProduceRequest>, OpenStreams.Stream {
    /** What may wait for an append, and go into one together. */
    private static final int BYTES = 256 * 1024;

    private static final int RECORDS = 1_000;

    private final DefaultLog log;
    private final CallMemory memory;
    private final OpenStreams streams;
    private final ServerCallStreamObserver<ProduceResponse> out;
    private final ArrayDeque<ByteBuffer> waiting = new ArrayDeque<>();
    private long waitingBytes;
    private boolean appending;
    private boolean asked;
    private boolean noMore;
    private boolean stopping;
    private boolean ended;

    AppendStream(
            DefaultLog log, CallMemory memory, OpenStreams streams, ServerCallStreamObserver<ProduceResponse> out) {
        this.log = log;
        this.memory = memory;
        this.streams = streams;
        this.out = out;
    }

    AppendStream begin() {
        out.disableAutoRequest();
        out.setOnReadyHandler(this::askForMore);
        out.setOnCancelHandler(this::end);
        // It may also be ended for want of memory, from outside.
        out.setOnCloseHandler(this::end);
        // Answers are small, and there are none yet.
        asked = true;
        out.request(1);
        streams.add(this);
        return this;
    }

    private synchronized void askForMore() {
        if (!ended && !asked && !noMore && waitingBytes < BYTES && waiting.size() < RECORDS && out.isReady()) {
            asked = true;
            out.request(1);
        }
    }

    @Override
    public synchronized void onNext(ProduceRequest request) {
        asked = false;
        if (ended || stopping) {
            return;
        }
        ByteBuffer value = LogService.value(request);
        if (!memory.tryHold(value.remaining())) {
            end();
            out.onError(memory.noRoom().asRuntimeException());
            return;
        }
        waiting.add(value);
        waitingBytes += value.remaining();
        append();
        askForMore();
    }

    private void append() {
        if (appending || ended || waiting.isEmpty()) {
            return;
        }
        List<ByteBuffer> values = new ArrayList<>();
        long bytes = 0;
        for (ByteBuffer next = waiting.peek();
                next != null && values.size() < RECORDS && (values.isEmpty() || bytes + next.remaining() <= BYTES);
                next = waiting.peek()) {
            bytes += next.remaining();
            values.add(waiting.remove());
        }
        waitingBytes -= bytes;
        appending = true;
        long held = bytes;
        var unused = log.append(values).thenAccept(first -> appended(first, values.size(), held));
    }

    private synchronized void appended(Answer<Long> first, int count, long bytes) {
        appending = false;
        memory.release(bytes);
        if (ended) {
            return;
        }
        if (first.isRefused()) {
            end();
            out.onError(Statuses.of(first));
            return;
        }
        for (int i = 0; i < count; i++) {
            out.onNext(ProduceResponse.newBuilder().setOffset(first.get() + i).build());
        }
        append();
        askForMore();
        complete();
        stopIfAnswered();
    }

    /** What has come and is not being appended is dropped: it has no answer. */
    @Override
    public synchronized void stop() {
        stopping = true;
        dropWaiting();
        stopIfAnswered();
    }

    private void stopIfAnswered() {
        if (stopping && !ended && !appending) {
            end();
            out.onError(OpenStreams.stopping());
        }
    }

    @Override
    public synchronized void onCompleted() {
        noMore = true;
        complete();
    }

    private void complete() {
        if (noMore && !ended && !appending && waiting.isEmpty()) {
            end();
            out.onCompleted();
        }
    }

    @Override
    public void onError(Throwable gone) {
        end();
    }

    private synchronized void end() {
        ended = true;
        streams.remove(this);
        dropWaiting();
    }

    private void dropWaiting() {
        memory.release(waitingBytes);
        waitingBytes = 0;
        waiting.clear();
    }
}

package dwal.gateway.grpc;

import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One {@code ProduceStream}: one append at a time, which takes all that came during the one before it and may go with it; so order is
 * kept, and records share a sync. Asks for more only while little waits and the client takes its answers. Its monitor guards it:
 * what comes and what was appended come on different network loops.
 */
final class AppendStream<Q, A> implements StreamObserver<Q>, OpenStreams.Stream {
    /** What may wait for an append, and go into one together. */
    private static final int BYTES = 256 * 1024;

    private static final int REQUESTS = 1_000;

    /** How requests of one kind are appended. Called within the monitor of one stream at a time. */
    interface Appends<Q, A> {
        /** How many bytes it holds. */
        int bytes(Q request);

        /** Whether {@code next} may be appended together with {@code first}, which has come before it. */
        boolean goTogether(Q first, Q next);

        /** Appends them, in order. Completes in any thread, and does not fail. */
        CompletableFuture<Outcome<A>> append(List<Q> requests);
    }

    /**
     * What became of requests.
     *
     * @param answers to the first of them, in order
     * @param failure why the one behind those was not appended; null if all were
     */
    record Outcome<A>(List<A> answers, @Nullable StatusRuntimeException failure) {}

    private final Appends<Q, A> appends;
    private final CallMemory memory;
    private final OpenStreams streams;
    private final ServerCallStreamObserver<A> out;
    private final ArrayDeque<Q> waiting = new ArrayDeque<>();
    private long waitingBytes;
    private boolean appending;
    private boolean asked;
    private boolean noMore;
    private boolean stopping;
    private boolean ended;

    AppendStream(Appends<Q, A> appends, CallMemory memory, OpenStreams streams, ServerCallStreamObserver<A> out) {
        this.appends = appends;
        this.memory = memory;
        this.streams = streams;
        this.out = out;
    }

    AppendStream<Q, A> begin() {
        out.disableAutoRequest();
        out.setOnReadyHandler(this::askForMore);
        out.setOnCancelHandler(this::end);
        // It may also be ended for want of memory, from outside.
        out.setOnCloseHandler(this::end);
        StatusRuntimeException full = streams.full();
        if (full != null) {
            ended = true;
            out.onError(full);
            return this;
        }
        // Answers are small, and there are none yet.
        asked = true;
        out.request(1);
        streams.add(this);
        return this;
    }

    private synchronized void askForMore() {
        if (!ended && !asked && !noMore && waitingBytes < BYTES && waiting.size() < REQUESTS && out.isReady()) {
            asked = true;
            out.request(1);
        }
    }

    @Override
    public synchronized void onNext(Q request) {
        asked = false;
        if (ended || stopping) {
            return;
        }
        int bytes = appends.bytes(request);
        if (!memory.tryHold(bytes)) {
            end();
            out.onError(memory.noRoom().asRuntimeException());
            return;
        }
        waiting.add(request);
        waitingBytes += bytes;
        append();
        askForMore();
    }

    private void append() {
        if (appending || ended || waiting.isEmpty()) {
            return;
        }
        Q first = waiting.remove();
        List<Q> together = new ArrayList<>(List.of(first));
        long bytes = appends.bytes(first);
        for (Q next = waiting.peek();
                next != null
                        && together.size() < REQUESTS
                        && bytes + appends.bytes(next) <= BYTES
                        && appends.goTogether(first, next);
                next = waiting.peek()) {
            bytes += appends.bytes(next);
            together.add(waiting.remove());
        }
        waitingBytes -= bytes;
        appending = true;
        long held = bytes;
        var unused = appends.append(together).thenAccept(outcome -> appended(outcome, held));
    }

    private synchronized void appended(Outcome<A> outcome, long bytes) {
        appending = false;
        memory.release(bytes);
        if (ended) {
            return;
        }
        outcome.answers().forEach(out::onNext);
        StatusRuntimeException failure = outcome.failure();
        if (failure != null) {
            end();
            out.onError(failure);
            return;
        }
        append();
        askForMore();
        complete();
        stopIfAnswered();
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

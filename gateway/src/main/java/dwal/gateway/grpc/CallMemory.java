package dwal.gateway.grpc;

import dwal.environment.Clock;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * How many bytes of messages all calls hold: those that have arrived of unfinished messages, and those of appends that are not
 * answered. A call whose message does not fit is ended with {@code RESOURCE_EXHAUSTED}, and one whose message does not come to its
 * end in time with {@code DEADLINE_EXCEEDED}. Any thread.
 */
final class CallMemory extends ServerStreamTracer.Factory implements ServerInterceptor {
    private static final Context.Key<Unfinished> UNFINISHED = Context.key("dwal.unfinished");

    private final long limit;
    private final int timeoutMs;
    private final Clock clock;
    private final ScheduledExecutorService later;
    private final AtomicLong held = new AtomicLong();
    /** Of which a message is awaited, or has arrived in part. */
    private final Set<Unfinished> unfinished = ConcurrentHashMap.newKeySet();
    /** Whether somebody will look at them: one timer for all. */
    private final AtomicBoolean watching = new AtomicBoolean();

    /**
     * @param limit bytes, of all calls
     * @param timeoutMs how long a message may take to come to its end
     * @param later where calls are ended, not within what has found them too many
     */
    CallMemory(long limit, int timeoutMs, Clock clock, ScheduledExecutorService later) {
        this.limit = limit;
        this.timeoutMs = timeoutMs;
        this.clock = clock;
        this.later = later;
    }

    /** Counts {@code bytes}, unless they are too many. */
    boolean tryHold(long bytes) {
        if (held.addAndGet(bytes) <= limit) {
            return true;
        }
        held.addAndGet(-bytes);
        return false;
    }

    void release(long bytes) {
        held.addAndGet(-bytes);
    }

    /** What a call is told that there is no room for. */
    Status noRoom() {
        return Status.RESOURCE_EXHAUSTED.withDescription(
                "Requests that are not answered yet hold dwal.gateway.queued.max.bytes=" + limit
                        + " already: try again later");
    }

    @Override
    public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
        return new Unfinished();
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        Unfinished unfinished = UNFINISHED.get();
        if (unfinished != null) {
            unfinished.begin(call);
        }
        return next.startCall(call, headers);
    }

    private void watch() {
        if (!unfinished.isEmpty() && watching.compareAndSet(false, true)) {
            try {
                var unused = later.schedule(this::endOld, 1 + timeoutMs / 2, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                // The node has stopped, and its connections are closed.
            }
        }
    }

    private void endOld() {
        long before = clock.nanoTime() - TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        unfinished.forEach(each -> each.endIfSince(before));
        watching.set(false);
        watch();
    }

    /** The unfinished message of one call. Its monitor guards it. */
    private final class Unfinished extends ServerStreamTracer {
        private @Nullable ServerCall<?, ?> call;
        private long bytes;
        private long since;

        @Override
        public Context filterContext(Context context) {
            return context.withValue(UNFINISHED, this);
        }

        synchronized void begin(ServerCall<?, ?> started) {
            call = started;
            // Who streams may take his time between messages.
            if (started.getMethodDescriptor().getType().clientSendsOneMessage()) {
                await();
            }
        }

        private void await() {
            since = clock.nanoTime();
            unfinished.add(this);
            watch();
        }

        @Override
        public synchronized void inboundWireSize(long more) {
            if (bytes == 0) {
                await();
            }
            bytes += more;
            if (held.addAndGet(more) > limit) {
                end(noRoom());
            }
        }

        synchronized void endIfSince(long before) {
            if (unfinished.contains(this) && since - before <= 0) {
                end(Status.DEADLINE_EXCEEDED.withDescription(
                        "The message did not come to its end within dwal.gateway.request.timeout.ms=" + timeoutMs));
            }
        }

        private void end(Status status) {
            ServerCall<?, ?> ended = call;
            if (ended != null) {
                call = null;
                later.execute(() -> ended.close(status, new Metadata()));
            }
        }

        @Override
        public void inboundMessageRead(int number, long wireBytes, long uncompressedBytes) {
            letGo();
        }

        @Override
        public void streamClosed(Status status) {
            letGo();
        }

        private synchronized void letGo() {
            unfinished.remove(this);
            release(bytes);
            bytes = 0;
        }
    }
}

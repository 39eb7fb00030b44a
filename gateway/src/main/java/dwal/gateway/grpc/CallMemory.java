package dwal.gateway.grpc;

import com.google.protobuf.MessageLite;
import dwal.environment.Clock;
import dwal.gateway.log.Caller;
import dwal.gateway.log.QueuedBytes;
import dwal.protocol.RequestTimes;
import dwal.server.network.DoorMetrics.OfOperation;
import dwal.server.network.DoorRequest;
import io.grpc.Context;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Grpc;
import io.grpc.InternalMetadata;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How many bytes all calls hold: their headers, what has arrived of unfinished messages, appends that are not answered, and answers
 * that are not taken. A call whose message or answer does not fit is ended with {@code RESOURCE_EXHAUSTED}, and one whose message
 * does not come to its end in time with {@code DEADLINE_EXCEEDED}; of a client that does not take a last answer in time the
 * connection is closed. Any thread.
 */
final class CallMemory extends ServerStreamTracer.Factory implements ServerInterceptor {
    private static final Context.Key<Held> HELD = Context.key("dwal.held");
    /** What the objects of a call take, about. */
    private static final int BYTES_PER_CALL = 1024;

    private final QueuedBytes queued;
    private final int timeoutMs;
    private final Clock clock;
    private final ScheduledExecutorService later;
    private final Connections connections;
    private final Function<String, OfOperation> counts;
    /** Of which something is awaited: a message that has arrived in part or not at all, or that the last answer is taken. */
    private final Set<Held> awaited = ConcurrentHashMap.newKeySet();
    /** Whether somebody will look at them: one timer for all. */
    private final AtomicBoolean watching = new AtomicBoolean();

    /**
     * @param timeoutMs how long a message may take to come to its end, and an answer to be taken
     * @param counts by name of the method
     * @param later where calls are ended, not within what has found them too many
     */
    CallMemory(
            QueuedBytes queued,
            int timeoutMs,
            Clock clock,
            ScheduledExecutorService later,
            Connections connections,
            Function<String, OfOperation> counts) {
        this.queued = queued;
        this.timeoutMs = timeoutMs;
        this.clock = clock;
        this.later = later;
        this.connections = connections;
        this.counts = counts;
    }

    /** Where it is noted how the call goes that is being handled by this thread. */
    static RequestTimes times() {
        Held held = HELD.get();
        return held == null ? new RequestTimes() : held.times;
    }

    /** Who has made the call that is being handled by this thread. */
    static Caller caller() {
        Held held = HELD.get();
        return held == null ? Caller.NOBODY : held.caller;
    }

    /** Ends the call that is being handled by this thread: what comes of it is not looked at any more. */
    static void end(Status status) {
        Held held = HELD.get();
        if (held != null) {
            held.leave(status);
        }
    }

    /** Counts {@code bytes}, unless they are too many. */
    boolean tryHold(long bytes) {
        return queued.tryHold(bytes);
    }

    void release(long bytes) {
        queued.release(bytes);
    }

    /** What a call is told that there is no room for. */
    Status noRoom() {
        return Status.RESOURCE_EXHAUSTED.withDescription(
                "Requests that are not answered yet, and answers, hold dwal.gateway.queued.max.bytes=" + queued.limit()
                        + " already: try again later");
    }

    @Override
    public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
        int bytes = BYTES_PER_CALL;
        for (byte[] part : InternalMetadata.serialize(headers)) {
            bytes += part.length;
        }
        return new Held(bytes);
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        Held held = HELD.get();
        if (held == null) {
            throw new AssertionError("every call has a tracer");
        }
        if (!held.begin(call)) {
            held.failed(noRoom());
            call.close(noRoom(), new Metadata());
            return new ServerCall.Listener<>() {};
        }
        return new SimpleForwardingServerCallListener<>(next.startCall(new Counted<>(call, held), headers)) {
            @Override
            public void onMessage(Q message) {
                if (!held.isLeft()) {
                    super.onMessage(message);
                }
            }

            @Override
            public void onHalfClose() {
                held.decoded();
                if (!held.isLeft()) {
                    super.onHalfClose();
                }
            }
        };
    }

    private void watch() {
        if (!awaited.isEmpty() && watching.compareAndSet(false, true)) {
            try {
                var unused = later.schedule(this::endOld, 1 + timeoutMs / 2, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                // The node has stopped, and its connections are closed.
            }
        }
    }

    private void endOld() {
        long before = clock.nanoTime() - TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        awaited.forEach(each -> each.endIfSince(before));
        watching.set(false);
        watch();
    }

    /** A call whose answers are counted. Used as its call is: by one thread at a time. */
    private final class Counted<Q, A> extends SimpleForwardingServerCall<Q, A> {
        private final Held held;
        private boolean refused;

        Counted(ServerCall<Q, A> call, Held held) {
            super(call);
            this.held = held;
        }

        @Override
        public void sendMessage(A message) {
            if (refused) {
                return;
            }
            if (!held.answer(isReady(), ((MessageLite) message).getSerializedSize())) {
                refused = true;
                held.failed(noRoom());
                super.close(noRoom(), new Metadata());
                return;
            }
            super.sendMessage(message);
        }

        @Override
        public void close(Status status, Metadata trailers) {
            if (!refused) {
                held.answered();
                held.failed(status);
                super.close(status, trailers);
            }
        }
    }

    /** What one call holds. Its monitor guards it. */
    private final class Held extends ServerStreamTracer {
        private final int headers;
        private final boolean fits;
        private final RequestTimes times = new RequestTimes();
        private volatile Caller caller = Caller.NOBODY;
        private @Nullable ServerCall<?, ?> call;
        private @Nullable OfOperation operation;
        private long requestBytes;
        private long responseBytes;
        private long arrivedNanos;
        private long decodedNanos;
        private long doneNanos;
        private long arrived;
        private long unsent;
        private long since;
        private boolean answered;
        private boolean left;
        private boolean closed;

        Held(int headers) {
            this.headers = headers;
            this.fits = queued.hold(headers);
        }

        @Override
        public Context filterContext(Context context) {
            return context.withValue(HELD, this);
        }

        /** False if it is one too many. */
        synchronized boolean begin(ServerCall<?, ?> started) {
            caller = Caller.at(started.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR));
            arrivedNanos = clock.nanoTime();
            decodedNanos = arrivedNanos;
            doneNanos = arrivedNanos;
            operation = counts.apply(started.getMethodDescriptor().getFullMethodName());
            call = started;
            if (!isUnary()) {
                operation.streamBegins();
            }
            // Who streams may take his time between messages.
            if (fits && started.getMethodDescriptor().getType().clientSendsOneMessage()) {
                await();
            }
            return fits;
        }

        private boolean isUnary() {
            return call != null && call.getMethodDescriptor().getType() == MethodDescriptor.MethodType.UNARY;
        }

        synchronized void decoded() {
            decodedNanos = clock.nanoTime();
        }

        /** It ends with {@code status}, which may be none that says so. */
        synchronized void failed(Status status) {
            if (!status.isOk() && operation != null) {
                operation.error(status.getCode().name());
            }
        }

        private void await() {
            since = clock.nanoTime();
            awaited.add(this);
            watch();
        }

        @Override
        public synchronized void inboundWireSize(long more) {
            if (closed) {
                return;
            }
            if (arrived == 0) {
                await();
            }
            arrived += more;
            if (!queued.hold(more)) {
                end(noRoom());
            }
        }

        @Override
        public synchronized void inboundMessageRead(int number, long wireBytes, long uncompressedBytes) {
            requestBytes += wireBytes;
            arrivedNanos = clock.nanoTime();
            decodedNanos = arrivedNanos;
            doneNanos = arrivedNanos;
            if (!answered) {
                awaited.remove(this);
            }
            if (!closed) {
                release(arrived);
                arrived = 0;
            }
        }

        /** Whether there is room for an answer; {@code ready} tells that those before it have been taken, but for a little. */
        synchronized boolean answer(boolean ready, int bytes) {
            if (closed) {
                return true;
            }
            responseBytes += bytes;
            if (ready) {
                release(unsent);
                unsent = 0;
            }
            if (!tryHold(bytes)) {
                return false;
            }
            unsent += bytes;
            return true;
        }

        /** There will be no further answers. */
        synchronized void answered() {
            if (!closed) {
                answered = true;
                doneNanos = clock.nanoTime();
                await();
            }
        }

        synchronized void endIfSince(long before) {
            if (!awaited.contains(this) || since - before > 0) {
                return;
            }
            if (answered && call != null) {
                connections.close(call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR));
            } else {
                end(Status.DEADLINE_EXCEEDED.withDescription(
                        "The message did not come to its end within dwal.gateway.request.timeout.ms=" + timeoutMs));
            }
        }

        synchronized void leave(Status status) {
            left = true;
            end(status);
        }

        synchronized boolean isLeft() {
            return left;
        }

        private void end(Status status) {
            ServerCall<?, ?> ended = call;
            if (ended != null && !answered) {
                answered = true;
                doneNanos = clock.nanoTime();
                failed(status);
                later.execute(() -> ended.close(status, new Metadata()));
            }
        }

        @Override
        public synchronized void streamClosed(Status status) {
            if (!closed) {
                closed = true;
                awaited.remove(this);
                release(headers + arrived + unsent);
                count();
            }
        }

        private void count() {
            if (operation == null || call == null) {
                return;
            }
            if (!isUnary()) {
                operation.streamed(requestBytes, responseBytes);
                return;
            }
            SocketAddress client = call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
            operation.answered(new DoorRequest(
                    client instanceof InetSocketAddress ip ? ip.getAddress().getHostAddress() : "",
                    requestBytes,
                    responseBytes,
                    arrivedNanos,
                    Math.min(decodedNanos, doneNanos),
                    doneNanos,
                    times));
        }
    }
}

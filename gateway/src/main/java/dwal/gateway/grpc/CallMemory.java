package dwal.gateway.grpc;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * How many bytes of messages all calls hold: those that have arrived of unfinished messages, and those of appends that are not
 * answered. A call whose message does not fit is ended with {@code RESOURCE_EXHAUSTED}. Any thread.
 */
final class CallMemory extends ServerStreamTracer.Factory implements ServerInterceptor {
    private static final Context.Key<Unfinished> UNFINISHED = Context.key("dwal.unfinished");

    private final long limit;
    private final Executor later;
    private final AtomicLong held = new AtomicLong();

    /** @param later where calls are ended, not within what has found them too many */
    CallMemory(long limit, Executor later) {
        this.limit = limit;
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
            unfinished.call = call;
        }
        return next.startCall(call, headers);
    }

    /** The unfinished message of one call. Owned by the network loop of its connection. */
    private final class Unfinished extends ServerStreamTracer {
        private volatile @Nullable ServerCall<?, ?> call;
        private long bytes;

        @Override
        public Context filterContext(Context context) {
            return context.withValue(UNFINISHED, this);
        }

        @Override
        public synchronized void inboundWireSize(long more) {
            bytes += more;
            if (held.addAndGet(more) > limit) {
                ServerCall<?, ?> tooMuch = call;
                if (tooMuch != null) {
                    call = null;
                    later.execute(() -> tooMuch.close(noRoom(), new Metadata()));
                }
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
            release(bytes);
            bytes = 0;
        }
    }
}

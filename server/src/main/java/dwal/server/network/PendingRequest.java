package dwal.server.network;

import dwal.protocol.RequestContext;
import dwal.protocol.RequestDecoder.Request;
import dwal.protocol.RequestObjects;
import dwal.protocol.RequestTimes;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/**
 * A request that is not answered yet, in the row of its connection.
 *
 * <p>Completed by any thread, once; all else belongs to the connection's network loop.
 */
final class PendingRequest implements ChannelFutureListener, RequestContext.Asked {
    private static final int SMALL_REQUEST = 16 * 1024;

    /** Without its body once it is answered, if that is large. */
    Request request;

    final int frameBytes;
    /** When its last byte had come. */
    final long arrivedNanos;

    private final RequestDispatcher dispatcher;
    private final RequestObjects.Share share;
    /** When its turn had come, and it began to be decoded. */
    final long begunNanos;
    /** When its handler was called. */
    final long decodedNanos;

    final RequestTimes times = new RequestTimes();
    int answerBytes;
    /** How many of them take up memory until they are sent. */
    int answerMemoryBytes;
    /** For how long the loop was busy with it, before it had to wait; 0 if nobody wants to know. */
    long loopNanos;
    /** When its answer was ready. */
    long doneNanos;
    /** When its answer was next to be written. */
    long answeringNanos;

    /** Which request of the same connection it waited for before its turn; null for none. */
    @Nullable
    ApiKeys before;
    /** How long that one had waited as its client wants. */
    long beforeWantedNanos;

    /** Present as long as the request refers to its bytes. */
    @Nullable
    ByteBuf frame;

    private @Nullable Runnable whenGone;
    private @Nullable ApiMessage answer;
    private @Nullable Throwable failure;
    private volatile boolean done;

    PendingRequest(
            RequestDispatcher dispatcher,
            Request request,
            @Nullable ByteBuf frame,
            int frameBytes,
            RequestObjects.Share share,
            long arrivedNanos,
            long begunNanos,
            long decodedNanos) {
        this.dispatcher = dispatcher;
        this.request = request;
        this.frame = frame;
        this.frameBytes = frameBytes;
        this.share = share;
        this.arrivedNanos = arrivedNanos;
        this.begunNanos = begunNanos;
        this.decodedNanos = decodedNanos;
    }

    /** It could not begin until {@code other} was answered. */
    void waitedFor(PendingRequest other) {
        before = other.request.api().key();
        beforeWantedNanos = other.times.wantedWaitNanos(other.doneNanos - other.decodedNanos);
    }

    void complete(@Nullable ApiMessage answer, @Nullable Throwable failure) {
        this.answer = answer;
        this.failure = failure;
        doneNanos = dispatcher.now();
        done = true;
    }

    @Override
    public int bytes() {
        return frameBytes;
    }

    @Override
    public void whenGone(Runnable task) {
        whenGone = task;
    }

    /** The connection has closed: nothing needs to wait for its sake. */
    void gone() {
        Runnable task = whenGone;
        whenGone = null;
        if (task != null && !done) {
            task.run();
        }
    }

    /** The socket has taken the answer, or will not. */
    @Override
    public void operationComplete(ChannelFuture sent) {
        dispatcher.sent(this, sent);
    }

    /** The answer is encoded, or there is none: nobody needs to hold its objects, and those of the request, until the client has taken the bytes. */
    void forgetObjects() {
        answer = null;
        whenGone = null;
        if (frameBytes > SMALL_REQUEST) {
            request = request.withoutBody();
        }
        holdNothing();
    }

    /** Its objects are not counted among those of all requests any more. */
    void holdNothing() {
        share.release();
    }

    boolean isDone() {
        return done;
    }

    /** The answer; null with a {@link #failure}, and where Kafka sends none. */
    @Nullable
    ApiMessage answer() {
        return answer;
    }

    @Nullable
    Throwable failure() {
        return failure;
    }
}

package dwal.server.network;

import dwal.protocol.RequestContext;
import dwal.protocol.RequestDecoder;
import dwal.protocol.RequestDecoder.Decoded;
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
 * A request from when it has arrived until its answer is taken: it waits for its turn on its connection, and then, if it is large,
 * maybe for room for its objects; is decoded; handled; and waits for its turn to be answered.
 *
 * <p>Completed by any thread, once; all else belongs to the connection's network loop.
 */
final class PendingRequest implements ChannelFutureListener, RequestContext.Asked {
    private static final int SMALL_REQUEST = 16 * 1024;

    final int frameBytes;
    /** When its last byte had come. */
    final long arrivedNanos;

    private final AnswerWriter answers;
    private final RequestObjects.Share share;
    /** When its turn had come, and it began to be decoded. */
    long begunNanos;
    /** When its handler was called. */
    long decodedNanos;

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

    /** Present until it is decoded, and as long as what it was decoded to refers to its bytes. */
    private @Nullable ByteBuf frame;

    /** Present once it is decoded; without its body once it is answered, if that is large. */
    private @Nullable Request request;

    private @Nullable Runnable whenGone;
    private boolean gone;
    private @Nullable ApiMessage answer;
    private @Nullable Throwable failure;
    private volatile boolean done;

    /** @param share of the objects of all requests: nothing yet */
    PendingRequest(AnswerWriter answers, ByteBuf frame, RequestObjects.Share share, long arrivedNanos) {
        this.answers = answers;
        this.frame = frame;
        this.frameBytes = frame.readableBytes();
        this.share = share;
        this.arrivedNanos = arrivedNanos;
    }

    /** It could not begin until {@code other} was answered. */
    void waitedFor(PendingRequest other) {
        before = other.request().api().key();
        beforeWantedNanos = other.times.wantedWaitNanos(other.doneNanos - other.decodedNanos);
    }

    /** Its turn has come: finds out what it is. May be called again if there was no room for its objects. */
    Decoded decode(RequestDecoder decoder, long nowNanos) {
        if (frame == null) {
            throw new AssertionError("it was decoded before");
        }
        begunNanos = nowNanos;
        return decoder.decode(frame.nioBuffer(), share);
    }

    /** It was decoded to {@code decoded}, and its handler is called. */
    void begin(Request decoded) {
        request = decoded;
        if (!decoded.pointsIntoFrame()) {
            releaseFrame();
        }
        decodedNanos = answers.now();
    }

    /** Nobody needs its bytes any more. */
    void releaseFrame() {
        if (frame != null) {
            frame.release();
            frame = null;
        }
    }

    Request request() {
        if (request == null) {
            throw new AssertionError("it is not decoded yet");
        }
        return request;
    }

    /** What its handler sees of it. */
    RequestContext context(ClientConnection connection) {
        return new RequestContext(
                request().api().key(),
                request().version(),
                request().correlationId(),
                request().clientId(),
                connection,
                times,
                this);
    }

    void complete(@Nullable ApiMessage answer, @Nullable Throwable failure) {
        this.answer = answer;
        this.failure = failure;
        doneNanos = answers.now();
        done = true;
    }

    @Override
    public int bytes() {
        return frameBytes;
    }

    @Override
    public RequestObjects.Share objects() {
        return share;
    }

    @Override
    public void whenGone(Runnable task) {
        whenGone = task;
    }

    /** The connection has closed: nothing needs to wait for its sake. */
    void gone() {
        gone = true;
        Runnable task = whenGone;
        whenGone = null;
        if (task != null && !done) {
            task.run();
        }
    }

    /** The socket has taken the answer, or will not. */
    @Override
    public void operationComplete(ChannelFuture sent) {
        answers.sent(this, sent);
    }

    /** The answer is encoded, or there is none: nobody needs to hold its objects, and those of the request, until the client has taken the bytes. */
    void forgetObjects() {
        answer = null;
        whenGone = null;
        if (frameBytes > SMALL_REQUEST) {
            request = request().withoutBody();
        }
        holdNothing();
    }

    /** Its objects are not counted among those of all requests any more. */
    void holdNothing() {
        share.release();
    }

    /** Whether the connection had closed before there was an answer, which nobody hears then. */
    boolean isGone() {
        return gone;
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

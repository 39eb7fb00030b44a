package dwal.server.network;

import dwal.protocol.RequestDecoder.Request;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/**
 * A request that is not answered yet, in the row of its connection.
 *
 * <p>Completed by any thread, once; all else belongs to the connection's network loop.
 */
final class PendingRequest implements ChannelFutureListener {
    final Request request;
    final int frameBytes;
    /** When its last byte had come. */
    final long arrivedNanos;

    private final RequestDispatcher dispatcher;
    int answerBytes;

    /** Present as long as the request refers to its bytes. */
    @Nullable
    ByteBuf frame;

    private @Nullable ApiMessage answer;
    private @Nullable Throwable failure;
    private volatile boolean done;

    PendingRequest(
            RequestDispatcher dispatcher, Request request, @Nullable ByteBuf frame, int frameBytes, long arrivedNanos) {
        this.dispatcher = dispatcher;
        this.request = request;
        this.frame = frame;
        this.frameBytes = frameBytes;
        this.arrivedNanos = arrivedNanos;
    }

    void complete(@Nullable ApiMessage answer, @Nullable Throwable failure) {
        this.answer = answer;
        this.failure = failure;
        done = true;
    }

    /** The socket has taken the answer, or will not. */
    @Override
    public void operationComplete(ChannelFuture sent) {
        dispatcher.sent(this, sent);
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

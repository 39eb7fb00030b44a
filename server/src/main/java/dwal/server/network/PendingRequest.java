package dwal.server.network;

import dwal.protocol.RequestDecoder.Request;
import io.netty.buffer.ByteBuf;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/**
 * A request that is not answered yet, in the row of its connection.
 *
 * <p>Completed by any thread, once; all else belongs to the connection's network loop.
 */
final class PendingRequest {
    final Request request;
    final int frameBytes;
    /** Present as long as the request refers to its bytes. */
    @Nullable
    ByteBuf frame;

    private @Nullable ApiMessage answer;
    private @Nullable Throwable failure;
    private volatile boolean done;

    PendingRequest(Request request, @Nullable ByteBuf frame, int frameBytes) {
        this.request = request;
        this.frame = frame;
        this.frameBytes = frameBytes;
    }

    void complete(@Nullable ApiMessage answer, @Nullable Throwable failure) {
        this.answer = answer;
        this.failure = failure;
        done = true;
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

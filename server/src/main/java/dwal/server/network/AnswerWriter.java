package dwal.server.network;

import dwal.environment.Clock;
import dwal.protocol.RequestDecoder.Request;
import dwal.protocol.Response;
import dwal.protocol.ResponseEncoder;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the answers of one connection, in the order in which they are given to it, and follows each until the socket has taken
 * it: then it is known how long its request took. What is written goes out with the next {@link #flush}.
 *
 * <p>Owned by the connection's network loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the channel itself tells its failures
final class AnswerWriter implements ChannelFutureListener {
    private static final Logger log = LoggerFactory.getLogger(AnswerWriter.class);

    private final ClientConnection connection;
    private final ResponseEncoder encoder;
    private final UntakenAnswers untaken;
    private final SendBuffer sendBuffer;
    private final RequestMetrics metrics;
    private final Clock clock;
    private boolean unflushed;
    private @Nullable ChannelHandlerContext ctx;

    /** @param encoder stands in the connection's pipeline, and counts what it encodes */
    AnswerWriter(
            ClientConnection connection,
            ResponseEncoder encoder,
            UntakenAnswers untaken,
            SendBuffer sendBuffer,
            RequestMetrics metrics,
            Clock clock) {
        this.connection = connection;
        this.encoder = encoder;
        this.untaken = untaken;
        this.sendBuffer = sendBuffer;
        this.metrics = metrics;
        this.clock = clock;
    }

    /** From here on it writes to {@code context}. */
    void writeTo(ChannelHandlerContext context) {
        ctx = context;
    }

    /** Writes {@code body}, the answer to {@code asked}, whose objects nobody needs then. */
    void write(PendingRequest asked, ApiMessage body) {
        Request request = asked.request();
        ApiKeys api = request.api().key();
        int throttledMs = asked.times.throttledMs();
        if (throttledMs > 0) {
            AnsweredErrors.throttle(api, request.version(), body, throttledMs);
        }
        if (!asked.isGone()) {
            AnsweredErrors.count(api, request.version(), body, metrics.of(api));
        }
        long before = encoder.encodedBytes();
        long beforeFromFiles = encoder.fileBytes();
        write(new Response(api, request.version(), request.correlationId(), body), asked);
        asked.answerBytes = (int) (encoder.encodedBytes() - before);
        asked.answerMemoryBytes = asked.answerBytes - (int) (encoder.fileBytes() - beforeFromFiles);
        untaken.written(asked.answerMemoryBytes);
        asked.forgetObjects();
    }

    /** Writes an answer to what is no request here. */
    void write(Response response) {
        write(response, this);
    }

    private void write(Response response, ChannelFutureListener onSent) {
        ChannelHandlerContext context = context();
        if (!context.channel().isActive()) {
            ResponseEncoder.discard(response);
            return;
        }
        unflushed = true;
        context.write(response, context.newPromise().addListener(onSent));
    }

    /** There is no answer to {@code asked}. */
    void skip(PendingRequest asked) {
        asked.forgetObjects();
        note(asked);
        untaken.taken(context(), 0);
    }

    void flush() {
        if (unflushed) {
            unflushed = false;
            context().flush();
            untaken.flushed(context());
        }
    }

    // ---- when they are sent

    /** An answer without a request was taken by the socket, or could not be sent. */
    @Override
    public void operationComplete(ChannelFuture sent) {
        sent(0, sent);
    }

    /** The answer to {@code asked} was taken by the socket, or could not be sent. */
    void sent(PendingRequest asked, ChannelFuture sent) {
        // First, since what follows may begin other requests.
        note(asked);
        if (asked.answerBytes >= SendBuffer.LARGE_ANSWER
                && asked.request().api().key() == ApiKeys.FETCH) {
            sendBuffer.largeAnswerWritten();
        }
        sent(asked.answerMemoryBytes, sent);
    }

    private void sent(int memoryBytes, ChannelFuture sent) {
        untaken.taken(context(), memoryBytes);
        if (!sent.isSuccess() && sent.channel().isActive()) {
            log.error("Could not send an answer to {}; closing", connection.describe(), sent.cause());
            sent.channel().close();
        }
    }

    private void note(PendingRequest asked) {
        long now = clock.nanoTime();
        long took = now - asked.arrivedNanos - asked.times.wantedWaitNanos(asked.doneNanos - asked.decodedNanos);
        metrics.of(asked.request().api().key()).answered(took, asked.frameBytes, asked.answerBytes);
        // Who asks why it is slow waits for that too, though the answer does not.
        took += TimeUnit.MILLISECONDS.toNanos(asked.times.throttledMs());
        if (metrics.slow().isSlow(took, now)) {
            metrics.slow().keep(took, now, explain(asked, now, took));
        }
    }

    private SlowRequest explain(PendingRequest asked, long now, long tookNanos) {
        long cameMs = clock.wallMs() - TimeUnit.NANOSECONDS.toMillis(now - asked.arrivedNanos);
        return Explanation.of(asked, connection, now, cameMs, Math.round(tookNanos / 1e3) / 1e3);
    }

    /** Any thread. */
    long now() {
        return clock.nanoTime();
    }

    private ChannelHandlerContext context() {
        if (ctx == null) {
            throw new AssertionError("not in a pipeline yet");
        }
        return ctx;
    }
}

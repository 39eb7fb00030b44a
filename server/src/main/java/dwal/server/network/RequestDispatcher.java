package dwal.server.network;

import dwal.environment.Clock;
import dwal.protocol.ApiTable;
import dwal.protocol.FrameDecoder;
import dwal.protocol.FrameDecoder.Pause;
import dwal.protocol.Handler;
import dwal.protocol.RequestContext;
import dwal.protocol.RequestDecoder;
import dwal.protocol.RequestDecoder.NewerApiVersions;
import dwal.protocol.RequestDecoder.NoRoom;
import dwal.protocol.RequestDecoder.Refused;
import dwal.protocol.RequestDecoder.Request;
import dwal.protocol.RequestObjects;
import dwal.protocol.Response;
import dwal.protocol.ResponseEncoder;
import dwal.server.quota.ClientQuotas;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last station of a connection's pipeline: gives each request to its handler and writes the answers in the order of
 * the requests, whenever they come.
 *
 * <p>As with Kafka, a request sees the effects of those before it: it waits until they are answered. Only Produce requests
 * overlap, since their order is kept by the partitions they append to.
 *
 * <p>Owned by the connection's network loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the channel itself tells its failures
final class RequestDispatcher extends ChannelInboundHandlerAdapter implements ChannelFutureListener {
    private static final Logger log = LoggerFactory.getLogger(RequestDispatcher.class);

    private final ClientConnection connection;
    private final FrameDecoder frames;
    private final RequestDecoder decoder;
    private final ResponseEncoder answers;
    private final RefusalLog refusals;
    private final RequestMetrics metrics;
    private final Clock clock;
    private final ClientQuotas quotas;
    private final SendBuffer sendBuffer;
    private final ArrayDeque<PendingRequest> pending = new ArrayDeque<>();
    /** Whether a task that writes answers is on its way to the loop. */
    private final AtomicBoolean writeScheduled = new AtomicBoolean();

    private final RequestObjects objects;
    private final Idleness idleness;
    private final Throttle throttle;
    private final UntakenAnswers untaken;

    private @Nullable ByteBuf held;
    private long heldSinceNanos;
    private @Nullable AwaitedRoom awaited;
    private boolean reading;
    private boolean unflushed;
    private boolean closeWhenAnswered;
    private @Nullable ChannelHandlerContext ctx;

    RequestDispatcher(
            ClientConnection connection,
            FrameDecoder frames,
            ResponseEncoder answers,
            ApiTable table,
            RefusalLog refusals,
            RequestMetrics metrics,
            NetworkSettings settings,
            RequestObjects objects,
            AnswerMemory memory,
            ClientQuotas quotas,
            SendBuffer sendBuffer,
            Clock clock) {
        this.connection = connection;
        this.frames = frames;
        this.decoder = new RequestDecoder(table, NetworkSettings.objectBytesLimit());
        this.answers = answers;
        this.refusals = refusals;
        this.metrics = metrics;
        this.clock = clock;
        this.objects = objects;
        this.untaken = new UntakenAnswers(frames, memory, settings.maxUnanswered(), clock);
        this.quotas = quotas;
        this.sendBuffer = sendBuffer;
        this.idleness = new Idleness(settings.maxIdleMs(), clock.nanoTime());
        this.throttle = new Throttle(frames, clock, this::throttleEnded);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        ctx = context;
    }

    // ---- requests

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        reading = true;
        if (message instanceof ByteBuf frame) {
            take(frame);
        } else if (message instanceof Refused refused) {
            refuse(refused.reason());
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        reading = false;
        flush();
    }

    private void take(ByteBuf frame) {
        long now = clock.nanoTime();
        if (mustWait(frame)) {
            held = frame;
            heldSinceNanos = now;
            frames.pause(Pause.TURN);
        } else {
            start(frame, now, now, null);
        }
    }

    private boolean mustWait(ByteBuf frame) {
        PendingRequest last = pending.peekLast();
        if (last == null) {
            return false;
        }
        boolean overlaps = last.request.api().key() == ApiKeys.PRODUCE
                && frame.readableBytes() >= Short.BYTES
                && frame.getShort(frame.readerIndex()) == ApiKeys.PRODUCE.id;
        return !overlaps;
    }

    /** @param before for whose answer it has waited */
    private void start(ByteBuf frame, long arrivedNanos, long nowNanos, @Nullable PendingRequest before) {
        RequestObjects.Share share = objects.share(frame.readableBytes());
        RequestDecoder.Decoded decoded = decoder.decode(frame.nioBuffer(), share);
        if (decoded instanceof NoRoom) {
            awaited = new AwaitedRoom(frame, share, arrivedNanos, nowNanos, before);
            frames.pause(Pause.TURN);
            share.await(this::scheduleRetry);
        } else {
            begin(decoded, frame, share, arrivedNanos, nowNanos, before);
        }
    }

    /** Any thread. */
    private void scheduleRetry() {
        try {
            onLoop(this::retry);
        } catch (RejectedExecutionException e) {
            log.debug("There was room for a request of {} after the network had stopped", connection.id(), e);
        }
    }

    /** Decodes again what has found no room. */
    private void retry() {
        AwaitedRoom next = awaited;
        if (next == null) {
            return;
        }
        long now = clock.nanoTime();
        RequestDecoder.Decoded decoded = decoder.decode(next.frame().nioBuffer(), next.share());
        if (decoded instanceof NoRoom) {
            next.share().await(this::scheduleRetry);
            return;
        }
        awaited = null;
        begin(decoded, next.frame(), next.share(), next.arrivedNanos(), now, next.before());
        frames.resume(context(), Pause.TURN);
        closeIfAnswered();
        flush();
    }

    private void begin(
            RequestDecoder.Decoded decoded,
            ByteBuf frame,
            RequestObjects.Share share,
            long arrivedNanos,
            long nowNanos,
            @Nullable PendingRequest before) {
        int length = frame.readableBytes();
        if (decoded instanceof Request request) {
            boolean keep = request.pointsIntoFrame();
            if (!keep) {
                frame.release();
            }
            var asked = new PendingRequest(
                    this, request, keep ? frame : null, length, share, arrivedNanos, nowNanos, clock.nanoTime());
            if (before != null) {
                asked.waitedFor(before);
            }
            handle(asked);
            return;
        }
        frame.release();
        frames.frameReleased(length);
        if (decoded instanceof NewerApiVersions newer) {
            untaken.asked();
            write(unsupportedVersion(newer), this);
        } else if (decoded instanceof Refused refused) {
            refuse(refused.reason());
        }
    }

    /** A client that is newer than we are learns our versions in the oldest form, which all can read. */
    private static Response unsupportedVersion(NewerApiVersions newer) {
        var request = new ApiVersionsRequest(new ApiVersionsRequestData(), (short) 0, newer.version());
        var body = request.getErrorResponse(0, Errors.UNSUPPORTED_VERSION.exception())
                .data();
        return new Response(ApiKeys.API_VERSIONS, (short) 0, newer.correlationId(), body);
    }

    private void handle(PendingRequest asked) {
        noteSoftware(asked.request);
        pending.add(asked);
        untaken.asked();
        CompletionStage<? extends ApiMessage> stage = call(asked);
        if (asked.times.throttledMs() > 0) {
            throttle.begin(context(), asked.times.throttledMs());
        }
        if (stage instanceof CompletableFuture<? extends ApiMessage> future && future.isDone()) {
            // The usual case: answered at once, on this loop.
            future.whenComplete(asked::complete);
            writeReady(asked.doneNanos);
        } else {
            if (asked.request.api().key() == ApiKeys.FETCH) {
                // Those that wait are bounded where they do (FetchSessions), and may wait for long.
                asked.holdNothing();
            }
            stage.whenComplete((answer, failure) -> {
                asked.complete(answer, failure);
                scheduleWrite();
            });
        }
    }

    private CompletionStage<? extends ApiMessage> call(PendingRequest asked) {
        RequestContext context = context(asked);
        if (!quotas.request().isSet()) {
            return call(asked.request, context);
        }
        CompletionStage<? extends ApiMessage> stage = call(asked.request, context);
        asked.loopNanos = clock.nanoTime() - asked.begunNanos;
        return stage;
    }

    private RequestContext context(PendingRequest asked) {
        Request request = asked.request;
        return new RequestContext(
                request.api().key(),
                request.version(),
                request.correlationId(),
                request.clientId(),
                connection,
                asked.times,
                asked);
    }

    @SuppressWarnings("unchecked") // ApiTable has seen to it that handler and request agree
    private static CompletionStage<? extends ApiMessage> call(Request request, RequestContext context) {
        try {
            return ((Handler<ApiMessage>) request.api().handler()).handle(context, request.body());
        } catch (RuntimeException | Error e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private void noteSoftware(Request request) {
        if (request.body() instanceof ApiVersionsRequestData data
                && request.version() >= 3
                && new ApiVersionsRequest(data, request.version()).isValid()) {
            connection.software(data.clientSoftwareName(), data.clientSoftwareVersion());
        }
    }

    // ---- answers

    /** Any thread: lets the loop write what is ready; answers that come together go out together. */
    private void scheduleWrite() {
        if (writeScheduled.compareAndSet(false, true)) {
            try {
                context().executor().execute(() -> {
                    writeScheduled.set(false);
                    writeReady(clock.nanoTime());
                });
            } catch (RejectedExecutionException e) {
                log.debug("An answer for {} came after the network had stopped", connection.id(), e);
            }
        }
    }

    private void writeReady(long nowNanos) {
        PendingRequest first = pending.peekFirst();
        PendingRequest answered = null;
        while (first != null && first.isDone()) {
            pending.removeFirst();
            first.answeringNanos = nowNanos;
            answer(first);
            answered = first;
            first = pending.peekFirst();
        }
        if (pending.isEmpty()) {
            takeTurn(answered);
        }
        flush();
    }

    private void takeTurn(@Nullable PendingRequest before) {
        ByteBuf next = held;
        if (next != null && (closeWhenAnswered || !frames.isPaused(Pause.THROTTLE))) {
            held = null;
            start(next, heldSinceNanos, clock.nanoTime(), before);
            if (awaited == null) {
                // What was started may be unanswered: then the pause that begins with the next frame is enough.
                frames.resume(context(), Pause.TURN);
            }
        }
        closeIfAnswered();
    }

    private void closeIfAnswered() {
        if (closeWhenAnswered && pending.isEmpty() && held == null && awaited == null) {
            flushNow();
            context().close();
        }
    }

    private void answer(PendingRequest asked) {
        ApiMessage body = asked.answer();
        Throwable failure = asked.failure();
        if (failure != null) {
            body = FailedRequest.answer(asked.request, failure, connection);
        }
        releaseFrame(asked);
        if (!connection.works()) {
            connection.noteWork(asked.request, body);
        }
        if (asked.loopNanos > 0 && !asked.times.isExempt() && body != null) {
            quotas.useLoop(context(asked), asked.loopNanos);
        }
        int throttledMs = asked.times.throttledMs();
        if (throttledMs > 0) {
            throttle.begin(context(), throttledMs);
        }
        if (body != null) {
            ApiKeys api = asked.request.api().key();
            if (throttledMs > 0) {
                AnsweredErrors.throttle(api, asked.request.version(), body, throttledMs);
            }
            AnsweredErrors.count(api, asked.request.version(), body, metrics.of(api));
            long before = answers.encodedBytes();
            long beforeFromFiles = answers.fileBytes();
            write(new Response(api, asked.request.version(), asked.request.correlationId(), body), asked);
            asked.answerBytes = (int) (answers.encodedBytes() - before);
            asked.answerMemoryBytes = asked.answerBytes - (int) (answers.fileBytes() - beforeFromFiles);
            untaken.written(asked.answerMemoryBytes);
            asked.forgetObjects();
            return;
        }
        asked.forgetObjects();
        answered(asked);
        untaken.taken(context(), 0);
        if (failure != null) {
            refuse(FailedRequest.reason(asked.request, failure));
        }
    }

    private void throttleEnded() {
        if (pending.isEmpty()) {
            takeTurn(null);
        }
        flush();
    }

    private void releaseFrame(PendingRequest asked) {
        if (asked.frame != null) {
            asked.frame.release();
            asked.frame = null;
        }
        frames.frameReleased(asked.frameBytes);
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

    /** An answer without a request was taken by the socket, or could not be sent. */
    @Override
    public void operationComplete(ChannelFuture sent) {
        sent(0, sent);
    }

    private void sent(int memoryBytes, ChannelFuture sent) {
        untaken.taken(context(), memoryBytes);
        if (!sent.isSuccess() && sent.channel().isActive()) {
            log.error("Could not send an answer to {}; closing", connection.describe(), sent.cause());
            sent.channel().close();
        }
    }

    /** The answer to {@code asked} was taken by the socket, or could not be sent. */
    void sent(PendingRequest asked, ChannelFuture sent) {
        // First, since what follows may begin other requests.
        answered(asked);
        if (asked.answerBytes >= SendBuffer.LARGE_ANSWER && asked.request.api().key() == ApiKeys.FETCH) {
            sendBuffer.largeAnswerWritten();
        }
        sent(asked.answerMemoryBytes, sent);
    }

    private void answered(PendingRequest asked) {
        long now = clock.nanoTime();
        long took = now - asked.arrivedNanos - asked.times.wantedWaitNanos(asked.doneNanos - asked.decodedNanos);
        metrics.of(asked.request.api().key()).answered(took, asked.frameBytes, asked.answerBytes);
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

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        untaken.writabilityChanged(context);
    }

    private void flush() {
        if (!reading) {
            flushNow();
        }
    }

    private void flushNow() {
        if (unflushed) {
            unflushed = false;
            context().flush();
            untaken.flushed(context());
        }
    }

    // ---- the end

    private void refuse(String reason) {
        refusals.refused(connection.describe(), reason);
        frames.pause(Pause.CLOSING);
        flushNow();
        context().close();
    }

    /** Closes a connection that was idle, or whose request comes too slowly. Called every now and then. */
    void checkIdle(long nowNanos, boolean memoryIsShort) {
        boolean beingHandled = !pending.isEmpty() || awaited != null;
        String reason = idleness.reasonToClose(nowNanos, memoryIsShort, frames, beingHandled, untaken.count());
        String untakenReason = untaken.reasonToClose(context(), nowNanos);
        String first = reason == null ? untakenReason : reason;
        if (first == null && awaited != null) {
            first = awaited.reasonToClose(nowNanos);
        }
        if (first != null) {
            refuse(first);
        }
    }

    UntakenAnswers untaken() {
        return untaken;
    }

    /** Closes it for the answers that its client does not take: at once on its own loop, else soon. */
    void closeForAnswers(long nowNanos) {
        if (context().executor().inEventLoop()) {
            refuse(untaken.leave(nowNanos));
        } else {
            onLoop(() -> closeForAnswers(nowNanos));
        }
    }

    /** Takes no more requests, and closes when those under way are answered. */
    void finish() {
        frames.pause(Pause.CLOSING);
        closeWhenAnswered = true;
        if (pending.isEmpty()) {
            takeTurn(null);
        }
    }

    void closeNow() {
        context().close();
    }

    /** Done when the connection is closed. */
    ChannelFuture closed() {
        return context().channel().closeFuture();
    }

    /** Runs {@code task} on the connection's loop. Any thread. */
    void onLoop(Runnable task) {
        context().executor().execute(task);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        throttle.cancel();
        untaken.gone();
        if (held != null) {
            frames.frameReleased(held.readableBytes());
            held.release();
            held = null;
        }
        if (awaited != null) {
            frames.frameReleased(awaited.frame().readableBytes());
            awaited.release();
            awaited = null;
        }
        pending.forEach(PendingRequest::gone);
        context.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof OutOfMemoryError) {
            refuse("there is no memory for its request (" + cause.getMessage()
                    + "): raise -XX:MaxDirectMemorySize, or lower socket.request.max.bytes");
            return;
        }
        if (!(cause instanceof IOException)) {
            log.error("Trouble on the connection of {}; closing", connection.describe(), cause);
        }
        context.close();
    }

    private ChannelHandlerContext context() {
        if (ctx == null) {
            throw new AssertionError("not in a pipeline yet");
        }
        return ctx;
    }
}

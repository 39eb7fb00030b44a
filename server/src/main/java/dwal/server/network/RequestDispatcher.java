package dwal.server.network;

import dwal.environment.Clock;
import dwal.protocol.ApiTable;
import dwal.protocol.FrameDecoder;
import dwal.protocol.FrameDecoder.Pause;
import dwal.protocol.LoopTask;
import dwal.protocol.RequestContext;
import dwal.protocol.RequestDecoder;
import dwal.protocol.RequestDecoder.Decoded;
import dwal.protocol.RequestDecoder.NewerApiVersions;
import dwal.protocol.RequestDecoder.NoRoom;
import dwal.protocol.RequestDecoder.Refused;
import dwal.protocol.RequestDecoder.Request;
import dwal.protocol.RequestObjects;
import dwal.protocol.ResponseEncoder;
import dwal.server.quota.ClientQuotas;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
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
final class RequestDispatcher extends ChannelInboundHandlerAdapter {
    private static final Logger log = LoggerFactory.getLogger(RequestDispatcher.class);

    private final ClientConnection connection;
    private final FrameDecoder frames;
    private final RequestDecoder decoder;
    private final AnswerWriter answers;
    private final RefusalLog refusals;
    private final Clock clock;
    private final ClientQuotas quotas;
    private final RequestObjects objects;
    private final Idleness idleness;
    private final Throttle throttle;
    private final UntakenAnswers untaken;

    /** What waits for its turn. */
    private @Nullable PendingRequest held;
    /** What has its turn and waits for room. */
    private @Nullable AwaitedRoom awaited;
    /** What is handled, or answered and waits for those before it. */
    private final ArrayDeque<PendingRequest> pending = new ArrayDeque<>();
    /** Whether a task that writes answers is on its way to the loop. */
    private final AtomicBoolean writeScheduled = new AtomicBoolean();

    private boolean reading;
    private boolean closeWhenAnswered;
    private @Nullable ChannelHandlerContext ctx;

    RequestDispatcher(
            ClientConnection connection,
            FrameDecoder frames,
            ResponseEncoder encoder,
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
        this.refusals = refusals;
        this.clock = clock;
        this.objects = objects;
        this.untaken = new UntakenAnswers(frames, memory, settings.maxUnanswered(), clock);
        this.answers = new AnswerWriter(connection, encoder, untaken, sendBuffer, metrics, clock);
        this.quotas = quotas;
        this.idleness = new Idleness(settings.maxIdleMs(), clock.nanoTime());
        this.throttle = new Throttle(frames, clock, this::throttleEnded);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        ctx = context;
        answers.writeTo(context);
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
        var asked = new PendingRequest(answers, frame, objects.share(frame.readableBytes()), clock.nanoTime());
        if (mustWait(frame)) {
            held = asked;
            frames.pause(Pause.TURN);
        } else {
            start(asked, asked.arrivedNanos);
        }
    }

    private boolean mustWait(ByteBuf frame) {
        PendingRequest last = pending.peekLast();
        if (last == null) {
            return false;
        }
        boolean overlaps = last.request().api().key() == ApiKeys.PRODUCE
                && frame.readableBytes() >= Short.BYTES
                && frame.getShort(frame.readerIndex()) == ApiKeys.PRODUCE.id;
        return !overlaps;
    }

    private void start(PendingRequest asked, long nowNanos) {
        Decoded decoded = asked.decode(decoder, nowNanos);
        if (decoded instanceof NoRoom) {
            awaited = new AwaitedRoom(asked);
            frames.pause(Pause.TURN);
            awaited.await(context().executor(), this::retry);
        } else {
            begin(asked, decoded);
        }
    }

    /** Decodes again what has found no room. */
    private void retry() {
        if (awaited == null) {
            return;
        }
        PendingRequest asked = awaited.asked();
        Decoded decoded = asked.decode(decoder, clock.nanoTime());
        if (decoded instanceof NoRoom) {
            awaited.await(context().executor(), this::retry);
            return;
        }
        awaited = null;
        begin(asked, decoded);
        frames.resume(context(), Pause.TURN);
        closeIfAnswered();
        flush();
    }

    private void begin(PendingRequest asked, Decoded decoded) {
        if (decoded instanceof Request request) {
            asked.begin(request);
            handle(asked);
            return;
        }
        drop(asked);
        if (decoded instanceof NewerApiVersions newer) {
            untaken.asked();
            answers.write(FailedRequest.answer(newer));
        } else if (decoded instanceof Refused refused) {
            refuse(refused.reason());
        }
    }

    private void handle(PendingRequest asked) {
        connection.noteSoftware(asked.request());
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
            if (asked.request().api().key() == ApiKeys.FETCH) {
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
        Request request = asked.request();
        RequestContext context = asked.context(connection);
        if (!quotas.request().isSet()) {
            return request.api().handle(context, request.body());
        }
        CompletionStage<? extends ApiMessage> stage = request.api().handle(context, request.body());
        asked.loopNanos = clock.nanoTime() - asked.begunNanos;
        return stage;
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
        PendingRequest next = held;
        if (next != null && (closeWhenAnswered || !frames.isPaused(Pause.THROTTLE))) {
            held = null;
            if (before != null) {
                next.waitedFor(before);
            }
            start(next, clock.nanoTime());
            if (awaited == null) {
                // What was started may be unanswered: then the pause that begins with the next frame is enough.
                frames.resume(context(), Pause.TURN);
            }
        }
        closeIfAnswered();
    }

    private void closeIfAnswered() {
        if (closeWhenAnswered && pending.isEmpty() && held == null && awaited == null) {
            answers.flush();
            context().close();
        }
    }

    private void answer(PendingRequest asked) {
        ApiMessage body = asked.answer();
        Throwable failure = asked.failure();
        if (failure != null) {
            body = FailedRequest.answer(asked.request(), failure, connection);
        }
        drop(asked);
        if (!connection.works()) {
            connection.noteWork(asked.request(), body);
        }
        if (asked.loopNanos > 0 && !asked.times.isExempt() && body != null) {
            quotas.useLoop(asked.context(connection), asked.loopNanos);
        }
        int throttledMs = asked.times.throttledMs();
        if (throttledMs > 0) {
            throttle.begin(context(), throttledMs);
        }
        if (body != null) {
            answers.write(asked, body);
            return;
        }
        answers.skip(asked);
        if (failure != null) {
            refuse(FailedRequest.reason(asked.request(), failure));
        }
    }

    /** Nobody needs its bytes any more. */
    private void drop(PendingRequest asked) {
        asked.releaseFrame();
        frames.frameReleased(asked.frameBytes);
    }

    private void throttleEnded() {
        if (pending.isEmpty()) {
            takeTurn(null);
        }
        flush();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        untaken.writabilityChanged(context);
    }

    private void flush() {
        if (!reading) {
            answers.flush();
        }
    }

    // ---- the end

    private void refuse(String reason) {
        refusals.refused(connection.describe(), reason);
        frames.pause(Pause.CLOSING);
        answers.flush();
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

    /** Runs {@code task} on the connection's loop, if that has not ended. Any thread. */
    void onLoop(Runnable task) {
        new LoopTask(context().executor(), task).run();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        throttle.cancel();
        untaken.gone();
        if (held != null) {
            drop(held);
            held = null;
        }
        if (awaited != null) {
            awaited.asked().holdNothing();
            drop(awaited.asked());
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

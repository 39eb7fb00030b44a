package dwal.gateway.http;

import dwal.environment.Clock;
import dwal.gateway.log.Caller;
import dwal.gateway.log.QueuedBytes;
import dwal.server.network.DoorMetrics.OfOperation;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection: gathers a request within bounds, has it answered, and only then looks at the next. Bytes are held as they arrive,
 * and all connections together hold at most {@code dwal.gateway.queued.max.bytes}. Owned by its network loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the channel itself tells its failures
final class HttpConnection extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(HttpConnection.class);

    /** The event that lets a connection take no more requests, and end when the one under way is answered. */
    static final Object FINISH = new Object();

    private static final long LINGER_MS = 1_000;
    /** What a connection costs anyway. */
    private static final int SMALL_ANSWER_BYTES = 64 * 1024;
    /** What a stream has sent and the client has not taken, before it must wait. */
    private static final WriteBufferWaterMark UNSENT_BYTES = new WriteBufferWaterMark(16 * 1024, 64 * 1024);

    /** How a request wants to be answered: whether the connection goes on, without a body, in chunks where need be. */
    private record Asked(boolean keepAlive, boolean headOnly, boolean chunks) {
        static final Asked FOR_THE_END = new Asked(false, false, false);

        static Asked in(HttpRequest head) {
            return new Asked(
                    HttpUtil.isKeepAlive(head),
                    head.method().equals(HttpMethod.HEAD),
                    head.protocolVersion().compareTo(HttpVersion.HTTP_1_1) >= 0);
        }
    }

    private final Router router;
    private final Origins origins;
    private final Deadlines deadlines;
    private final RequestBody body;
    private final QueuedBytes queued;
    private final Clock clock;
    private final Function<String, OfOperation> counts;
    /** What came behind a request that is not answered yet. */
    private final ArrayDeque<Object> behind = new ArrayDeque<>();

    private @Nullable HttpRequest request;
    private @Nullable Streaming streaming;
    private boolean answering;
    private boolean ending;
    /** Read by those who wait for something to answer. */
    private volatile boolean finishing;

    HttpConnection(
            Router router,
            Origins origins,
            Deadlines deadlines,
            int maxBodyBytes,
            QueuedBytes queued,
            Clock clock,
            Function<String, OfOperation> counts) {
        this.router = router;
        this.origins = origins;
        this.deadlines = deadlines;
        this.body = new RequestBody(maxBodyBytes, queued);
        this.queued = queued;
        this.clock = clock;
        this.counts = counts;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        deadlines.onSlowRequest(() ->
                refuse(context, HttpAnswer.problem(408, "Too slow", "The request did not come to its end in time")));
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (answering && !ending) {
            behind.add(message);
            context.channel().config().setAutoRead(false);
            return;
        }
        take(context, message);
    }

    private void take(ChannelHandlerContext context, Object message) {
        try {
            if (ending) {
                return;
            }
            if (message instanceof HttpRequest head) {
                begin(context, head);
            }
            if (message instanceof HttpContent content && !ending) {
                gather(context, content);
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void begin(ChannelHandlerContext context, HttpRequest head) {
        if (head.decoderResult().isFailure()) {
            refuse(context, unreadable(head.decoderResult().cause()));
            return;
        }
        String refused = origins.whyRefused(head.headers());
        if (refused != null) {
            refuse(context, HttpAnswer.problem(403, "Forbidden", refused));
            return;
        }
        long told = contentLength(head);
        if (told < 0 || told > body.limit()) {
            refuse(context, told < 0 ? unreadable(null) : tooLarge());
            return;
        }
        request = head;
        if (HttpUtil.is100ContinueExpected(head)) {
            context.writeAndFlush(new DefaultFullHttpResponse(
                    HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER));
        }
    }

    /** -1 for one that is none. */
    private static long contentLength(HttpRequest head) {
        try {
            return HttpUtil.getContentLength(head, 0L);
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    private static HttpAnswer unreadable(@Nullable Throwable cause) {
        if (cause instanceof TooLongHttpLineException) {
            return HttpAnswer.problem(414, "Address too long", "The first line of the request is too long");
        }
        if (cause instanceof TooLongFrameException) {
            return HttpAnswer.problem(431, "Headers too large", "The headers of the request are too large");
        }
        return HttpAnswer.problem(400, "Bad request", "This is not HTTP");
    }

    private HttpAnswer tooLarge() {
        return HttpAnswer.problem(
                413,
                "Body too large",
                "The body is larger than dwal.gateway.max.request.bytes=" + body.limit() + " allows");
    }

    private void gather(ChannelHandlerContext context, HttpContent content) {
        HttpRequest head = request;
        if (head == null) {
            return;
        }
        if (content.decoderResult().isFailure()) {
            refuse(context, unreadable(content.decoderResult().cause()));
            return;
        }
        switch (body.add(context.alloc(), content.content())) {
            case TOO_LARGE -> refuse(context, tooLarge());
            case NO_ROOM -> refuse(context, busy());
            case TAKEN -> {
                if (content instanceof LastHttpContent) {
                    answer(context, head);
                }
            }
        }
    }

    private void answer(ChannelHandlerContext context, HttpRequest head) {
        request = null;
        answering = true;
        deadlines.requestCame();
        Asked asked = Asked.in(head);
        Course course = course(context);
        CompletableFuture<HttpAnswer> coming = answer(head, body.whole(), course);
        body.wasRead();
        coming.whenComplete((answer, failure) -> {
            HttpAnswer told = failure == null ? answer : failed(failure);
            long now = clock.nanoTime();
            onLoop(context, () -> {
                course.done(now);
                write(context, told, asked, course);
            });
        });
    }

    private Course course(ChannelHandlerContext context) {
        return new Course(clock, counts, Caller.at(context.channel().remoteAddress()), body.length());
    }

    private CompletableFuture<HttpAnswer> answer(HttpRequest head, ByteBuf whole, Course course) {
        try {
            return router.answer(head.method(), head.uri(), head.headers(), whole, course, () -> finishing);
        } catch (RuntimeException defect) {
            return CompletableFuture.failedFuture(defect);
        }
    }

    private static HttpAnswer failed(Throwable failure) {
        LOG.error("A request over HTTP was not answered", failure);
        return HttpAnswer.problem(500, "Defect", "The node made a mistake; its log says more");
    }

    private static void onLoop(ChannelHandlerContext context, Runnable task) {
        if (context.executor().inEventLoop()) {
            task.run();
            return;
        }
        try {
            context.executor().execute(task);
        } catch (RejectedExecutionException e) {
            LOG.debug("An answer came after the network had stopped", e);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event == FINISH) {
            finishing = true;
            if (!answering) {
                context.close();
            } else if (streaming != null) {
                streaming.end();
            }
            return;
        }
        context.fireUserEventTriggered(event);
    }

    private void write(ChannelHandlerContext context, HttpAnswer given, Asked asked, Course course) {
        body.release();
        HttpAnswer answer = held(given);
        boolean active = context.channel().isActive();
        BodyStream stream = answer.stream();
        if (stream != null && (asked.headOnly() || !active)) {
            stream.over();
            stream = null;
        }
        if (!active) {
            release(answer);
            return;
        }
        ending = !asked.keepAlive() || finishing || (stream != null && !asked.chunks());
        deadlines.answerGoes();
        if (stream != null) {
            var under = new Streaming(context, stream, course);
            streaming = under;
            under.begin(HttpResponses.head(answer, !ending), asked.chunks());
            if (finishing) {
                under.end();
            }
            return;
        }
        context.writeAndFlush(HttpResponses.whole(answer, !ending, asked.headOnly()))
                .addListener((ChannelFutureListener) sent -> {
                    release(answer);
                    course.sent(answer);
                    sent(context, sent);
                });
    }

    /** The answer, counted as long as the client has not taken it; another one if too much waits for clients already. */
    private HttpAnswer held(HttpAnswer answer) {
        int length = counted(answer.body().length);
        return length == 0 || queued.tryHold(length) ? answer : busy();
    }

    private void release(HttpAnswer answer) {
        queued.release(counted(answer.body().length));
    }

    private static int counted(int bytes) {
        return bytes > SMALL_ANSWER_BYTES ? bytes : 0;
    }

    private HttpAnswer busy() {
        return HttpAnswer.problem(
                503,
                "Busy",
                "Requests that are not answered yet, and answers, hold dwal.gateway.queued.max.bytes=" + queued.limit()
                        + " already: try again later");
    }

    private void sent(ChannelHandlerContext context, ChannelFuture sent) {
        if (!sent.isSuccess()) {
            context.close();
        } else if (ending || finishing) {
            ending = true;
            endSoon(context);
        } else {
            deadlines.answerTaken();
            answering = false;
            takeNext(context);
        }
    }

    /**
     * Ends our side, and the other when the client does, or soon: closed at once with bytes of a refused request unread, the
     * connection would be reset, and the client might never see why.
     */
    private static void endSoon(ChannelHandlerContext context) {
        ((SocketChannel) context.channel()).shutdownOutput();
        context.channel().config().setAutoRead(true);
        Future<?> end = context.executor().schedule(() -> context.close(), LINGER_MS, TimeUnit.MILLISECONDS);
        context.channel().closeFuture().addListener((ChannelFutureListener) closed -> end.cancel(false));
    }

    /** An answer under way whose body goes on. While the client takes nothing of what there is, the clock for slow readers runs. */
    private final class Streaming implements BodyStream.Out {
        private final ChannelHandlerContext context;
        private final BodyStream body;
        private final Course course;
        private long bytes;
        private int untaken;
        private boolean ended;

        Streaming(ChannelHandlerContext context, BodyStream body, Course course) {
            this.context = context;
            this.body = body;
            this.course = course;
        }

        void begin(HttpResponse head, boolean chunked) {
            if (chunked) {
                HttpUtil.setTransferEncodingChunked(head, true);
            }
            context.channel().config().setWriteBufferWaterMark(UNSENT_BYTES);
            deadlines.requestCame();
            send(head, 0);
            course.streamBegins();
            body.begin(this);
        }

        void roomChanged() {
            if (!ended && hasRoom()) {
                body.roomAgain();
            }
        }

        /** @param held how many bytes are counted until it is taken */
        private void send(Object message, int held) {
            if (untaken++ == 0) {
                deadlines.answerGoes();
            }
            context.writeAndFlush(message).addListener((ChannelFutureListener) taken -> {
                queued.release(held);
                untaken--;
                if (ended || !taken.isSuccess()) {
                    return;
                } else if (untaken == 0) {
                    deadlines.requestCame();
                } else {
                    deadlines.answerGoes();
                }
            });
        }

        @Override
        public boolean hasRoom() {
            return context.channel().isWritable();
        }

        @Override
        public boolean write(ByteBuffer piece) {
            int length = counted(piece.remaining());
            if (ended || !queued.tryHold(length)) {
                return ended;
            }
            bytes += piece.remaining();
            send(new DefaultHttpContent(Unpooled.wrappedBuffer(piece)), length);
            return true;
        }

        @Override
        public void end() {
            if (!ended) {
                over();
                deadlines.answerGoes();
                context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT)
                        .addListener((ChannelFutureListener) sent -> sent(context, sent));
            }
        }

        void over() {
            if (!ended) {
                ended = true;
                streaming = null;
                course.streamEnds(bytes);
                body.over();
            }
        }

        @Override
        public void run(Runnable task) {
            onLoop(context, task);
        }

        @Override
        public void runAfter(long ms, Runnable task) {
            try {
                context.executor().schedule(task, ms, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                LOG.debug("The network has stopped before a pause was over", e);
            }
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (streaming != null) {
            streaming.roomChanged();
        }
        context.fireChannelWritabilityChanged();
    }

    private void takeNext(ChannelHandlerContext context) {
        while (!answering && !behind.isEmpty()) {
            take(context, behind.poll());
        }
        if (!answering) {
            context.channel().config().setAutoRead(true);
        }
    }

    /** Answers what cannot be answered otherwise, and ends the connection: what follows on it means nothing. */
    private void refuse(ChannelHandlerContext context, HttpAnswer answer) {
        request = null;
        answering = true;
        write(context, answer, Asked.FOR_THE_END, course(context));
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        ending = true;
        finishing = true;
        if (streaming != null) {
            streaming.over();
        }
        if (!answering) {
            body.release();
        }
        behind.forEach(ReferenceCountUtil::release);
        behind.clear();
        context.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        // What the codec does not take, such as hundreds of requests at once, is the client's affair.
        if (!(cause instanceof IOException) && !(cause instanceof DecoderException)) {
            LOG.error(
                    "Trouble on an HTTP connection of {}; closing",
                    context.channel().remoteAddress(),
                    cause);
        }
        context.close();
    }
}

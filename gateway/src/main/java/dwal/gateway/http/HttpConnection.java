package dwal.gateway.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
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

    private final Routes routes;
    private final Origins origins;
    private final Deadlines deadlines;
    private final int maxBodyBytes;
    private final long maxQueuedBytes;
    private final AtomicLong queuedBytes;
    /** What came behind a request that is not answered yet. */
    private final ArrayDeque<Object> behind = new ArrayDeque<>();

    private @Nullable HttpRequest request;
    private @Nullable CompositeByteBuf body;
    private int counted;
    private boolean answering;
    private boolean ending;
    private boolean finishing;

    HttpConnection(
            Routes routes,
            Origins origins,
            Deadlines deadlines,
            int maxBodyBytes,
            long maxQueuedBytes,
            AtomicLong queuedBytes) {
        this.routes = routes;
        this.origins = origins;
        this.deadlines = deadlines;
        this.maxBodyBytes = maxBodyBytes;
        this.maxQueuedBytes = maxQueuedBytes;
        this.queuedBytes = queuedBytes;
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
        if (told < 0 || told > maxBodyBytes) {
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
                "The body is larger than dwal.gateway.max.request.bytes=" + maxBodyBytes + " allows");
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
        String problem = add(context, content.content());
        if (problem != null) {
            refuse(context, problem.isEmpty() ? tooLarge() : HttpAnswer.problem(503, "Busy", problem));
        } else if (content instanceof LastHttpContent) {
            answer(context, head);
        }
    }

    /** Null if there was room; else why not, empty for a body that is too large by itself. */
    private @Nullable String add(ChannelHandlerContext context, ByteBuf bytes) {
        int length = bytes.readableBytes();
        if (length == 0) {
            return null;
        }
        if (counted + length > maxBodyBytes) {
            return "";
        }
        if (queuedBytes.addAndGet(length) > maxQueuedBytes) {
            queuedBytes.addAndGet(-length);
            return "Requests that are not answered yet hold dwal.gateway.queued.max.bytes=" + maxQueuedBytes
                    + " already: try again later";
        }
        counted += length;
        CompositeByteBuf gathered = body;
        if (gathered == null) {
            gathered = context.alloc().compositeBuffer(1024);
            body = gathered;
        }
        gathered.addComponent(true, bytes.retain());
        return null;
    }

    private void answer(ChannelHandlerContext context, HttpRequest head) {
        request = null;
        answering = true;
        deadlines.requestCame();
        boolean keepAlive = HttpUtil.isKeepAlive(head);
        ByteBuf whole = body == null ? Unpooled.EMPTY_BUFFER : body;
        boolean headOnly = head.method().equals(HttpMethod.HEAD);
        CompletableFuture<HttpAnswer> coming = routes.answer(head.method(), head.uri(), whole);
        if (body != null) {
            // What was in it lives on as an object, and is counted until it is answered.
            body.release();
            body = null;
        }
        coming.whenComplete((answer, failure) -> {
            HttpAnswer told = failure == null ? answer : failed(failure);
            onLoop(context, () -> write(context, told, keepAlive, headOnly));
        });
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
            }
            return;
        }
        context.fireUserEventTriggered(event);
    }

    private void write(ChannelHandlerContext context, HttpAnswer answer, boolean mayGoOn, boolean headOnly) {
        boolean keepAlive = mayGoOn && !finishing;
        releaseBody();
        if (!context.channel().isActive()) {
            return;
        }
        ending = !keepAlive;
        deadlines.answerGoes();
        context.writeAndFlush(response(answer, keepAlive, headOnly)).addListener((ChannelFutureListener) sent -> {
            if (!sent.isSuccess()) {
                sent.channel().close();
            } else if (keepAlive) {
                deadlines.answerTaken();
                answering = false;
                takeNext(context);
            } else {
                endSoon(context);
            }
        });
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

    private static FullHttpResponse response(HttpAnswer answer, boolean keepAlive, boolean headOnly) {
        var response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1,
                HttpResponseStatus.valueOf(answer.status()),
                headOnly ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(answer.body()));
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, answer.contentType())
                .set(HttpHeaderNames.CONTENT_LENGTH, answer.body().length)
                .set("x-content-type-options", "nosniff");
        if (!answer.allow().isEmpty()) {
            response.headers().set(HttpHeaderNames.ALLOW, answer.allow());
        }
        // To clients of HTTP/1.0 too, which else would not know.
        response.headers()
                .set(HttpHeaderNames.CONNECTION, keepAlive ? HttpHeaderValues.KEEP_ALIVE : HttpHeaderValues.CLOSE);
        return response;
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
        write(context, answer, false, false);
    }

    private void releaseBody() {
        if (body != null) {
            body.release();
            body = null;
        }
        queuedBytes.addAndGet(-counted);
        counted = 0;
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        ending = true;
        if (!answering) {
            releaseBody();
        }
        behind.forEach(ReferenceCountUtil::release);
        behind.clear();
        context.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (!(cause instanceof IOException)) {
            LOG.error(
                    "Trouble on an HTTP connection of {}; closing",
                    context.channel().remoteAddress(),
                    cause);
        }
        context.close();
    }
}

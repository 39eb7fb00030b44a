package dwal.server.network;

import dwal.protocol.FrameDecoder;
import dwal.protocol.Peer;
import dwal.protocol.RequestDecoder.Refused;
import dwal.protocol.RequestMemory;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.utils.AppInfoParser;
import org.jspecify.annotations.Nullable;

/**
 * A connection to another node: made with the first request, begun by asking which versions that node knows. Answers are
 * read into a pooled direct buffer, and records in them are where they lie there. Owned by one network loop.
 */
final class SocketPeer implements Peer {
    private static final short API_VERSIONS_VERSION = 3;
    private static final int LARGEST_ANSWER = Integer.MAX_VALUE / 2;

    /** A request that waits for the connection, or for its answer. */
    private static final class Asked {
        final ApiKeys api;
        final ApiMessage request;
        final int timeoutMs;
        final Consumer<Answer> done;
        short version;
        int correlationId;

        @Nullable
        Future<?> timeout;

        Asked(ApiKeys api, ApiMessage request, int timeoutMs, Consumer<Answer> done) {
            this.api = api;
            this.request = request;
            this.timeoutMs = timeoutMs;
            this.done = done;
        }
    }

    private final int nodeId;
    private final EventLoop loop;
    private final Class<? extends Channel> channelType;
    private final NodeAddresses addresses;
    private final Executor blocking;
    private final PeerSettings settings;
    private final RequestMemory memory;
    private final ArrayDeque<Asked> unsent = new ArrayDeque<>();
    private @Nullable Connection connection;

    SocketPeer(
            int nodeId,
            EventLoop loop,
            Class<? extends Channel> channelType,
            NodeAddresses addresses,
            Executor blocking,
            PeerSettings settings,
            RequestMemory memory) {
        this.nodeId = nodeId;
        this.loop = loop;
        this.channelType = channelType;
        this.addresses = addresses;
        this.blocking = blocking;
        this.settings = settings;
        this.memory = memory;
    }

    @Override
    public void send(ApiKeys api, ApiMessage request, int timeoutMs, Consumer<Answer> done) {
        onLoop(
                () -> {
                    var asked = new Asked(api, request, timeoutMs, done);
                    Connection now = connection;
                    if (now != null && now.isReady()) {
                        now.send(asked);
                        return;
                    }
                    unsent.add(asked);
                    if (now == null) {
                        connect();
                    }
                },
                () -> done.accept(Answer.failed("the network has stopped")));
    }

    @Override
    public void close() {
        onLoop(
                () -> {
                    Connection now = connection;
                    if (now != null) {
                        now.end("the connection was closed here");
                    }
                },
                () -> {});
    }

    private void onLoop(Runnable task, Runnable otherwise) {
        if (loop.inEventLoop()) {
            task.run();
            return;
        }
        try {
            loop.execute(task);
        } catch (RejectedExecutionException e) {
            otherwise.run();
        }
    }

    // ---- on the loop

    private void connect() {
        var fresh = new Connection();
        connection = fresh;
        blocking.execute(() -> {
            InetSocketAddress address = addresses.of(nodeId);
            onLoop(() -> fresh.connect(address), () -> {});
        });
    }

    /** One connection from its making to its end. */
    private final class Connection extends ChannelInboundHandlerAdapter {
        private final FrameDecoder frames = new FrameDecoder(LARGEST_ANSWER, memory);
        private final ArrayDeque<Asked> unanswered = new ArrayDeque<>();
        private final short[] versions = new short[ApiKeys.values().length + 64];
        private @Nullable Channel channel;
        private boolean ready;
        private boolean ended;
        private int nextCorrelationId;

        boolean isReady() {
            return ready;
        }

        @SuppressWarnings("FutureReturnValueIgnored") // the channel itself tells its failures
        void connect(@Nullable InetSocketAddress address) {
            if (ended) {
                return;
            }
            if (address == null || address.isUnresolved()) {
                end("no address of node " + nodeId + " is known" + (address == null ? "" : ": " + address));
                return;
            }
            var bootstrap = new Bootstrap()
                    .group(loop)
                    .channel(channelType)
                    .option(ChannelOption.TCP_NODELAY, true)
                    .option(ChannelOption.SO_KEEPALIVE, true)
                    .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, settings.connectTimeoutMs())
                    .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                    .option(ChannelOption.RECVBUF_ALLOCATOR, frames.socketBuffers())
                    .handler(new ChannelInitializer<SocketChannel>() {
                        @Override
                        protected void initChannel(SocketChannel socket) {
                            socket.pipeline().addLast("frames", frames).addLast("answers", Connection.this);
                        }
                    });
            if (settings.receiveBufferBytes() > 0) {
                bootstrap.option(ChannelOption.SO_RCVBUF, settings.receiveBufferBytes());
            }
            ChannelFuture connecting = bootstrap.connect(address);
            channel = connecting.channel();
            connecting.addListener(done -> {
                if (!done.isSuccess()) {
                    end("node " + nodeId + " cannot be reached at " + address + ": "
                            + done.cause().getMessage());
                } else if (!ended) {
                    askVersions();
                }
            });
        }

        private void askVersions() {
            var request = new ApiVersionsRequestData()
                    .setClientSoftwareName("dwal")
                    .setClientSoftwareVersion(AppInfoParser.getVersion());
            var asked = new Asked(ApiKeys.API_VERSIONS, request, settings.connectTimeoutMs(), answer -> {
                if (answer.body() instanceof ApiVersionsResponseData known && known.errorCode() == Errors.NONE.code()) {
                    begin(known);
                } else if (answer.body() != null) {
                    end("node " + nodeId + " does not tell which versions it knows");
                }
                answer.release();
            });
            asked.version = API_VERSIONS_VERSION;
            write(asked);
        }

        private void begin(ApiVersionsResponseData known) {
            Arrays.fill(versions, (short) -1);
            for (ApiVersion theirs : known.apiKeys()) {
                if (theirs.apiKey() >= 0 && theirs.apiKey() < versions.length && ApiKeys.hasId(theirs.apiKey())) {
                    ApiKeys api = ApiKeys.forId(theirs.apiKey());
                    short version = (short) Math.min(theirs.maxVersion(), api.latestVersion());
                    versions[api.id] = version >= theirs.minVersion() && version >= api.oldestVersion() ? version : -1;
                }
            }
            ready = true;
            for (Asked asked = unsent.poll(); asked != null && !ended; asked = unsent.poll()) {
                send(asked);
            }
        }

        void send(Asked asked) {
            short version = versions[asked.api.id];
            if (version < 0) {
                asked.done.accept(
                        Answer.failed("node " + nodeId + " knows no version of " + asked.api + " that this one knows"));
                return;
            }
            asked.version = version;
            write(asked);
        }

        @SuppressWarnings("FutureReturnValueIgnored") // the channel itself tells its failures
        private void write(Asked asked) {
            Channel now = channel;
            if (now == null) {
                throw new AssertionError("a request before there is a connection");
            }
            asked.correlationId = nextCorrelationId++;
            unanswered.add(asked);
            asked.timeout = loop.schedule(
                    () -> end("node " + nodeId + " has not answered for " + asked.timeoutMs + " ms"),
                    asked.timeoutMs,
                    TimeUnit.MILLISECONDS);
            now.writeAndFlush(encode(asked), now.voidPromise());
        }

        private ByteBuf encode(Asked asked) {
            var header = new RequestHeaderData()
                    .setRequestApiKey(asked.api.id)
                    .setRequestApiVersion(asked.version)
                    .setCorrelationId(asked.correlationId)
                    .setClientId(settings.clientId());
            short headerVersion = asked.api.requestHeaderVersion(asked.version);
            var cache = new ObjectSerializationCache();
            int size = header.size(cache, headerVersion) + asked.request.size(cache, asked.version);
            ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES + size);
            bytes.putInt(size);
            var writable = new ByteBufferAccessor(bytes);
            header.write(writable, cache, headerVersion);
            asked.request.write(writable, cache, asked.version);
            return Unpooled.wrappedBuffer(bytes.flip());
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (message instanceof ByteBuf frame) {
                take(frame);
            } else if (message instanceof Refused refused) {
                end("node " + nodeId + " sends no answers: " + refused.reason());
            }
        }

        private void take(ByteBuf frame) {
            int length = frame.readableBytes();
            Runnable release = () -> {
                frame.release();
                frames.frameReleased(length);
            };
            Asked asked = unanswered.peek();
            if (ended || asked == null) {
                release.run();
                end("node " + nodeId + " sent an answer that nobody has asked for");
                return;
            }
            ApiMessage body;
            try {
                body = decode(asked, frame.nioBuffer());
            } catch (RuntimeException e) {
                release.run();
                end("node " + nodeId + " sent an answer to " + asked.api + " that cannot be read: " + e.getMessage());
                return;
            }
            unanswered.remove();
            cancelTimeout(asked);
            asked.done.accept(new Answer(body, null, release));
        }

        private static ApiMessage decode(Asked asked, ByteBuffer bytes) {
            var readable = new ByteBufferAccessor(bytes);
            var header = new ResponseHeaderData(readable, asked.api.responseHeaderVersion(asked.version));
            if (header.correlationId() != asked.correlationId) {
                throw new IllegalStateException(
                        "it has number " + header.correlationId() + ", not " + asked.correlationId);
            }
            ApiMessage body = ApiMessageType.fromApiKey(asked.api.id).newResponse();
            body.read(readable, asked.version);
            return body;
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            end("node " + nodeId + " has closed the connection");
            ctx.fireChannelInactive();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            end("the connection to node " + nodeId + " broke: " + cause.getMessage());
        }

        /** Ends this connection and fails what has not been answered. */
        @SuppressWarnings("FutureReturnValueIgnored") // nobody waits for it
        void end(String why) {
            if (ended) {
                return;
            }
            ended = true;
            ready = false;
            connection = null;
            if (channel != null) {
                channel.close();
            }
            List<Asked> failed = new ArrayList<>(unanswered);
            failed.addAll(unsent);
            unanswered.clear();
            unsent.clear();
            for (Asked asked : failed) {
                cancelTimeout(asked);
                asked.done.accept(Answer.failed(why));
            }
        }

        private static void cancelTimeout(Asked asked) {
            if (asked.timeout != null) {
                asked.timeout.cancel(false);
            }
        }
    }
}

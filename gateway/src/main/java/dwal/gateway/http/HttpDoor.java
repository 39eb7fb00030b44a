package dwal.gateway.http;

import dwal.gateway.admin.ClusterAdmin;
import dwal.gateway.admin.Groups;
import dwal.gateway.log.ClusterLogs;
import dwal.gateway.log.DefaultLog;
import dwal.gateway.log.Pauses;
import dwal.gateway.log.QueuedBytes;
import dwal.gateway.network.ConnectionLimit;
import dwal.gateway.network.DoorServerChannels;
import dwal.gateway.network.DoorSockets;
import dwal.server.DoorSettings;
import dwal.server.Doors;
import dwal.server.config.DoorAddress;
import dwal.server.network.DoorMetrics;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The HTTP listener. Any thread may call; what happens on a connection happens on its network loop, one of the node's. */
@SuppressWarnings("FutureReturnValueIgnored") // the channel itself tells its failures
public final class HttpDoor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HttpDoor.class);
    private static final int LINE_BYTES = 4 * 1024;
    private static final int HEADER_BYTES = 16 * 1024;
    private static final int CHUNK_BYTES = 16 * 1024;
    private static final long CLOSE_AT_MOST_MS = 1_000;
    private static final WriteBufferWaterMark UNSENT_BYTES = new WriteBufferWaterMark(64 * 1024, 256 * 1024);

    private final DoorSettings settings;
    private final DoorAddress place;
    private final Doors.Inside node;
    private final ClusterAdmin admin;
    private final Router router = new Router();
    private final QueuedBytes queued;
    private final ClusterLogs logs;
    private final ChannelGroup open;
    private final ConnectionLimit connections;
    private final DoorMetrics.OfDoor figures;
    private @Nullable Channel bound;

    /** A listener where {@code settings} say; nothing is bound before {@link #start}. */
    public HttpDoor(DoorSettings settings, Doors.Inside node, Pauses.OfDoors pauses) {
        this.settings = settings;
        this.place = Objects.requireNonNull(settings.http());
        this.node = node;
        this.open = new DefaultChannelGroup(node.listeners().loopGroup().next(), true);
        this.admin = new ClusterAdmin(node, settings);
        this.queued = new QueuedBytes(settings.queuedMaxBytes());
        this.logs = new ClusterLogs(node, settings, queued, pauses);
        this.connections = new ConnectionLimit(settings.maxConnections());
        this.figures = node.counts().add("http", connections::figures, logs::tails, queued::held, queued.limit());
        var log = new DefaultLog(logs, settings.defaultTopic(), node.clock());
        var gate = new ClusterGate(admin);
        List<Router.Resource> resources = List.of(
                new RecordResource(log), // /
                new TopicRecordResource(logs, node.clock()), // /topics/{topic}/...records
                new StreamResource(logs, settings), // /topics/{topic}/...stream
                new TopicResource(admin), // /topics
                new GroupResource(new Groups(admin, logs)), // /groups
                new ClusterResource(admin, node.nodeId()), // /cluster, /brokers
                new HealthResource(node.waitsFor()), // /health
                gate.before(new MetricsResource(node.metrics())), // /metrics
                gate.before(new SlowResource(node.slow())), // /debug/slow
                gate.before(new GhostResource(node.nodeId(), node.listeners()::ghostClients)), // /debug/ghosts
                new OpenApiResource()); // /openapi.json
        if (settings.console()) {
            new ConsoleResource(settings.consoleWrite()).addTo(router); // /ui
        }
        resources.forEach(one -> one.addTo(router));
    }

    /** What can be asked, as METHOD PATTERN. */
    public List<String> routes() {
        return router.routes();
    }

    /** Binds; throws an {@link IllegalStateException} if that is not possible. */
    public synchronized void start() {
        InetSocketAddress address = place.socketAddress();
        var bootstrap = new ServerBootstrap();
        DoorSockets.set(bootstrap::childOption, node.listeners(), settings.requestTimeoutMs());
        ChannelFuture binding = bootstrap
                .group(node.listeners().loopGroup())
                .channelFactory(new DoorServerChannels(node.listeners().serverChannel(), connections))
                .option(ChannelOption.SO_BACKLOG, 128)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, UNSENT_BYTES)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        buildPipeline(channel);
                    }
                })
                .bind(address)
                .awaitUninterruptibly();
        if (!binding.isSuccess()) {
            throw new IllegalStateException(
                    "HTTP cannot be served at %s:%d: %s."
                            .formatted(
                                    place.host(), place.port(), binding.cause().getMessage()),
                    binding.cause());
        }
        bound = binding.channel();
        LOG.info("HTTP is served at {}", binding.channel().localAddress());
    }

    private void buildPipeline(SocketChannel channel) {
        open.add(channel);
        var deadlines = new Deadlines(node.clock(), settings.requestTimeoutMs(), settings.maxIdleMs());
        var decoding = new HttpDecoderConfig()
                .setMaxInitialLineLength(LINE_BYTES)
                .setMaxHeaderSize(HEADER_BYTES)
                .setMaxChunkSize(CHUNK_BYTES);
        boolean loopback = channel.localAddress().getAddress().isLoopbackAddress();
        channel.pipeline()
                .addLast("deadlines", deadlines)
                .addLast("codec", new HttpServerCodec(decoding))
                .addLast(
                        "requests",
                        new HttpConnection(
                                router,
                                new Origins(loopback),
                                deadlines,
                                settings.maxRequestBytes(),
                                queued,
                                node.clock(),
                                operation -> node.counts().of(figures, operation)));
    }

    /** HOST:PORT; empty if it is not bound. */
    public synchronized Optional<String> address() {
        if (bound == null) {
            return Optional.empty();
        }
        String host = place.host().isEmpty() ? "0.0.0.0" : place.host();
        return Optional.of(host + ":" + ((InetSocketAddress) bound.localAddress()).getPort());
    }

    @Override
    public synchronized void close() {
        if (bound != null) {
            bound.close().awaitUninterruptibly();
            bound = null;
        }
        open.forEach(channel -> channel.pipeline().fireUserEventTriggered(HttpConnection.FINISH));
        open.newCloseFuture().awaitUninterruptibly(CLOSE_AT_MOST_MS);
        open.close().awaitUninterruptibly();
        admin.close();
        logs.close();
    }
}

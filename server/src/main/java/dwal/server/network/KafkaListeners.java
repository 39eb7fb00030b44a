package dwal.server.network;

import dwal.environment.Clock;
import dwal.protocol.ApiTable;
import dwal.protocol.FrameDecoder;
import dwal.protocol.RequestMemory;
import dwal.protocol.RequestObjects;
import dwal.protocol.ResponseEncoder;
import dwal.server.quota.ClientQuotas;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sockets on which Kafka's protocol is spoken: accepts connections and puts the pipeline of each together.
 *
 * <p>Any thread may call; what happens on a connection happens on its network loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the channel itself tells its failures
public final class KafkaListeners implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(KafkaListeners.class);
    private static final long CLOSE_AT_MOST_MS = 5_000;
    /** Bytes of answers in memory at which reading from a connection stops, and at which it goes on; files not counted. */
    private static final WriteBufferWaterMark UNSENT_BYTES = new WriteBufferWaterMark(1 << 20, 4 << 20);

    private final List<Endpoint> endpoints;
    private final ApiTable table;
    private final NetworkSettings settings;
    private final Clock clock;
    private final Transport transport;
    private final RequestMemory memory;
    private final RequestObjects objects;
    private final AnswerMemory answerMemory;
    private final RefusalLog refusals;
    private final GhostClients ghosts;
    private final ConnectionCounts counts;
    private final RequestMetrics metrics;
    private final ClientQuotas quotas;
    private final Map<String, Accepted> accepted = new LinkedHashMap<>();
    private final EventLoopGroup loops;
    private final Map<String, Channel> bound = new LinkedHashMap<>();
    private final Set<RequestDispatcher> open = ConcurrentHashMap.newKeySet();
    private final AtomicLong connectionNumber = new AtomicLong();
    private volatile boolean closing;

    private record Accepted(LongAdder open, LongAdder all, LongAdder refused) {}

    /** Listeners with metrics of their own, for clients without quotas. */
    public KafkaListeners(List<Endpoint> endpoints, ApiTable table, NetworkSettings settings, Clock clock) {
        this(endpoints, table, settings, clock, new RequestMetrics(clock), ClientQuotas.none());
    }

    /**
     * Listeners at {@code endpoints} that serve {@code table}; nothing is bound before {@link #start}.
     *
     * @param metrics counts what is asked here
     * @param quotas of the time that clients may use
     */
    public KafkaListeners(
            List<Endpoint> endpoints,
            ApiTable table,
            NetworkSettings settings,
            Clock clock,
            RequestMetrics metrics,
            ClientQuotas quotas) {
        this.metrics = metrics;
        this.quotas = quotas;
        endpoints.forEach(
                one -> accepted.put(one.listener(), new Accepted(new LongAdder(), new LongAdder(), new LongAdder())));
        this.endpoints = List.copyOf(endpoints);
        this.table = table;
        this.settings = settings;
        this.clock = clock;
        this.transport = settings.transport().resolved();
        this.memory = new RequestMemory(settings.requestMemoryBytes());
        this.objects = new RequestObjects(settings.requestObjectBytes());
        this.answerMemory = new AnswerMemory(settings.answerMemoryBytes(), this::relieve);
        this.refusals = new RefusalLog(clock);
        this.ghosts = new GhostClients(clock);
        this.counts = new ConnectionCounts(settings.limits());
        this.loops = new NetworkLoops(settings.loopCount(), transport.ioHandler());
    }

    /** Binds all endpoints and serves clients. Throws, with nothing bound, if one cannot be bound. */
    public void start() {
        bind();
        accept();
    }

    /**
     * Binds all endpoints. Clients connect as far as the system's backlog goes, and wait until {@link #accept}. Throws, with
     * nothing bound, if one cannot be bound.
     */
    public synchronized void bind() {
        try {
            endpoints.forEach(endpoint -> bound.put(endpoint.listener(), bind(endpoint)));
        } catch (RuntimeException e) {
            close();
            throw e;
        }
        long period = Idleness.periodMs(settings.maxIdleMs());
        loops.next().scheduleAtFixedRate(this::checkIdle, period, period, TimeUnit.MILLISECONDS);
    }

    /** From here on clients are served. */
    public synchronized void accept() {
        bound.forEach((listener, channel) -> {
            log.info("Listener {} accepts connections at {} ({})", listener, channel.localAddress(), transport);
            channel.config().setAutoRead(true);
        });
    }

    /** The port on which {@code listener} accepts connections: the one chosen by the system where 0 was asked for. */
    public int port(String listener) {
        return ((InetSocketAddress) listening(listener).localAddress()).getPort();
    }

    /** The listening socket of {@code listener}. */
    synchronized Channel listening(String listener) {
        Channel channel = bound.get(listener);
        if (channel == null) {
            throw new IllegalArgumentException("listener " + listener + " is not bound");
        }
        return channel;
    }

    /** How many connections there are. */
    public int connections() {
        return counts.total();
    }

    /** The connections of each listener. */
    public Map<String, ConnectionFigures> connectionFigures() {
        Map<String, ConnectionFigures> figures = new LinkedHashMap<>();
        accepted.forEach((listener, counted) -> figures.put(
                listener, new ConnectionFigures(counted.open.sum(), counted.all.sum(), counted.refused.sum())));
        return figures;
    }

    /** How often a connection was closed, or not taken, for what its client did. */
    public long refusals() {
        return refusals.refusals();
    }

    /** Clients that do not come to where they are sent, of the last minutes. */
    public List<GhostClient> ghostClients() {
        return ghosts.named();
    }

    /** Tasks that wait for a network loop. */
    public long queuedTasks() {
        long queued = 0;
        for (EventExecutor loop : loops) {
            queued += loop instanceof SingleThreadEventExecutor single ? single.pendingTasks() : 0;
        }
        return queued;
    }

    /** What is the most that {@link #requestBytesHeld} may be. */
    public long requestBytesLimit() {
        return settings.requestMemoryBytes();
    }

    /** Bytes of the chunks from which all listeners of this process take their buffers; they are kept. */
    public static long bufferBytesKept() {
        return PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
    }

    /** Changes how many connections there may be; throws, and changes nothing, if a host is unknown. May look up names. */
    public void limit(ConnectionLimits limits) {
        counts.limit(limits);
    }

    /** Bytes of requests that have arrived, in part or wholly, and are not handled yet. */
    public long requestBytesHeld() {
        return memory.heldBytes();
    }

    /** Bytes of the heap that the objects of large requests take, by estimation, until these are answered. */
    public long requestObjectBytesHeld() {
        return objects.heldBytes();
    }

    /** The most that {@link #requestObjectBytesHeld} may be. */
    public long requestObjectBytesLimit() {
        return objects.limitBytes();
    }

    /** Bytes of answers that clients have not taken; files not counted. */
    public long answerBytesHeld() {
        return answerMemory.heldBytes();
    }

    /** From where on {@link #answerBytesHeld} makes clients that do not take theirs wait. */
    public long answerBytesLimit() {
        return answerMemory.limitBytes();
    }

    /** The network loops, for those who wait without a thread of their own. */
    public ScheduledExecutorService loops() {
        return loops;
    }

    /** The loop for the next request that comes over no connection. */
    public ScheduledExecutorService nextLoopExecutor() {
        return loops.next();
    }

    /** The network loops, for doors of other protocols. */
    public EventLoopGroup loopGroup() {
        return loops;
    }

    /** What their listening sockets are made of. */
    public Class<? extends ServerSocketChannel> serverChannel() {
        return transport.serverChannel();
    }

    /** The options of a socket of which nothing is heard for about {@code ms} before the system closes it. */
    public Map<ChannelOption<Integer>, Integer> silentForMs(int ms) {
        return transport.silentForMs(ms);
    }

    /** The loop for the next connection from this node. */
    EventLoop nextLoop() {
        return loops.next();
    }

    /** What connections from this node are made of. */
    Class<? extends Channel> socketChannel() {
        return transport.socketChannel();
    }

    private Channel bind(Endpoint endpoint) {
        var bootstrap = new ServerBootstrap()
                .group(loops)
                .channel(transport.serverChannel())
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel listening) {
                        listening.pipeline().addLast(new PacedConnections(), new FailedAccepts(clock));
                    }
                })
                .option(ChannelOption.SO_BACKLOG, settings.backlog())
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.AUTO_READ, false)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, UNSENT_BYTES)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        accept(channel, endpoint);
                    }
                });
        if (settings.receiveBufferBytes() > 0) {
            // On the listening socket: only so does the window that is announced at connect know it.
            bootstrap.option(ChannelOption.SO_RCVBUF, settings.receiveBufferBytes());
        }
        if (settings.sendBufferBytes() > 0) {
            bootstrap.childOption(ChannelOption.SO_SNDBUF, settings.sendBufferBytes());
        }
        var address = endpoint.host().isEmpty()
                ? new InetSocketAddress(endpoint.port())
                : new InetSocketAddress(endpoint.host(), endpoint.port());
        if (address.isUnresolved()) {
            throw BindFailure.unknownHost(endpoint);
        }
        var binding = bootstrap.bind(address).awaitUninterruptibly();
        if (!binding.isSuccess()) {
            throw BindFailure.of(endpoint, address, binding.cause());
        }
        return binding.channel();
    }

    private void accept(SocketChannel channel, Endpoint endpoint) {
        InetSocketAddress peer = channel.remoteAddress();
        if (peer == null) {
            // Gone before we looked.
            channel.close();
            return;
        }
        var connection = new ClientConnection(channel, endpoint, connectionNumber.incrementAndGet(), ghosts);
        String tooMany = counts.tryAdd(endpoint.listener(), peer.getAddress());
        Accepted counted = Objects.requireNonNull(accepted.get(endpoint.listener()));
        if (tooMany != null) {
            counted.refused.increment();
            refusals.refused(connection.describe(), tooMany);
            channel.close();
            return;
        }
        RequestDispatcher dispatcher = buildPipeline(channel, connection);
        open.add(dispatcher);
        counted.all.increment();
        counted.open.increment();
        channel.closeFuture().addListener((ChannelFutureListener) closed -> {
            open.remove(dispatcher);
            counted.open.decrement();
            counts.remove(endpoint.listener(), peer.getAddress());
        });
        if (closing) {
            // Looked at after it is one of the open, which close() goes through; and nobody else would close it: what a
            // network loop takes on in its last turn it leaves open.
            channel.close();
        }
    }

    /** The way of bytes in, and of answers out. A TLS handler will stand in front, and then files are not sent as such. */
    private RequestDispatcher buildPipeline(SocketChannel channel, ClientConnection connection) {
        var frames = new FrameDecoder(settings.maxRequestBytes(), memory);
        var answers = new ResponseEncoder(true);
        var sendBuffer = new SendBuffer(channel, settings.sendBufferBytes());
        var requests = new RequestDispatcher(
                connection,
                frames,
                answers,
                table,
                refusals,
                metrics,
                settings,
                objects,
                answerMemory,
                quotas,
                sendBuffer,
                clock);
        channel.config().setRecvByteBufAllocator(frames.socketBuffers());
        channel.pipeline().addLast("frames", frames).addLast("answers", answers).addLast("requests", requests);
        return requests;
    }

    /** Closes the connections whose answers are the most in the way, until there is room. */
    private void relieve() {
        long now = clock.nanoTime();
        RequestDispatcher worst = worst(now);
        while (worst != null && answerMemory.isExhausted()) {
            if (worst.untaken().leaves()) {
                worst.closeForAnswers(now);
            }
            worst = worst(now);
        }
    }

    private @Nullable RequestDispatcher worst(long nowNanos) {
        RequestDispatcher worst = null;
        double most = 0;
        for (RequestDispatcher each : open) {
            double burden = each.untaken().burden(nowNanos);
            if (burden > most) {
                most = burden;
                worst = each;
            }
        }
        return worst;
    }

    private void checkIdle() {
        long now = clock.nanoTime();
        boolean memoryIsShort = memory.isShort();
        open.forEach(dispatcher -> dispatcher.onLoop(() -> dispatcher.checkIdle(now, memoryIsShort)));
    }

    /** Stops accepting, lets requests under way be answered, for a few seconds at most, and closes all connections. */
    @Override
    public synchronized void close() {
        closing = true;
        bound.values().forEach(channel -> channel.close().awaitUninterruptibly());
        open.forEach(dispatcher -> dispatcher.onLoop(dispatcher::finish));
        long giveUp = clock.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CLOSE_AT_MOST_MS);
        for (RequestDispatcher dispatcher : open) {
            long left = TimeUnit.NANOSECONDS.toMillis(giveUp - clock.nanoTime());
            if (!dispatcher.closed().awaitUninterruptibly(Math.max(left, 0))) {
                dispatcher.closeNow();
            }
        }
        loops.shutdownGracefully(0, CLOSE_AT_MOST_MS, TimeUnit.MILLISECONDS).awaitUninterruptibly();
    }
}

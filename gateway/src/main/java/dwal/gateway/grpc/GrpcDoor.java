package dwal.gateway.grpc;

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
import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.ProtoReflectionService;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.io.IOException;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The gRPC listener. Calls are handled on the node's network loops, and never block them. Any thread may start and close it. */
public final class GrpcDoor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GrpcDoor.class);
    /** Else a line and a stack trace would be written for each client that sends nonsense. Held, or the setting is forgotten. */
    private static final java.util.logging.Logger LIBRARY = java.util.logging.Logger.getLogger("io.grpc");

    private static final int HEADER_BYTES = 16 * 1024;
    private static final int CALLS_PER_CONNECTION = 100;
    /**
     * How often a client may take back what it has begun, which costs it less than the node (CVE-2023-44487). Not a setting: with
     * at most {@value #CALLS_PER_CONNECTION} calls at a time, a client in earnest that comes to a hundred cancellations a second for ten
     * seconds on one connection would be helped by more connections, and one that attacks by a larger number.
     */
    private static final int RESETS_PER_WINDOW = 1_000;

    private static final int RESET_WINDOW_SECONDS = 10;
    private static final int WINDOW_BYTES = 256 * 1024;
    private static final long CLOSE_AT_MOST_MS = 500;

    private final DoorSettings settings;
    private final DoorAddress place;
    private final Doors.Inside node;
    private final QueuedBytes queued;
    private final ClusterLogs logs;
    private final DefaultLog log;
    private final OpenStreams streams;
    private final ConnectionLimit limit;
    private final DoorMetrics.OfDoor figures;
    private @Nullable Server server;

    /** A listener where {@code settings} say; nothing is bound before {@link #start}. */
    public GrpcDoor(DoorSettings settings, Doors.Inside node, Pauses.OfDoors pauses) {
        this.settings = settings;
        this.place = Objects.requireNonNull(settings.grpc());
        this.node = node;
        this.queued = new QueuedBytes(settings.queuedMaxBytes());
        this.logs = new ClusterLogs(node, settings, queued, pauses);
        this.log = new DefaultLog(logs, settings.defaultTopic(), node.clock());
        this.streams = new OpenStreams(settings.maxConnections());
        this.limit = new ConnectionLimit(settings.maxConnections());
        this.figures = node.counts().add("grpc", limit::figures, logs::tails, queued::held, queued.limit());
    }

    /** Binds; throws an {@link IllegalStateException} if that is not possible. */
    public synchronized void start() {
        LIBRARY.setLevel(Level.SEVERE);
        var connections = new Connections();
        var memory = new CallMemory(
                queued,
                settings.requestTimeoutMs(),
                node.clock(),
                node.listeners().loops(),
                connections,
                method -> node.counts().of(figures, method));
        var listening = new DoorServerChannels(node.listeners().serverChannel(), limit, connections);
        NettyServerBuilder builder = NettyServerBuilder.forAddress(place.socketAddress());
        DoorSockets.set(builder::withChildOption, node.listeners(), settings.requestTimeoutMs());
        Server fresh = builder.channelFactory(listening)
                .bossEventLoopGroup(node.listeners().loopGroup())
                .workerEventLoopGroup(node.listeners().loopGroup())
                .directExecutor()
                .maxInboundMessageSize(settings.maxRequestBytes())
                .maxInboundMetadataSize(HEADER_BYTES)
                .maxConcurrentCallsPerConnection(CALLS_PER_CONNECTION)
                .flowControlWindow(WINDOW_BYTES)
                .maxConnectionIdle(idleMs(), TimeUnit.MILLISECONDS)
                .maxRstFramesPerWindow(RESETS_PER_WINDOW, RESET_WINDOW_SECONDS)
                .keepAliveTime(settings.heartbeatMs(), TimeUnit.MILLISECONDS)
                .keepAliveTimeout(settings.requestTimeoutMs(), TimeUnit.MILLISECONDS)
                .handshakeTimeout(settings.requestTimeoutMs(), TimeUnit.MILLISECONDS)
                .permitKeepAliveTime(10, TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true)
                .addStreamTracerFactory(memory)
                .intercept(memory)
                .addService(new LogService(log, memory, streams).definition())
                .addService(new TopicLogService(logs, node.clock(), memory, streams).definition())
                .addService(new HealthService(
                        node.ready(), streams, node.listeners().loops()))
                .addService(ProtoReflectionServiceV1.newInstance())
                .addService(olderReflection())
                .build();
        try {
            fresh.start();
        } catch (IOException e) {
            throw new IllegalStateException(
                    "gRPC cannot be served at %s:%d: %s.".formatted(place.host(), place.port(), reason(e)), e);
        }
        server = fresh;
        LOG.info("gRPC is served at {}", fresh.getListenSockets());
    }

    /** Many tools ask for this one first. */
    @SuppressWarnings("deprecation") // it is called v1 now, too
    private static BindableService olderReflection() {
        return ProtoReflectionService.newInstance();
    }

    private long idleMs() {
        return settings.maxIdleMs() < 0 ? TimeUnit.DAYS.toMillis(365) : Math.max(1_000, settings.maxIdleMs());
    }

    private static String reason(IOException e) {
        Throwable cause = e.getCause();
        return String.valueOf(cause == null ? e.getMessage() : cause.getMessage());
    }

    /** HOST:PORT; empty if it is not bound. */
    public synchronized Optional<String> address() {
        if (server == null) {
            return Optional.empty();
        }
        return Optional.of((place.host().isEmpty() ? "0.0.0.0" : place.host()) + ":" + server.getPort());
    }

    @Override
    public synchronized void close() {
        Server running = server;
        server = null;
        if (running != null) {
            end(running);
        }
        logs.close();
    }

    private void end(Server running) {
        running.shutdown();
        streams.stop();
        try {
            if (!running.awaitTermination(CLOSE_AT_MOST_MS, TimeUnit.MILLISECONDS)) {
                running.shutdownNow().awaitTermination(CLOSE_AT_MOST_MS, TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            running.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}

package dwal.server.network;

import dwal.protocol.RequestContext;
import dwal.protocol.RequestDecoder.Request;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.jspecify.annotations.Nullable;

/** A client's connection as handlers see it. Any thread. */
@SuppressWarnings("FutureReturnValueIgnored") // the channel itself tells its failures
final class ClientConnection implements RequestContext.Connection {
    private static final String UNKNOWN = "unknown";

    private final Channel channel;
    private final Endpoint endpoint;
    private final GhostClients ghosts;
    private final String id;
    private final InetSocketAddress peer;
    private final int localPort;
    private volatile boolean works;
    private volatile Software software = new Software(UNKNOWN, UNKNOWN);

    private record Software(String name, String version) {}

    ClientConnection(Channel channel, Endpoint endpoint, long number, GhostClients ghosts) {
        this.channel = channel;
        this.endpoint = endpoint;
        this.ghosts = ghosts;
        this.peer = (InetSocketAddress) channel.remoteAddress();
        var local = (InetSocketAddress) channel.localAddress();
        this.localPort = local.getPort();
        this.id = "%s:%d-%s:%d-%d"
                .formatted(
                        local.getAddress().getHostAddress(),
                        localPort,
                        peer.getAddress().getHostAddress(),
                        peer.getPort(),
                        number);
    }

    /** {@code request} has come: it may tell what the client is. */
    void noteSoftware(Request request) {
        if (request.body() instanceof ApiVersionsRequestData data
                && request.version() >= 3
                && new ApiVersionsRequest(data, request.version()).isValid()) {
            software = new Software(data.clientSoftwareName(), data.clientSoftwareVersion());
        }
    }

    /** Whether it has asked for something that only the right node answers. */
    boolean works() {
        return works;
    }

    /** {@code request} was answered, with {@code answer} if there was one, before which the client had asked for nothing real. */
    void noteWork(Request request, @Nullable ApiMessage answer) {
        switch (request.api().key()) {
            // What Java's clients ask of any node, the one they begin with included.
            case API_VERSIONS,
                    SASL_HANDSHAKE,
                    SASL_AUTHENTICATE,
                    INIT_PRODUCER_ID,
                    FIND_COORDINATOR,
                    GET_TELEMETRY_SUBSCRIPTIONS,
                    PUSH_TELEMETRY -> {}
            case METADATA -> {
                if (answer instanceof MetadataResponseData metadata) {
                    ghosts.told(address(), request.clientId(), id, listener(), metadata);
                }
            }
            default -> {
                works = true;
                ghosts.works(address(), request.clientId());
            }
        }
    }

    /** The peer, for log lines. */
    String describe() {
        return "%s:%d on listener %s"
                .formatted(peer.getAddress().getHostAddress(), peer.getPort(), endpoint.listener());
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public String listener() {
        return endpoint.listener();
    }

    @Override
    public SecurityProtocol securityProtocol() {
        return endpoint.protocol();
    }

    @Override
    public InetAddress address() {
        return peer.getAddress();
    }

    @Override
    public int localPort() {
        return localPort;
    }

    @Override
    public KafkaPrincipal principal() {
        return KafkaPrincipal.ANONYMOUS;
    }

    @Override
    public ScheduledExecutorService loop() {
        return channel.eventLoop();
    }

    @Override
    public String clientSoftwareName() {
        return software.name();
    }

    @Override
    public String clientSoftwareVersion() {
        return software.version();
    }

    @Override
    public void onClose(Runnable task) {
        channel.closeFuture().addListener((ChannelFutureListener) closed -> task.run());
    }
}

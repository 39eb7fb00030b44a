package dwal.server.network;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.function.Function;

/**
 * Stands before those who accept, and has connections sent to as {@link CongestionControl} says. On one listening socket; owned
 * by its loop.
 */
public final class PacedConnections extends ChannelInboundHandlerAdapter {
    private final CongestionControl congestion;
    private final Function<Channel, SocketAddress> peers;

    /** For one listening socket that is not bound yet. */
    public PacedConnections() {
        this(new CongestionControl(), Channel::remoteAddress);
    }

    PacedConnections(CongestionControl congestion, Function<Channel, SocketAddress> peers) {
        this.congestion = congestion;
        this.peers = peers;
    }

    /** Before it is bound: the system makes connections from then on, whether anybody accepts them or not. */
    @Override
    public void channelRegistered(ChannelHandlerContext context) {
        congestion.prepare(context.channel());
        context.fireChannelRegistered();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        // Null when it is gone already.
        if (message instanceof Channel connection && peers.apply(connection) instanceof InetSocketAddress peer) {
            congestion.accepted(connection, peer);
        }
        context.fireChannelRead(message);
    }
}

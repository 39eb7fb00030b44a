package dwal.gateway.network;

import dwal.server.network.FailedAccepts;
import dwal.server.network.PacedConnections;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ReflectiveChannelFactory;
import io.netty.channel.ServerChannel;

/** Makes the listening socket of a door, whose connections are counted, limited and paced, and which says so where there are none to be had. Any thread. */
public final class DoorServerChannels implements ChannelFactory<ServerChannel> {
    private final ReflectiveChannelFactory<? extends ServerChannel> sockets;
    private final ConnectionLimit limit;
    private final ChannelHandler[] more;

    /** Sockets of {@code type}; what is accepted goes through {@code more}, too. */
    public DoorServerChannels(Class<? extends ServerChannel> type, ConnectionLimit limit, ChannelHandler... more) {
        this.sockets = new ReflectiveChannelFactory<>(type);
        this.limit = limit;
        this.more = more.clone();
    }

    @Override
    public ServerChannel newChannel() {
        ServerChannel socket = sockets.newChannel();
        socket.pipeline()
                .addLast(limit, new PacedConnections(), new FailedAccepts())
                .addLast(more);
        return socket;
    }
}

package dwal.gateway.grpc;

import dwal.gateway.network.ConnectionLimit;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ReflectiveChannelFactory;
import io.netty.channel.ServerChannel;

/** Makes the listening socket, whose connections are counted and limited. Any thread. */
final class LimitedServerChannels implements ChannelFactory<ServerChannel> {
    private final ReflectiveChannelFactory<? extends ServerChannel> sockets;
    private final ConnectionLimit limit;
    private final Connections connections;

    LimitedServerChannels(Class<? extends ServerChannel> type, ConnectionLimit limit, Connections connections) {
        this.sockets = new ReflectiveChannelFactory<>(type);
        this.limit = limit;
        this.connections = connections;
    }

    @Override
    public ServerChannel newChannel() {
        ServerChannel socket = sockets.newChannel();
        socket.pipeline().addLast(limit, connections);
        return socket;
    }
}

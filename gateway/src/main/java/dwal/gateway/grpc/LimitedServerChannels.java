package dwal.gateway.grpc;

import dwal.gateway.network.ConnectionLimit;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ReflectiveChannelFactory;
import io.netty.channel.ServerChannel;

/** Makes listening sockets that have no more than so many connections. Any thread. */
final class LimitedServerChannels implements ChannelFactory<ServerChannel> {
    private final ReflectiveChannelFactory<? extends ServerChannel> sockets;
    private final int maxConnections;

    LimitedServerChannels(Class<? extends ServerChannel> type, int maxConnections) {
        this.sockets = new ReflectiveChannelFactory<>(type);
        this.maxConnections = maxConnections;
    }

    @Override
    public ServerChannel newChannel() {
        ServerChannel socket = sockets.newChannel();
        socket.pipeline().addLast(new ConnectionLimit(maxConnections));
        return socket;
    }
}

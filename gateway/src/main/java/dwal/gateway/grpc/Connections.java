package dwal.gateway.grpc;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.net.SocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The connections of a listening socket, by the address of the client, for gRPC does not let one of them be closed. Stands before
 * those who accept. Any thread.
 */
@Sharable
@SuppressWarnings("FutureReturnValueIgnored") // the channel itself tells its failures
final class Connections extends ChannelInboundHandlerAdapter {
    private final Map<SocketAddress, Channel> open = new ConcurrentHashMap<>();

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        var connection = (Channel) message;
        SocketAddress client = connection.remoteAddress();
        if (client != null) {
            open.put(client, connection);
            connection.closeFuture().addListener((ChannelFutureListener) closed -> open.remove(client, connection));
        }
        context.fireChannelRead(message);
    }

    /** Closes that of {@code client}, with all its calls. */
    void close(@Nullable SocketAddress client) {
        Channel connection = client == null ? null : open.get(client);
        ChannelHandlerContext first =
                connection == null ? null : connection.pipeline().firstContext();
        if (first != null) {
            // Not by the channel: that would ask HTTP/2 first, which waits until the client has taken all.
            first.close();
        }
    }
}

package dwal.gateway.network;

import dwal.server.network.ConnectionFigures;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** Stands before those who accept, and closes connections that are too many. On a listening socket; owned by its loop. */
@SuppressWarnings("FutureReturnValueIgnored") // the channel itself tells its failures
public final class ConnectionLimit extends ChannelInboundHandlerAdapter {
    private final int limit;
    private final AtomicInteger open = new AtomicInteger();
    private final LongAdder accepted = new LongAdder();
    private final LongAdder refused = new LongAdder();

    /** At most {@code limit} at a time. */
    public ConnectionLimit(int limit) {
        this.limit = limit;
    }

    /** The connections so far. Any thread. */
    public ConnectionFigures figures() {
        return new ConnectionFigures(open.get(), accepted.sum(), refused.sum());
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        var connection = (Channel) message;
        if (open.incrementAndGet() > limit) {
            open.decrementAndGet();
            refused.increment();
            // It has no loop yet, and only forcibly can one without a loop be closed.
            connection.unsafe().closeForcibly();
            return;
        }
        accepted.increment();
        connection.closeFuture().addListener((ChannelFutureListener) closed -> open.decrementAndGet());
        context.fireChannelRead(message);
    }
}

package dwal.server.network;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.RejectedExecutionHandlers;
import java.util.concurrent.Executor;

/**
 * The network loops of a node, of which each is a thread. They look at their sockets again when they have done tasks
 * for so long; Netty's default is a second, in which clients of Kafka would stand still while others, over HTTP say,
 * keep a loop's row of tasks full.
 */
final class NetworkLoops extends MultiThreadIoEventLoopGroup {
    private static final long TASKS_AT_MOST_MS = 5;

    NetworkLoops(int count, IoHandlerFactory sockets) {
        super(count, new DefaultThreadFactory("network"), sockets);
    }

    @Override
    protected IoEventLoop newChild(Executor executor, IoHandlerFactory sockets, Object... none) {
        return new SingleThreadIoEventLoop(
                this, executor, sockets, Integer.MAX_VALUE, RejectedExecutionHandlers.reject(), TASKS_AT_MOST_MS);
    }
}

package dwal.server.network;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** One network loop for each test, of those that need epoll's own options of sockets. */
final class EpollLoop implements BeforeEachCallback, AfterEachCallback {
    private @Nullable MultiThreadIoEventLoopGroup loops;

    @Override
    public void beforeEach(ExtensionContext context) {
        assumeTrue(Epoll.isAvailable(), "there is no epoll on this system");
        loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    }

    @Override
    public void afterEach(ExtensionContext context) {
        if (loops != null) {
            loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
        }
    }

    /** A server on this loop, to be told what to do with its connections. */
    ServerBootstrap server() {
        return new ServerBootstrap().group(Objects.requireNonNull(loops)).channel(EpollServerSocketChannel.class);
    }
}

package dwal.server.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class NetworkLoopsTest {
    private final NetworkLoops loops = new NetworkLoops(1, NioIoHandler.newFactory());

    @Test
    void aLoopThatNeverRunsOutOfTasksStillLooksAtItsSockets() throws Exception {
        var accepted = new CompletableFuture<Void>();
        var server = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.AUTO_READ, false)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        accepted.complete(null);
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .sync()
                .channel();
        int port = ((InetSocketAddress) server.localAddress()).getPort();
        try (var client = new Socket(InetAddress.getLoopbackAddress(), port)) {
            var spent = new AtomicLong();
            EventLoop loop = server.eventLoop();
            loop.execute(() -> {
                server.config().setAutoRead(true);
                workUntil(accepted, loop, cpuNanos(), spent);
            });

            accepted.get(30, TimeUnit.SECONDS);

            // CPU, not time: so it does not matter what else the machine does.
            assertThat(Duration.ofNanos(spent.get())).isLessThan(Duration.ofMillis(250));
        } finally {
            loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }

    private static long cpuNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    /** Fills the row of tasks with itself. */
    private static void workUntil(CompletableFuture<Void> done, EventLoop loop, long begunNanos, AtomicLong spent) {
        if (!done.isDone()) {
            spent.set(cpuNanos() - begunNanos);
            loop.execute(() -> workUntil(done, loop, begunNanos, spent));
        }
    }
}

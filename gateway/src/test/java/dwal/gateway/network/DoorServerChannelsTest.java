package dwal.gateway.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.RawUnixChannelOption;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What becomes of a connection to a door of this machine, on real sockets. */
class DoorServerChannelsTest {
    /** IPPROTO_TCP, TCP_CONGESTION. */
    private static final RawUnixChannelOption CONGESTION = new RawUnixChannelOption("TCP_CONGESTION", 6, 13, 16);

    @Test
    void isCountedAndIsSentToWithoutBbr() throws Exception {
        assumeTrue(Epoll.isAvailable(), "there is no epoll on this system");
        var limit = new ConnectionLimit(1);
        var more = new ChannelInboundHandlerAdapter();
        var loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        var name = new CompletableFuture<String>();
        try {
            Channel listening = new ServerBootstrap()
                    .group(loops)
                    .channelFactory(new DoorServerChannels(EpollServerSocketChannel.class, limit, more))
                    .childHandler(new ChannelInitializer<EpollSocketChannel>() {
                        @Override
                        protected void initChannel(EpollSocketChannel channel) {
                            name.complete(congestionControl(channel));
                        }
                    })
                    .bind(InetAddress.getLoopbackAddress(), 0)
                    .sync()
                    .channel();
            try (var client = new Socket()) {
                client.connect(listening.localAddress());

                assertThat(name.get(20, TimeUnit.SECONDS)).isEqualTo(expected());
                assertThat(limit.figures().accepted()).isEqualTo(1);
                assertThat(listening.pipeline().context(more)).isNotNull();
            }
        } finally {
            loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
        }
    }

    /** Where the system does not have BBR, its own is as good. */
    private static String expected() throws Exception {
        String systems = Files.readString(Path.of("/proc/sys/net/ipv4/tcp_congestion_control"))
                .strip();
        return systems.startsWith("bbr") ? "reno" : systems;
    }

    private static String congestionControl(EpollSocketChannel channel) {
        ByteBuffer name = channel.config().getOption(CONGESTION);
        return StandardCharsets.US_ASCII.decode(name).toString().replace("\0", "");
    }
}

package dwal.server.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Which congestion control accepted connections have, on real sockets. */
class CongestionControlTest {
    private static final long SECONDS = 20;

    @RegisterExtension
    private final EpollLoop loop = new EpollLoop();

    @Test
    void aClientOfThisMachineIsSentToWithoutTimers() throws Exception {
        assertThat(accepted(new CongestionControl(systems -> true), null)).isEqualTo(CongestionControl.WITHOUT_TIMERS);
    }

    @Test
    void aClientFromElsewhereIsSentToAsTheSystemDoes() throws Exception {
        // A documentation address of RFC 5737; the connection itself is of this machine.
        var elsewhere = new InetSocketAddress(InetAddress.getByName("192.0.2.1"), 4711);

        assertThat(accepted(new CongestionControl(systems -> true), elsewhere)).isEqualTo(systems());
    }

    @Test
    void whatSendsWithoutTimersStaysAsItIs() throws Exception {
        assertThat(accepted(new CongestionControl(systems -> false), null)).isEqualTo(systems());
    }

    @Test
    void onlyBbrIsAvoided() throws Exception {
        assertThat(accepted(new CongestionControl(), null)).isEqualTo(expectedHere());
    }

    @Test
    void listenersAreSoToo() throws Exception {
        try (var served = new ServedApis(TestSettings.on(Transport.EPOLL))) {
            var listening = (EpollServerSocketChannel) served.listeners.listening("PLAINTEXT");

            assertThat(CongestionControl.name(listening)).isEqualTo(expectedHere());
        }
    }

    private static String expectedHere() throws Exception {
        return systems().startsWith("bbr") ? CongestionControl.WITHOUT_TIMERS : systems();
    }

    static String systems() throws Exception {
        return Files.readString(Path.of("/proc/sys/net/ipv4/tcp_congestion_control"))
                .strip();
    }

    /** What a connection has that was accepted as one of {@code peer}; of its client, if that is null. */
    private String accepted(CongestionControl congestion, @Nullable InetSocketAddress peer) throws Exception {
        var name = new CompletableFuture<String>();
        Channel listening = loop.server()
                .option(ChannelOption.AUTO_READ, false)
                .childHandler(new ChannelInitializer<EpollSocketChannel>() {
                    @Override
                    protected void initChannel(EpollSocketChannel channel) {
                        tellName(channel, congestion, peer, name);
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .sync()
                .channel();
        congestion.prepare(listening);
        listening.config().setAutoRead(true);
        try (var client = new Socket()) {
            client.connect(listening.localAddress());
            return name.get(SECONDS, TimeUnit.SECONDS);
        }
    }

    private static void tellName(
            EpollSocketChannel channel,
            CongestionControl congestion,
            @Nullable InetSocketAddress peer,
            CompletableFuture<String> name) {
        try {
            congestion.accepted(channel, peer != null ? peer : channel.remoteAddress());
            name.complete(CongestionControl.name(channel));
        } catch (ChannelException e) {
            name.completeExceptionally(e);
        }
    }
}

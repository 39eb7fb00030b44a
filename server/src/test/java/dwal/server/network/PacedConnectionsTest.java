package dwal.server.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.epoll.EpollSocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Which congestion control connections have that were accepted behind it, on real sockets. */
class PacedConnectionsTest {
    private static final long SECONDS = 20;

    @RegisterExtension
    private final EpollLoop loop = new EpollLoop();

    @Test
    void aClientOfThisMachineIsSentToWithoutTimers() throws Exception {
        assertThat(accepted(Channel::remoteAddress)).isEqualTo(CongestionControl.WITHOUT_TIMERS);
    }

    @Test
    void aClientFromElsewhereIsSentToAsTheSystemDoes() throws Exception {
        // A documentation address of RFC 5737; the connection itself is of this machine.
        var elsewhere = new InetSocketAddress(InetAddress.getByName("192.0.2.1"), 4711);

        assertThat(accepted(connection -> elsewhere)).isEqualTo(CongestionControlTest.systems());
    }

    @Test
    void oneThatIsGoneAlreadyIsAcceptedAsAnyOther() throws Exception {
        assertThat(accepted(connection -> null)).isEqualTo(CongestionControl.WITHOUT_TIMERS);
    }

    private String accepted(Function<Channel, SocketAddress> peers) throws Exception {
        var name = new CompletableFuture<String>();
        Channel listening = loop.server()
                .handler(new PacedConnections(new CongestionControl(systems -> true), peers))
                .childHandler(new ChannelInitializer<EpollSocketChannel>() {
                    @Override
                    protected void initChannel(EpollSocketChannel channel) {
                        tellName(channel, name);
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .sync()
                .channel();
        try (var client = new Socket()) {
            client.connect(listening.localAddress());
            return name.get(SECONDS, TimeUnit.SECONDS);
        }
    }

    private static void tellName(EpollSocketChannel channel, CompletableFuture<String> name) {
        try {
            name.complete(CongestionControl.name(channel));
        } catch (ChannelException e) {
            name.completeExceptionally(e);
        }
    }
}

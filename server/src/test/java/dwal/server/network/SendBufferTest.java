package dwal.server.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import java.net.InetAddress;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Whose size a send buffer has, on real sockets; the answers are bytes that nobody looks at. */
@SuppressWarnings("FutureReturnValueIgnored") // the channel itself tells its failures
class SendBufferTest {
    private static final int ANSWER = 256 * 1024;
    /**
     * How long a client with a small receive buffer is busy with each piece that it has read, its buffer full meanwhile. The
     * system counts for how long in ticks of up to 10 ms: what is over sooner it may not see.
     */
    private static final long BUSY_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private static final int SYSTEM_LOCKED = 1;

    @RegisterExtension
    private final EpollLoop loop = new EpollLoop();

    @Test
    void aClientWithASmallReceiveBufferIsSentToFromOneAsLargeAsTheSystemSeesFit() throws Exception {
        assertThat(lock(100 * 1024, 16 * 1024)).isZero();
    }

    @Test
    void aClientThatTakesAllThatComesIsSentToFromTheSizeThatIsSet() throws Exception {
        // Less than the least window that a client begins with.
        assertThat(lock(8 * 1024, 0)).isEqualTo(SYSTEM_LOCKED);
    }

    @Test
    void aBufferThatIsLeftToTheSystemStaysSo() throws Exception {
        assertThat(lock(-1, 0)).isZero();
    }

    /** SO_BUF_LOCK of the sending socket after the first look; 0 leaves the receive buffer to the system. */
    private int lock(int sendBufferBytes, int receiveBufferBytes) throws Exception {
        var done = new CompletableFuture<Integer>();
        var bootstrap = loop.server().childHandler(new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.eventLoop().execute(() -> send(channel, new SendBuffer(channel, sendBufferBytes), 0, done));
            }
        });
        if (sendBufferBytes > 0) {
            bootstrap.childOption(ChannelOption.SO_SNDBUF, sendBufferBytes);
        }
        Channel bound =
                bootstrap.bind(InetAddress.getLoopbackAddress(), 0).sync().channel();
        try (var client = new Socket()) {
            if (receiveBufferBytes > 0) {
                client.setReceiveBufferSize(receiveBufferBytes);
            }
            client.connect(bound.localAddress());
            byte[] taken = new byte[64 * 1024];
            while (!done.isDone() && client.getInputStream().read(taken) >= 0) {
                if (receiveBufferBytes > 0) {
                    LockSupport.parkNanos(BUSY_NANOS);
                }
            }
            return done.get();
        }
    }

    private static void send(Channel channel, SendBuffer buffer, int answered, CompletableFuture<Integer> done) {
        if (answered == ClientWindow.ANSWERS_PER_LOOK) {
            look(channel, done);
            return;
        }
        channel.writeAndFlush(Unpooled.directBuffer(ANSWER).writeZero(ANSWER))
                .addListener((ChannelFutureListener) sent -> {
                    buffer.largeAnswerWritten();
                    send(channel, buffer, answered + 1, done);
                });
    }

    private static void look(Channel channel, CompletableFuture<Integer> done) {
        try {
            done.complete(channel.config().getOption(SendBuffer.LOCK) & SYSTEM_LOCKED);
        } catch (ChannelException e) {
            done.completeExceptionally(e);
        }
        channel.close();
    }
}

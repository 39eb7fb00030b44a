package dwal.gateway.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Clock;
import dwal.gateway.log.QueuedBytes;
import dwal.server.network.ConnectionFigures;
import dwal.server.network.DoorMetrics;
import dwal.server.network.RequestMetrics;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpServerCodec;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A stream whose client takes nothing of what little there is for it, with a clock of its own. */
class StalledStreamTest implements BodyStream {
    private static final int REQUEST_MS = 1_000;
    private static final byte[] ASKED = "GET /stream HTTP/1.1\r\nhost: localhost\r\n\r\n".getBytes(UTF_8);

    private long nanos;
    private boolean taking = true;
    private Out out;
    private boolean over;
    private EmbeddedChannel channel;

    private final Clock clock = new Clock() {
        @Override
        public long wallMs() {
            return TimeUnit.NANOSECONDS.toMillis(nanos);
        }

        @Override
        public long nanoTime() {
            return nanos;
        }
    };

    @Override
    public void begin(Out to) {
        out = to;
    }

    @Override
    public void roomAgain() {}

    @Override
    public void over() {
        over = true;
    }

    @BeforeEach
    void open() {
        var router = new Router().onGet("/stream", request -> HttpAnswer.streamed("text/plain", this));
        var queued = new QueuedBytes(1 << 20);
        var deadlines = new Deadlines(clock, REQUEST_MS, 60_000);
        DoorMetrics counts = new RequestMetrics(clock).doors();
        DoorMetrics.OfDoor door = counts.add("http", () -> new ConnectionFigures(0, 0, 0), () -> 0, () -> 0, 0);
        channel = new EmbeddedChannel() {
            @Override
            protected SocketAddress remoteAddress0() {
                return isActive() ? new InetSocketAddress(InetAddress.getLoopbackAddress(), 7) : null;
            }

            @Override
            protected void doWrite(ChannelOutboundBuffer waiting) throws Exception {
                if (taking) {
                    super.doWrite(waiting);
                }
            }
        };
        channel.freezeTime();
        channel.pipeline()
                .addLast(deadlines)
                .addLast(new HttpServerCodec())
                .addLast(new HttpConnection(
                        router,
                        new Origins(true),
                        deadlines,
                        1 << 20,
                        queued,
                        clock,
                        operation -> counts.of(door, operation)));
        channel.pipeline().fireChannelActive();
        channel.writeInbound(Unpooled.wrappedBuffer(ASKED));
        assertThat(out).as("the stream has begun").isNotNull();
    }

    @AfterEach
    void close() {
        taking = true;
        channel.finishAndReleaseAll();
    }

    private void pass(long ms) {
        for (long i = 0; i < ms; i += 100) {
            nanos += TimeUnit.MILLISECONDS.toNanos(100);
            channel.advanceTimeBy(100, TimeUnit.MILLISECONDS);
            channel.runScheduledPendingTasks();
        }
    }

    @Test
    void aClientThatTakesNothingOfALittleIsLetGo() {
        pass(10 * REQUEST_MS);
        assertThat(channel.isOpen()).as("who has taken all may wait").isTrue();

        taking = false;
        assertThat(out.write(ByteBuffer.wrap("a heartbeat".getBytes(UTF_8)))).isTrue();
        assertThat(out.hasRoom()).as("it is far from being too much").isTrue();
        pass(2 * REQUEST_MS);
        assertThat(channel.isOpen()).isFalse();
        assertThat(over).isTrue();
    }

    @Test
    void aClientThatTakesItLateIsNot() {
        for (int i = 0; i < 5; i++) {
            taking = false;
            assertThat(out.write(ByteBuffer.wrap("a record".getBytes(UTF_8)))).isTrue();
            pass(REQUEST_MS / 2);
            taking = true;
            channel.flush();
            pass(2 * REQUEST_MS);
        }
        assertThat(channel.isOpen()).isTrue();
    }
}

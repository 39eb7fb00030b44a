package dwal.gateway.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Clock;
import dwal.gateway.log.QueuedBytes;
import dwal.server.network.ConnectionFigures;
import dwal.server.network.DoorMetrics;
import dwal.server.network.RequestMetrics;
import dwal.server.network.SlowRequest.Stage;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpServerCodec;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What is told of a slow request over HTTP, on a connection without a socket and with a clock of its own. */
class CourseTest {
    private static final byte[] ASKED =
            "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\n{}".getBytes(UTF_8);

    private long nanos;

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

    private final RequestMetrics metrics = new RequestMetrics(clock);

    private void pass(long ms) {
        nanos += TimeUnit.MILLISECONDS.toNanos(ms);
    }

    /** What other threads do is over before it returns. */
    private CompletableFuture<HttpAnswer> append(Request request) throws BadRequest {
        request.json(in -> {
            in.object(field -> false);
            pass(2);
            return "read";
        });
        pass(30);
        request.times().topicCreated(clock.nanoTime());
        pass(4);
        long begun = clock.nanoTime();
        pass(5);
        request.times().appended("told", 0, false, begun, clock.nanoTime(), 0, clock.nanoTime(), -1);
        return Router.done(HttpAnswer.of("text/plain", new byte[0]));
    }

    private EmbeddedChannel connection() {
        DoorMetrics counts = metrics.doors();
        DoorMetrics.OfDoor door = counts.add("http", () -> new ConnectionFigures(0, 0, 0), () -> 0, () -> 0, 0);
        var deadlines = new Deadlines(clock, 1_000, 60_000);
        var channel = new EmbeddedChannel() {
            @Override
            protected SocketAddress remoteAddress0() {
                return isActive() ? new InetSocketAddress(InetAddress.getLoopbackAddress(), 7) : null;
            }
        };
        channel.freezeTime();
        channel.pipeline()
                .addLast(deadlines)
                .addLast(new HttpServerCodec())
                .addLast(new HttpConnection(
                        new Router().on("POST", "/", this::append),
                        new Origins(true),
                        deadlines,
                        1 << 20,
                        new QueuedBytes(1 << 20),
                        clock,
                        operation -> counts.of(door, operation)));
        channel.pipeline().fireChannelActive();
        return channel;
    }

    @Test
    void aTopicThatIsCreatedBeforeTheHandlerReturnsHasItsStage() {
        EmbeddedChannel channel = connection();
        channel.writeInbound(Unpooled.wrappedBuffer(ASKED));
        channel.finishAndReleaseAll();

        assertThat(metrics.slow().slowest(1)).singleElement().satisfies(slow -> {
            assertThat(slow.totalMs()).isEqualTo(41);
            assertThat(slow.stages())
                    .isEqualTo(List.of(
                            new Stage("decode", 2),
                            new Stage("create", 30),
                            new Stage("queue", 4),
                            new Stage("append", 5)));
            assertThat(slow.cause()).startsWith("The topic had to be created first");
        });
    }
}

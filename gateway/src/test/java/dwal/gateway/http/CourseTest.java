package dwal.gateway.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Clock;
import dwal.gateway.log.Caller;
import dwal.server.network.ConnectionFigures;
import dwal.server.network.DoorMetrics;
import dwal.server.network.RequestMetrics;
import dwal.server.network.SlowRequest.Stage;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class CourseTest {
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
    private final DoorMetrics.OfDoor door =
            metrics.doors().add("http", () -> new ConnectionFigures(0, 0, 0), () -> 0, () -> 0, 0);

    private final Course course = new Course(
            clock,
            operation -> metrics.doors().of(door, operation),
            Caller.at(new InetSocketAddress(InetAddress.getLoopbackAddress(), 7)),
            2);

    private void pass(long ms) {
        nanos += TimeUnit.MILLISECONDS.toNanos(ms);
    }

    /** What another thread does is over before the handler returns. */
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

    @Test
    void aTopicThatIsCreatedBeforeTheHandlerReturnsHasItsStage() {
        HttpAnswer answer = new Router()
                .on("POST", "/", this::append)
                .answer(
                        HttpMethod.POST,
                        "/",
                        new DefaultHttpHeaders(),
                        Unpooled.wrappedBuffer("{}".getBytes(UTF_8)),
                        course,
                        () -> false)
                .join();
        course.done(clock.nanoTime());
        course.sent(answer);

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

package dwal.server.network;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Clock;
import dwal.environment.StandardError;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class FailedAcceptsTest {
    private final AtomicLong nowMs = new AtomicLong();
    private final Clock clock = new Clock() {
        @Override
        public long nanoTime() {
            return TimeUnit.MILLISECONDS.toNanos(nowMs.get());
        }

        @Override
        public long wallMs() {
            return nowMs.get();
        }
    };

    @Test
    void aLineAMinuteSaysWhatToDoAndAcceptingGoesOnAfterAPause() throws Exception {
        var listening = new EmbeddedChannel(new FailedAccepts(clock));

        String told = StandardError.of(() -> {
            for (int second = 0; second <= 60; second++) {
                assertThat(listening.config().isAutoRead()).isTrue();
                listening.pipeline().fireExceptionCaught(new IOException("accept(..) failed: Too many open files"));
                assertThat(listening.config().isAutoRead()).isFalse();
                nowMs.addAndGet(1_000);
                listening.advanceTimeBy(1_000, TimeUnit.MILLISECONDS);
                listening.runScheduledPendingTasks();
            }
            listening.checkException(); // what reaches the end of the pipeline
        });

        assertThat(told.lines())
                .hasSize(2)
                .allSatisfy(line -> assertThat(line).contains("Too many open files", "ulimit -n", "max.connections"));
        assertThat(told).contains("(59 more were not logged)");
    }

    /** A listener that has not begun to accept, or is closed, is not made to. */
    @Test
    void oneThatDoesNotAcceptStaysSo() {
        var listening = new EmbeddedChannel(new FailedAccepts(clock));
        listening.config().setAutoRead(false);

        listening.pipeline().fireExceptionCaught(new IOException("accept(..) failed: Too many open files"));
        listening.advanceTimeBy(2_000, TimeUnit.MILLISECONDS);
        listening.runScheduledPendingTasks();

        assertThat(listening.config().isAutoRead()).isFalse();
    }
}

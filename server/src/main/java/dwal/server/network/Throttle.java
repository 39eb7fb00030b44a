package dwal.server.network;

import dwal.environment.Clock;
import dwal.protocol.FrameDecoder;
import dwal.protocol.FrameDecoder.Pause;
import io.netty.channel.ChannelHandlerContext;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * For how long nothing is read from a connection whose client has used more than its quotas allow (KIP-219: the answer
 * goes out at once and names the time; the connection is silent for as long).
 *
 * <p>Owned by the connection's network loop.
 */
final class Throttle {
    private final FrameDecoder frames;
    private final Clock clock;
    private final Runnable onEnd;

    private long untilNanos;
    private @Nullable Future<?> end;

    /** @param onEnd called on the loop when reading has begun again */
    Throttle(FrameDecoder frames, Clock clock, Runnable onEnd) {
        this.frames = frames;
        this.clock = clock;
        this.onEnd = onEnd;
    }

    /** Reads nothing for {@code ms} from now on, or for longer if that was said before. */
    void begin(ChannelHandlerContext context, int ms) {
        long until = clock.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ms);
        if (!frames.isPaused(Pause.THROTTLE)) {
            frames.pause(Pause.THROTTLE);
            untilNanos = until;
            awaitEnd(context, ms);
        } else if (until - untilNanos > 0) {
            untilNanos = until;
        }
    }

    private void awaitEnd(ChannelHandlerContext context, long ms) {
        end = context.executor().schedule(() -> end(context), ms, TimeUnit.MILLISECONDS);
    }

    private void end(ChannelHandlerContext context) {
        long leftMs = TimeUnit.NANOSECONDS.toMillis(untilNanos - clock.nanoTime() + 999_999);
        if (leftMs > 0) {
            awaitEnd(context, leftMs);
            return;
        }
        frames.resume(context, Pause.THROTTLE);
        onEnd.run();
    }

    /** The connection is closed: nothing is to be read again. */
    void cancel() {
        if (end != null) {
            end.cancel(false);
        }
    }
}

package dwal.gateway.http;

import dwal.environment.Clock;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Closes a connection whose client does nothing for too long, sends its request too slowly, or does not take the answer. One timer per
 * connection, which asks again when something may be due. Owned by the connection's network loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the channel itself tells its failures
final class Deadlines extends ChannelDuplexHandler {
    private enum Phase {
        IDLE,
        REQUEST_COMES,
        BEING_ANSWERED,
        ANSWER_GOES
    }

    private final Clock clock;
    private final long requestNanos;
    private final long idleNanos;
    private Phase phase = Phase.IDLE;
    private long since;
    private @Nullable Future<?> timer;
    private Runnable onSlowRequest = () -> {};

    Deadlines(Clock clock, long requestMs, long idleMs) {
        this.clock = clock;
        this.requestNanos = TimeUnit.MILLISECONDS.toNanos(requestMs);
        this.idleNanos = idleMs < 0 ? Long.MAX_VALUE / 2 : TimeUnit.MILLISECONDS.toNanos(idleMs);
    }

    /** What to do, before the connection is closed, for a client whose request does not come to its end. */
    void onSlowRequest(Runnable task) {
        onSlowRequest = task;
    }

    /** The request is there; until it is answered the time is ours. */
    void requestCame() {
        enter(Phase.BEING_ANSWERED);
    }

    /** The answer is on its way. */
    void answerGoes() {
        enter(Phase.ANSWER_GOES);
    }

    /** The answer was taken. */
    void answerTaken() {
        enter(Phase.IDLE);
    }

    private void enter(Phase next) {
        phase = next;
        since = clock.nanoTime();
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        enter(Phase.IDLE);
        schedule(context, Math.min(idleNanos, requestNanos));
        context.fireChannelActive();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (phase == Phase.IDLE) {
            enter(Phase.REQUEST_COMES);
        }
        context.fireChannelRead(message);
    }

    private void schedule(ChannelHandlerContext context, long nanos) {
        timer = context.executor().schedule(() -> check(context), nanos, TimeUnit.NANOSECONDS);
    }

    private void check(ChannelHandlerContext context) {
        long left = limit() - (clock.nanoTime() - since);
        if (left > 0) {
            // Phases are shorter than their limits, mostly: whoever is in one now is asked again when it may be over.
            schedule(context, Math.min(left, requestNanos));
            return;
        }
        if (phase == Phase.REQUEST_COMES) {
            onSlowRequest.run();
        }
        context.close();
    }

    private long limit() {
        return switch (phase) {
            case IDLE -> idleNanos;
            case REQUEST_COMES, ANSWER_GOES -> requestNanos;
            case BEING_ANSWERED -> Long.MAX_VALUE / 2;
        };
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (timer != null) {
            timer.cancel(false);
        }
        context.fireChannelInactive();
    }
}

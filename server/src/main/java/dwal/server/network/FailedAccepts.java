package dwal.server.network;

import dwal.environment.Clock;
import dwal.environment.LogLimit;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands before those who accept. Where the system gives no connection, mostly since the process has as many files open as it may,
 * says so now and then with what to do about it, and tries again after a while. On one listening socket; owned by its loop.
 */
public final class FailedAccepts extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger("dwal.refused");
    private static final long PAUSE_MS = 1_000;

    private final LogLimit limit;

    /** For one listening socket that is not bound yet. */
    public FailedAccepts() {
        this(Clock.system());
    }

    FailedAccepts(Clock clock) {
        this.limit = LogLimit.lineAMinute(clock);
    }

    /** Ends here: Netty's own acceptor would do the same, and pass it on to nobody, with a warning each time. */
    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // the loop runs it, unless it is stopped, and then nobody accepts
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        Channel listening = context.channel();
        String unsaid = limit.admit();
        if (unsaid != null) {
            LOG.warn(
                    "No connection can be accepted at {} now, and clients wait: {}. If too many files are open, raise what the"
                            + " process may have open (ulimit -n, LimitNOFILE), or set max.connections and"
                            + " dwal.gateway.max.connections to fewer than that{}",
                    listening.localAddress(),
                    cause.toString(),
                    unsaid);
        }
        if (listening.config().isAutoRead()) {
            listening.config().setAutoRead(false);
            context.executor().schedule(() -> listening.config().setAutoRead(true), PAUSE_MS, TimeUnit.MILLISECONDS);
        }
    }
}

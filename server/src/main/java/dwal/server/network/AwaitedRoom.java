package dwal.server.network;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A request that has had its turn on its connection and waits, undecoded, until there is room for its objects. Owned by the
 * connection's network loop.
 *
 * @param sinceNanos when it had its turn
 */
record AwaitedRoom(PendingRequest asked, long sinceNanos) {
    private static final Logger log = LoggerFactory.getLogger(AwaitedRoom.class);
    /** Clients have given up by then, and those who hold the room may hold it for long: groups wait for their members. */
    private static final long MOST_SECONDS = 30;

    AwaitedRoom(PendingRequest asked) {
        this(asked, asked.begunNanos);
    }

    /** Runs {@code retry} once on {@code loop}, when it is its turn to be decoded again. */
    void await(Executor loop, Runnable retry) {
        asked.awaitRoom(() -> schedule(loop, retry));
    }

    /** Any thread. */
    private static void schedule(Executor loop, Runnable retry) {
        try {
            loop.execute(retry);
        } catch (RejectedExecutionException e) {
            log.debug("There was room for a request after its network loop had ended", e);
        }
    }

    /** Why the connection should be closed now, or null. */
    @Nullable
    String reasonToClose(long nowNanos) {
        return nowNanos - sinceNanos < TimeUnit.SECONDS.toNanos(MOST_SECONDS)
                ? null
                : "its request of " + asked.frameBytes
                        + " bytes has many fields, or large ones, and other requests take all that"
                        + " there is of the heap for such ones, for " + MOST_SECONDS
                        + " s now: raise -Xmx in DWAL_JVM_OPTS";
    }
}

package dwal.server.network;

import dwal.protocol.LoopTask;
import dwal.protocol.RequestObjects;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A request that has had its turn on its connection and waits, undecoded, until there is room for its objects. Owned by the
 * connection's network loop.
 *
 * @param sinceNanos when it had its turn
 */
record AwaitedRoom(PendingRequest asked, long sinceNanos) {
    AwaitedRoom(PendingRequest asked) {
        this(asked, asked.begunNanos);
    }

    /** Runs {@code retry} once on {@code loop}, when it is its turn to be decoded again. */
    void await(Executor loop, Runnable retry) {
        asked.objects().await(new LoopTask(loop, retry));
    }

    /** Why the connection should be closed now, or null. */
    @Nullable
    String reasonToClose(long nowNanos) {
        return nowNanos - sinceNanos < TimeUnit.SECONDS.toNanos(RequestObjects.MOST_WAIT_SECONDS)
                ? null
                : "its request of " + asked.frameBytes
                        + " bytes has many fields, or large ones, and other requests take all that"
                        + " there is of the heap for such ones, for " + RequestObjects.MOST_WAIT_SECONDS
                        + " s now: raise -Xmx in DWAL_JVM_OPTS";
    }
}

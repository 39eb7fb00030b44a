package dwal.server.network;

import dwal.protocol.RequestObjects;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A request that has had its turn on its connection and waits until there is room for its objects. Owned by the connection's network
 * loop.
 *
 * @param share what it is to hold
 * @param arrivedNanos when its last byte had come
 * @param sinceNanos when it had its turn
 * @param before for whose answer it had waited until then
 */
record AwaitedRoom(
        ByteBuf frame,
        RequestObjects.Share share,
        long arrivedNanos,
        long sinceNanos,
        @Nullable PendingRequest before) {
    /** Clients have given up by then, and those who hold the room may hold it for long: groups wait for their members. */
    private static final long MOST_SECONDS = 30;

    /** Why the connection should be closed now, or null. */
    @Nullable
    String reasonToClose(long nowNanos) {
        return nowNanos - sinceNanos < TimeUnit.SECONDS.toNanos(MOST_SECONDS)
                ? null
                : "its request of " + frame.readableBytes()
                        + " bytes has many fields, or large ones, and other requests take all that"
                        + " there is of the heap for such ones, for " + MOST_SECONDS
                        + " s now: raise -Xmx in DWAL_JVM_OPTS";
    }

    /** The connection is closed. */
    void release() {
        frame.release();
        share.release();
    }
}

package dwal.server.network;

import dwal.protocol.FrameDecoder;
import dwal.protocol.FrameDecoder.Pause;
import dwal.protocol.RequestMemory;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Notices, by looking every now and then, that a connection is idle or that its request comes too slowly.
 *
 * <p>Owned by the connection's network loop.
 */
final class Idleness {
    /** How long a request may take to arrive when memory for requests is short, if it comes slower than this. */
    private static final long SHORT_MEMORY_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final long SLOW_BYTES_PER_SECOND = 16 * 1024;

    /** How long nothing may come of a large request that has begun, while others wait for memory. */
    private static final long STALLED_NANOS = TimeUnit.SECONDS.toNanos(3);

    private final long maxIdleMs;
    private final long maxIdleNanos;
    private long framesSeen;
    private int untakenSeen;
    private int unfinishedSeen;
    private long quietSince;
    /** When the unfinished request was first seen, or no request was unfinished. */
    private long unfinishedSince;
    /** When something had last come of it, or nothing was read. */
    private long progressSince;

    Idleness(long maxIdleMs, long nowNanos) {
        this.maxIdleMs = maxIdleMs;
        this.maxIdleNanos = maxIdleMs < 0 ? Long.MAX_VALUE : TimeUnit.MILLISECONDS.toNanos(maxIdleMs);
        this.quietSince = nowNanos;
        this.unfinishedSince = nowNanos;
        this.progressSince = nowNanos;
    }

    /** How often to look. */
    static long periodMs(long maxIdleMs) {
        return maxIdleMs < 0 ? 1000 : Math.max(10, Math.min(1000, maxIdleMs / 4));
    }

    /**
     * Why the connection should be closed now, or null.
     *
     * @param beingHandled whether a request waits for its handler, which may take its time
     * @param untaken answers that are on their way to the client
     */
    @Nullable
    String reasonToClose(long nowNanos, boolean memoryIsShort, FrameDecoder frames, boolean beingHandled, int untaken) {
        String stalled = reasonIfStalled(nowNanos, memoryIsShort, frames);
        if (stalled != null) {
            return stalled;
        }
        boolean moved = frames.frames() != framesSeen || untaken != untakenSeen;
        framesSeen = frames.frames();
        untakenSeen = untaken;
        if (moved || beingHandled || frames.isPaused(Pause.MEMORY)) {
            quietSince = nowNanos;
            unfinishedSince = nowNanos;
            return null;
        }
        int unfinished = frames.unfinishedBytes();
        if (unfinished == 0 || frames.isPaused(Pause.THROTTLE)) {
            unfinishedSince = nowNanos;
        }
        if (nowNanos - quietSince >= maxIdleNanos) {
            return whatItDidNot(unfinished, untaken) + " connections.max.idle.ms=" + maxIdleMs;
        }
        long unfinishedNanos = nowNanos - unfinishedSince;
        if (memoryIsShort && unfinishedNanos >= SHORT_MEMORY_NANOS && isSlow(unfinished, unfinishedNanos)) {
            return "memory for requests is short and its request comes too slowly: " + unfinished + " bytes in "
                    + TimeUnit.NANOSECONDS.toSeconds(unfinishedNanos) + " s";
        }
        return null;
    }

    private @Nullable String reasonIfStalled(long nowNanos, boolean memoryIsShort, FrameDecoder frames) {
        int unfinished = frames.unfinishedBytes();
        if (unfinished != unfinishedSeen || unfinished <= RequestMemory.SMALL_BYTES || frames.isPaused()) {
            progressSince = nowNanos;
        }
        unfinishedSeen = unfinished;
        return memoryIsShort && nowNanos - progressSince >= STALLED_NANOS
                ? "memory for requests is short and nothing more of its request came for "
                        + TimeUnit.NANOSECONDS.toSeconds(nowNanos - progressSince) + " s, after " + unfinished
                        + " bytes"
                : null;
    }

    private static String whatItDidNot(int unfinished, int untaken) {
        if (untaken > 0) {
            return "it took none of its answers for";
        }
        return unfinished == 0 ? "it was idle for" : "only " + unfinished + " bytes of its request arrived in";
    }

    private static boolean isSlow(int bytes, long nanos) {
        return bytes / SLOW_BYTES_PER_SECOND < TimeUnit.NANOSECONDS.toSeconds(nanos);
    }
}

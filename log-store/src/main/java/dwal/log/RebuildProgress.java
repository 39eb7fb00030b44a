package dwal.log;

import dwal.environment.Clock;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Tells how far the logs have been read whose index was lost: a line now and then while much is read, and one at the end if
 * there was any. Any thread.
 */
final class RebuildProgress {
    private static final long TELL_NANOS = 5_000_000_000L;
    private static final long TELL_BYTES = 64L << 20;

    private final Clock clock;
    private final Consumer<String> tell;
    private final AtomicInteger logs = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();
    private volatile int allLogs;
    private volatile long allBytes;
    private volatile long beganNanos;
    private volatile long toldNanos;
    private volatile long toldBytes;
    private volatile boolean told;

    RebuildProgress(Clock clock, Consumer<String> tell) {
        this.clock = clock;
        this.tell = tell;
    }

    /** From now on {@code logs} logs of {@code bytes} bytes together are read, each when somebody needs it. */
    void begin(int logs, long bytes) {
        beganNanos = clock.nanoTime();
        toldNanos = beganNanos;
        allBytes = bytes;
        allLogs = logs;
    }

    boolean hasBegun() {
        return allLogs > 0;
    }

    /** So many bytes more of some log have been read. */
    void read(long more) {
        long now = bytes.addAndGet(more);
        if (allLogs > 0 && now - toldBytes >= TELL_BYTES && clock.nanoTime() - toldNanos >= TELL_NANOS) {
            tellNow(now);
        }
    }

    private synchronized void tellNow(long now) {
        long nanos = clock.nanoTime();
        if (nanos - toldNanos >= TELL_NANOS) {
            toldNanos = nanos;
            toldBytes = now;
            told = true;
            tell.accept("Building the index: " + logs + " of " + allLogs + " logs, " + mib(now) + " of " + mib(allBytes)
                    + " MiB");
        }
    }

    /** One of the logs has been read whole. */
    void done() {
        if (logs.incrementAndGet() == allLogs && told) {
            tell.accept("The index has been built anew: " + allLogs + " logs, " + mib(bytes.get()) + " MiB in "
                    + (clock.nanoTime() - beganNanos) / 1_000_000_000L + " s");
        }
    }

    private static long mib(long bytes) {
        return bytes >> 20;
    }
}

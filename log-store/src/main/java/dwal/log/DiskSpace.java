package dwal.log;

import dwal.environment.Clock;
import dwal.environment.Disk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Knows whether the disk has room above its reserve, without asking the system at each append: it asks again when a part
 * of what was free has been written, or after a time. Any thread.
 */
final class DiskSpace {
    private static final long ASK_AGAIN_NANOS = 1_000_000_000L;
    private static final long ASK_AGAIN_BYTES = 64L << 20;

    private final Disk disk;
    private final Path directory;
    private final Clock clock;
    private final long reserveBytes;
    /** May still be written before asking again; negative: no room when last asked. */
    private final AtomicLong allowance = new AtomicLong();

    private volatile long askedNanos;
    private volatile boolean refused;

    DiskSpace(Disk disk, Path directory, Clock clock, long reserveBytes) {
        this.disk = disk;
        this.directory = directory;
        this.clock = clock;
        this.reserveBytes = reserveBytes;
        this.askedNanos = clock.nanoTime() - ASK_AGAIN_NANOS;
    }

    /** Whether {@code bytes} more may be written; counts them as written. */
    boolean take(int bytes) {
        if (reserveBytes <= 0) {
            return true;
        }
        if (allowance.addAndGet(-bytes) >= 0) {
            return true;
        }
        // Without room, one who asks in vain must not make each append behind it ask as well.
        long now = clock.nanoTime();
        if (refused && now - askedNanos < ASK_AGAIN_NANOS / 10) {
            return false;
        }
        return ask(bytes, now);
    }

    private synchronized boolean ask(int bytes, long now) {
        askedNanos = now;
        try {
            long room = disk.usableBytes(directory) - reserveBytes;
            refused = room < bytes;
            allowance.set(refused ? -1 : Math.min(room - bytes, ASK_AGAIN_BYTES));
            return !refused;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What to tell those who are refused. */
    String refusal() {
        return "The disk of " + directory + " has less than dwal.disk.reserve (" + reserveBytes
                + " bytes) free: make room; writes are then taken again by themselves";
    }
}

package dwal.log;

import dwal.environment.Clock;
import dwal.environment.Disk;
import dwal.environment.LogLimit;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Knows whether the disk has room above its reserve, without asking the system at each append: it asks again when what was
 * free, or a part of it, has been written, and after a second, since others write to the disk, too. Where nobody can say how much
 * there is, there is room: if not, the write tells. Any thread.
 */
final class DiskSpace {
    private static final long ASK_AGAIN_NANOS = 1_000_000_000L;
    private static final long ASK_AGAIN_BYTES = 64L << 20;
    /** A file system that has less free than that besides what is to be written may not have it for a file's data. */
    private static final long SCARCE_BYTES = 1L << 20;

    private final Disk disk;
    private final Path directory;
    private final Clock clock;
    private final long reserveBytes;
    private final LogLimit limit;
    private final LogLimit unknownLimit;
    private final Consumer<String> told;
    /** May still be written before asking again; negative: no room when last asked. */
    private final AtomicLong allowance = new AtomicLong();

    private volatile long askedNanos;
    private volatile boolean refused;
    /** Of the last write that failed for lack of room, where there is no reserve that keeps others from being tried; 0 if none has. */
    private volatile long lackedBytes;
    /** Whether the last line said that appends are refused. */
    private boolean toldRefused;

    /** @param told gets a line when refusals begin, when they end, and when the disk cannot be asked */
    DiskSpace(Disk disk, Path directory, Clock clock, long reserveBytes, Consumer<String> told) {
        this.disk = disk;
        this.directory = directory;
        this.clock = clock;
        this.reserveBytes = reserveBytes;
        this.limit = new LogLimit(clock);
        this.unknownLimit = LogLimit.lineAMinute(clock);
        this.told = told;
        this.askedNanos = clock.nanoTime() - ASK_AGAIN_NANOS;
    }

    /** Whether {@code bytes} more may be written; counts them as written. */
    boolean take(int bytes) {
        if (reserveBytes <= 0) {
            return true;
        }
        long now = clock.nanoTime();
        long age = now - askedNanos;
        if (allowance.addAndGet(-bytes) >= 0 && age < ASK_AGAIN_NANOS) {
            return true;
        }
        // Without room, one who asks in vain must not make each append behind it ask as well.
        if (refused && age < ASK_AGAIN_NANOS / 10) {
            return false;
        }
        return ask(bytes, now);
    }

    private synchronized boolean ask(int bytes, long now) {
        askedNanos = now;
        long room = room();
        refused = room < bytes;
        allowance.set(refused ? -1 : Math.min(room - bytes, ASK_AGAIN_BYTES));
        tell();
        return !refused;
    }

    private long room() {
        try {
            return disk.usableBytes(directory) - reserveBytes;
        } catch (IOException e) {
            tellUnknown(e);
            return ASK_AGAIN_BYTES;
        }
    }

    private void tellUnknown(IOException e) {
        String unsaid = unknownLimit.admit();
        if (unsaid != null) {
            told.accept("Records are taken without knowing whether the disk of " + directory
                    + " has room above dwal.disk.reserve, which cannot be asked now: " + e + unsaid);
        }
    }

    private void tell() {
        if (refused == toldRefused) {
            return;
        }
        // On a disk that is about at its reserve both come and go.
        String unsaid = limit.admit();
        if (unsaid != null) {
            toldRefused = refused;
            told.accept((refused
                            ? "Records are refused. " + refusal()
                            : "Records are taken again: the disk of " + directory + " has room above its reserve")
                    + unsaid);
        }
    }

    /** A write of {@code bytes} failed, for lack of room or for something else. */
    void failed(int bytes) {
        if (usableOrAll() < bytes + SCARCE_BYTES) {
            lackedBytes = bytes;
        }
    }

    private long usableOrAll() {
        try {
            return disk.usableBytes(directory);
        } catch (IOException e) {
            return Long.MAX_VALUE; // what is written next tells of trouble
        }
    }

    /** What to tell those who are refused. */
    String refusal() {
        return "The disk of " + directory + " has less than dwal.disk.reserve (" + reserveBytes
                + " bytes) free: make room; writes are then taken again by themselves";
    }

    /** Why appends are refused or fail, if they did when last tried and there is no room now; null if they do not. Asks the system then. */
    @Nullable
    String whyRefused() {
        if (refused && room() <= 0) {
            return refusal();
        }
        long lacked = lackedBytes;
        if (lacked > 0 && usableOrAll() < lacked + SCARCE_BYTES) {
            return "The disk of " + directory
                    + " is full, a write to it has failed: make room; writes are then taken again" + " by themselves";
        }
        return null;
    }
}

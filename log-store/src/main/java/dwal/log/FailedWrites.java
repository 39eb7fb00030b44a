package dwal.log;

import dwal.environment.Clock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of writes that failed and were undone, as all do while a disk is full: a line now and then for all logs of a disk, however
 * many clients try. Any thread.
 */
final class FailedWrites {
    static final long PERIOD_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final Logger log = LoggerFactory.getLogger(FailedWrites.class);

    private final Clock clock;
    private boolean told;
    private long toldNanos;
    private long untold;

    FailedWrites(Clock clock) {
        this.clock = clock;
    }

    /** A write to the log in {@code directory} failed, and nothing was appended. */
    void note(Path directory, IOException failure) {
        String line = line(directory, failure);
        if (line != null) {
            log.warn(line);
        }
    }

    /** What was written to the log in {@code directory} could not be synced yet, but will be. */
    void noteUnsynced(Path directory, IOException failure) {
        String before = before();
        if (before != null) {
            log.warn(
                    "Syncing {} must wait{}, nothing is lost and it is tried again: {}",
                    directory,
                    before,
                    failure.toString());
        }
    }

    /** What to tell of it; null if there was a line lately. */
    @Nullable
    String line(Path directory, IOException failure) {
        String before = before();
        return before == null
                ? null
                : "Writing to " + directory + " failed" + before + ", nothing was appended: " + failure;
    }

    /** What there was since the last line; null if that was lately. */
    private synchronized @Nullable String before() {
        long now = clock.nanoTime();
        if (told && now - toldNanos < PERIOD_NANOS) {
            untold++;
            return null;
        }
        String before = untold == 0 ? "" : " (as did " + untold + " others since the last line like this)";
        told = true;
        toldNanos = now;
        untold = 0;
        return before;
    }
}

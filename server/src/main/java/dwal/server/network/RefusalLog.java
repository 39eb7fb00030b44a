package dwal.server.network;

import dwal.environment.Clock;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells, for people, why connections are closed on clients: a few lines for each kind in any while, however many clients
 * misbehave. Any thread.
 */
final class RefusalLog {
    private static final Logger log = LoggerFactory.getLogger("dwal.refused");
    private static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final int LINES_PER_PERIOD = 5;

    private final Clock clock;
    private long periodBegan;
    private int lines;
    private long unsaid;
    private final LongAdder refusals = new LongAdder();

    RefusalLog(Clock clock) {
        this.clock = clock;
        this.periodBegan = clock.nanoTime();
    }

    /** One line, unless there were many lately: {@code who} was refused for {@code reason}. */
    void refused(String who, String reason) {
        refusals.increment();
        String unsaidNote = admit();
        if (unsaidNote != null) {
            log.warn("Closed the connection of {}: {}{}", who, reason, unsaidNote);
        }
    }

    /** How often somebody was refused. */
    long refusals() {
        return refusals.sum();
    }

    /** Null if nothing may be said now, else what to add about lines left out before. */
    private synchronized @Nullable String admit() {
        long now = clock.nanoTime();
        if (now - periodBegan >= PERIOD_NANOS) {
            periodBegan = now;
            lines = 0;
        }
        if (lines >= LINES_PER_PERIOD) {
            unsaid++;
            return null;
        }
        lines++;
        String note = unsaid == 0 ? "" : " (" + unsaid + " more refusals were not logged)";
        unsaid = 0;
        return note;
    }
}

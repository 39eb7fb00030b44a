package dwal.environment;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Admits a few log lines of one kind in any while, however often there would be something to say. Any thread. */
public final class LogLimit {
    private static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final int LINES_PER_PERIOD = 5;

    private final Clock clock;
    private final int linesPerPeriod;
    private final long periodNanos;
    private long periodBegan;
    private int lines;
    private long unsaid;

    /** One for lines about refusals that has admitted nothing yet. */
    public LogLimit(Clock clock) {
        this(clock, LINES_PER_PERIOD, PERIOD_NANOS);
    }

    private LogLimit(Clock clock, int linesPerPeriod, long periodNanos) {
        this.clock = clock;
        this.linesPerPeriod = linesPerPeriod;
        this.periodNanos = periodNanos;
        this.periodBegan = clock.nanoTime();
    }

    /** One that admits a line a minute: for what goes on until somebody has done something about it. */
    public static LogLimit lineAMinute(Clock clock) {
        return new LogLimit(clock, 1, TimeUnit.MINUTES.toNanos(1));
    }

    /** Null if nothing may be said now, else what to add about what was left out before. */
    public synchronized @Nullable String admit() {
        long now = clock.nanoTime();
        if (now - periodBegan >= periodNanos) {
            periodBegan = now;
            lines = 0;
        }
        if (lines >= linesPerPeriod) {
            unsaid++;
            return null;
        }
        lines++;
        String note = unsaid == 0 ? "" : " (" + unsaid + " more were not logged)";
        unsaid = 0;
        return note;
    }
}

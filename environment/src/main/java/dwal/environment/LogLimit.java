package dwal.environment;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Admits a few log lines of one kind in any while, however often there would be something to say. Any thread. */
public final class LogLimit {
    private static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final int LINES_PER_PERIOD = 5;

    private final Clock clock;
    private final String things;
    private long periodBegan;
    private int lines;
    private long unsaid;

    /** One for lines about refusals that has admitted nothing yet. */
    public LogLimit(Clock clock) {
        this(clock, "refusals");
    }

    /** The same for lines about {@code things}, a plural. */
    public LogLimit(Clock clock, String things) {
        this.clock = clock;
        this.things = things;
        this.periodBegan = clock.nanoTime();
    }

    /** Null if nothing may be said now, else what to add about what was left out before. */
    public synchronized @Nullable String admit() {
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
        String note = unsaid == 0 ? "" : " (" + unsaid + " more " + things + " were not logged)";
        unsaid = 0;
        return note;
    }
}

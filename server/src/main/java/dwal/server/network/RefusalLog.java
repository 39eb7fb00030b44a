package dwal.server.network;

import dwal.environment.Clock;
import dwal.environment.LogLimit;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells, for people, why connections are closed on clients: a few lines for each kind in any while, however many clients
 * misbehave. Any thread.
 */
final class RefusalLog {
    private static final Logger log = LoggerFactory.getLogger("dwal.refused");

    private final LogLimit limit;
    private final LongAdder refusals = new LongAdder();

    RefusalLog(Clock clock) {
        this.limit = new LogLimit(clock);
    }

    /** One line, unless there were many lately: {@code who} was refused for {@code reason}. */
    void refused(String who, String reason) {
        refusals.increment();
        String unsaidNote = limit.admit();
        if (unsaidNote != null) {
            log.warn("Closed the connection of {}: {}{}", who, reason, unsaidNote);
        }
    }

    /** How often somebody was refused. */
    long refusals() {
        return refusals.sum();
    }
}

package dwal.server.network;

import dwal.environment.Clock;
import dwal.environment.LogLimit;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells, for people, why connections are closed on clients: a few lines for each kind in any while, however many clients
 * misbehave. Any thread.
 */
final class RefusalLog {
    private static final Logger log = LoggerFactory.getLogger("dwal.refused");

    private static final Pattern DIGITS = Pattern.compile("\\d+");
    /** How reasons of one kind begin, but for numbers. */
    private static final int KIND_CHARACTERS = 20;
    /** More kinds share one limit: some reasons begin with what a client has said. */
    private static final int MOST_KINDS = 64;

    private static final String OTHER_KINDS = "";

    private final Clock clock;
    private final Map<String, LogLimit> limits = new ConcurrentHashMap<>();
    private final LongAdder refusals = new LongAdder();

    RefusalLog(Clock clock) {
        this.clock = clock;
    }

    /** One line, unless there were many of its kind lately: {@code who} was refused for {@code reason}. */
    void refused(String who, String reason) {
        refusals.increment();
        String kind = kind(reason);
        String counted = limits.containsKey(kind) || limits.size() < MOST_KINDS ? kind : OTHER_KINDS;
        String unsaidNote =
                limits.computeIfAbsent(counted, any -> new LogLimit(clock)).admit();
        if (unsaidNote != null) {
            log.warn("Closed the connection of {}: {}{}", who, reason, unsaidNote);
        }
    }

    private static String kind(String reason) {
        String numberless = DIGITS.matcher(reason).replaceAll("");
        return numberless.substring(0, Math.min(numberless.length(), KIND_CHARACTERS));
    }

    /** How often somebody was refused. */
    long refusals() {
        return refusals.sum();
    }
}

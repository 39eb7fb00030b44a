package dwal.server.quota;

import dwal.environment.Clock;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.common.utils.Time;

/**
 * Our clock as Kafka's quotas take it. Its milliseconds are monotonic ones, lest a wall clock that is set lets clients wait, or
 * lets them pass. Any thread.
 */
final class QuotaTime implements Time {
    /** A bucket of tokens counts as filled since time 0: long enough to be full when it is first looked at. */
    private static final long BEGINNING_MS = TimeUnit.DAYS.toMillis(1);

    private final Clock clock;
    private final long originNanos;

    QuotaTime(Clock clock) {
        this.clock = clock;
        this.originNanos = clock.nanoTime();
    }

    @Override
    public long milliseconds() {
        return BEGINNING_MS + TimeUnit.NANOSECONDS.toMillis(nanoseconds());
    }

    @Override
    public long nanoseconds() {
        return clock.nanoTime() - originNanos;
    }

    @Override
    public void sleep(long ms) {
        throw new AssertionError("quotas do not sleep");
    }

    @Override
    public void waitObject(Object object, Supplier<Boolean> condition, long deadlineMs) {
        throw new AssertionError("quotas do not wait for objects");
    }
}

package dwal.replication;

import dwal.environment.Clock;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.metrics.MetricConfig;
import org.apache.kafka.common.metrics.stats.SimpleRate;

/**
 * How many bytes per second may be replicated of those partitions that are throttled, on one side of the line: a sliding
 * rate, as Kafka measures it. Any thread; asked only for throttled partitions.
 */
public final class ReplicationQuota {
    /** No bound. */
    public static final long UNLIMITED = Long.MAX_VALUE;

    private final Clock clock;
    private final MetricConfig windows;
    private final SimpleRate rate = new SimpleRate();
    private volatile long bytesPerSecond = UNLIMITED;

    /** Measured over {@code number} windows of {@code seconds} each. */
    public ReplicationQuota(Clock clock, int number, int seconds) {
        this.clock = clock;
        this.windows = new MetricConfig().samples(number).timeWindow(seconds, TimeUnit.SECONDS);
    }

    /** Takes a new bound; {@link #UNLIMITED} lifts it. */
    public void limit(long newBytesPerSecond) {
        bytesPerSecond = newBytesPerSecond;
    }

    /** Counts bytes of a throttled partition. */
    void record(long bytes) {
        synchronized (rate) {
            rate.record(windows, (double) bytes, clock.wallMs());
        }
    }

    /** Whether more than the bound has been counted lately. */
    boolean isExceeded() {
        long bound = bytesPerSecond;
        if (bound == UNLIMITED) {
            return false;
        }
        synchronized (rate) {
            return rate.measure(windows, clock.wallMs()) > (double) bound;
        }
    }
}

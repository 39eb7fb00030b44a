package dwal.environment;

import java.util.concurrent.atomic.LongAdder;

/**
 * How many durations fell between which bounds. Any thread; to record one costs two uncontended additions, and nothing happens
 * between.
 */
public final class DurationHistogram {
    /** Upper bounds in nanoseconds, inclusive; longer ones are in a last bucket without a bound. */
    private static final long[] BOUNDS = {
        50_000,
        100_000,
        250_000,
        500_000,
        1_000_000,
        2_500_000,
        5_000_000,
        10_000_000,
        25_000_000,
        50_000_000,
        100_000_000,
        250_000_000,
        500_000_000,
        1_000_000_000,
        2_500_000_000L,
        5_000_000_000L,
        10_000_000_000L,
        30_000_000_000L
    };

    private final LongAdder[] buckets = new LongAdder[BOUNDS.length + 1];
    private final LongAdder sumNanos = new LongAdder();

    /** One that has counted nothing. */
    public DurationHistogram() {
        for (int i = 0; i < buckets.length; i++) {
            buckets[i] = new LongAdder();
        }
    }

    /** Counts a duration of {@code nanos}; one below 0 counts as 0. */
    public void record(long nanos) {
        long counted = Math.max(nanos, 0);
        int at = 0;
        while (at < BOUNDS.length && counted > BOUNDS[at]) {
            at++;
        }
        buckets[at].increment();
        sumNanos.add(counted);
    }

    /** Upper bounds of the buckets in seconds; the last one is infinite. */
    public static double[] boundsInSeconds() {
        double[] seconds = new double[BOUNDS.length + 1];
        for (int i = 0; i < BOUNDS.length; i++) {
            seconds[i] = BOUNDS[i] / 1e9;
        }
        seconds[BOUNDS.length] = Double.POSITIVE_INFINITY;
        return seconds;
    }

    /** How many there are in each bucket. */
    public long[] counts() {
        long[] counts = new long[buckets.length];
        for (int i = 0; i < counts.length; i++) {
            counts[i] = buckets[i].sum();
        }
        return counts;
    }

    /** How many were counted. */
    public long count() {
        long count = 0;
        for (LongAdder bucket : buckets) {
            count += bucket.sum();
        }
        return count;
    }

    /** All durations together. */
    public double sumSeconds() {
        return sumNanos.sum() / 1e9;
    }
}

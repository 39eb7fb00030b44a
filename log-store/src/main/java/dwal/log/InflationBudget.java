package dwal.log;

/**
 * How much a thread that must not be held up may still inflate for one request. What goes over it is looked at by another
 * thread: nothing in a batch tells beforehand how large it is when inflated, and a hundred kilobytes may be a hundred megabytes.
 *
 * <p>Owned by the thread that looks at the request.
 */
public final class InflationBudget {
    /** As many bytes as lz4 may inflate to, in some two milliseconds: more than a request of usual size inflates to. */
    private static final long REQUEST_BYTES = 8 << 20;

    /** Times that of lz4 that a codec takes to inflate a byte, by its number; {@code InflationBenchmark.walk} measures it. */
    private static final long[] WEIGHTS = {1, 8, 3, 1, 2};

    /**
     * Batches from a producer seldom shrink to less than a tenth. Many small ones that came with one read from a socket, and that
     * were made to inflate without measure, so cannot take as long as one large one.
     */
    private static final long RATIO = 32;

    private static final long SMALLEST_ALLOWANCE = 16 * 1024;

    private long left;

    private InflationBudget(long left) {
        this.left = left;
    }

    /** For a request that is looked at on a network loop. */
    public static InflationBudget ofRequest() {
        return new InflationBudget(REQUEST_BYTES);
    }

    /** For a thread that nobody waits for but who asked. */
    public static InflationBudget unlimited() {
        return new InflationBudget(Long.MAX_VALUE);
    }

    /** How many bytes a batch of {@code size} bytes, compressed by the codec of that number, may inflate to here. */
    long allowance(int size, int codec) {
        return left == Long.MAX_VALUE ? left : Math.min(left / WEIGHTS[codec], SMALLEST_ALLOWANCE + RATIO * size);
    }

    /** So much was inflated, by the codec of that number. */
    void inflated(long bytes, int codec) {
        if (left != Long.MAX_VALUE) {
            left -= WEIGHTS[codec] * bytes;
        }
    }

    /**
     * Whether records may be compressed anew here: not where a thread must not be held up. That takes 5 to 20 times what inflating
     * them does, and far more with a codec set to its higher levels.
     */
    boolean mayCompress() {
        return left == Long.MAX_VALUE;
    }
}

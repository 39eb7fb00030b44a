package dwal.log;

/**
 * How much a thread that must not be held up may still inflate for one request. What goes over it is looked at by another
 * thread: nothing in a batch tells beforehand how large it is when inflated, and a hundred kilobytes may be a hundred megabytes.
 *
 * <p>Owned by the thread that looks at the request.
 */
public final class InflationBudget {
    /** More than a request of usual size inflates to, and some milliseconds of work. */
    private static final long REQUEST_BYTES = 4 << 20;

    /**
     * Batches from a producer seldom shrink to less than a tenth. Many small ones that came with one read from a socket, and that
     * were made to inflate without measure, so cannot take as long as one large one.
     */
    private static final long RATIO = 32;

    private static final long SMALLEST_ALLOWANCE = 16 * 1024;

    /** To compress anew what was inflated counts so many times as much: a guess at the slower codecs. */
    private static final long RECOMPRESSION = 16;

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

    /** How many bytes a compressed batch of {@code size} bytes may inflate to here. */
    long allowance(int size) {
        return left == Long.MAX_VALUE ? left : Math.min(left, SMALLEST_ALLOWANCE + RATIO * size);
    }

    /** So much was inflated. */
    void inflated(long bytes) {
        if (left != Long.MAX_VALUE) {
            left -= bytes;
        }
    }

    /** Whether {@code bytes} may be compressed here; then they are counted. */
    boolean mayCompress(long bytes) {
        if (left == Long.MAX_VALUE) {
            return true;
        }
        left -= RECOMPRESSION * bytes;
        return left >= 0;
    }
}

package dwal.benchmarks.load;

import java.util.concurrent.TimeUnit;

/** Notices that a reader gets nothing any more. One thread. */
final class StalledRead {
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(20);

    private long lastNewsNs = System.nanoTime();

    /** After each poll: how many records it gave, and how many there have been in all; throws after 20 s without any. */
    void polled(int records, long total) {
        long now = System.nanoTime();
        if (records > 0) {
            lastNewsNs = now;
        } else if (now - lastNewsNs > PATIENCE_NS) {
            throw new IllegalStateException("stuck at " + total);
        }
    }
}

package dwal.log;

import dwal.environment.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bounds how many segment files a node keeps open: when one more is opened, the one that was opened longest ago is let
 * go, and is closed once nobody uses it. Any thread.
 */
final class OpenFiles {
    private static final Logger log = LoggerFactory.getLogger(OpenFiles.class);

    private final Disk disk;
    private final int bound;
    private final Queue<SegmentFile> kept = new ConcurrentLinkedQueue<>();
    private final AtomicInteger keptCount = new AtomicInteger();

    OpenFiles(Disk disk, int bound) {
        this.disk = disk;
        this.bound = bound;
    }

    Disk disk() {
        return disk;
    }

    /** Takes over one reference to {@code file}, and lets go of the oldest if there are too many. */
    void opened(SegmentFile file) {
        kept.add(file);
        if (keptCount.incrementAndGet() > bound) {
            letGoOfOldest();
        }
    }

    /** Lets go of {@code file} now, because it is to be deleted or closed for good. */
    void letGo(SegmentFile file) {
        if (kept.remove(file)) {
            keptCount.decrementAndGet();
            file.release();
        }
    }

    private void letGoOfOldest() {
        SegmentFile oldest = kept.poll();
        if (oldest != null) {
            keptCount.decrementAndGet();
            oldest.release();
        }
    }

    void closeFailed(Path path, IOException e) {
        log.warn("Closing {} failed: {}", path, e.toString());
    }
}

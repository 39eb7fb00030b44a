package dwal.replication.metadata;

import dwal.replication.metadata.SyncedEndFile.SyncedEnd;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.server.util.Scheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the {@link SyncedEndFile}: writes it a minute after the log has grown, and when the log is closed. It never says more
 * than the log has: before the log is cut the file is removed. Any thread; writes on the scheduler's, and on that which closes.
 */
final class SyncedEndNote {
    private static final Logger LOG = LoggerFactory.getLogger(SyncedEndNote.class);
    private static final long WRITE_AFTER_MS = TimeUnit.MINUTES.toMillis(1);

    private final SyncedEndFile file;
    private final Scheduler scheduler;
    private final AtomicBoolean asked = new AtomicBoolean();
    private @Nullable SyncedEnd written;
    private @Nullable SyncedEnd synced;

    /** Reads what an earlier run has noted. */
    SyncedEndNote(SyncedEndFile file, Scheduler scheduler) throws IOException {
        this.file = file;
        this.scheduler = scheduler;
        this.written = file.read().orElse(null);
    }

    /** All before {@code offset} is synced; the batch before it is of {@code epoch}. Does not touch the disk. */
    void synced(long offset, int epoch) {
        synchronized (this) {
            synced = new SyncedEnd(offset, epoch);
        }
        if (asked.compareAndSet(false, true)) {
            var unused = scheduler.scheduleOnce(
                    "note of the end of the metadata log",
                    () -> {
                        asked.set(false);
                        write();
                    },
                    WRITE_AFTER_MS);
        }
    }

    /** Writes what is not written yet. Without, the file says less than it could. */
    synchronized void write() {
        SyncedEnd now = synced;
        if (now == null || now.equals(written)) {
            return;
        }
        try {
            file.write(now);
            written = now;
        } catch (IOException e) {
            LOG.debug("{} is not written now", file.path(), e);
        }
    }

    /**
     * The log is about to end at {@code offset}, or perhaps behind it.
     *
     * @throws UncheckedIOException if the file stays: then the log must, too
     */
    synchronized void willEndAt(long offset) {
        synced = null;
        SyncedEnd said = written;
        if (said != null && said.offset() > offset) {
            try {
                file.delete();
                written = null;
            } catch (IOException e) {
                throw new UncheckedIOException(file.path() + " cannot be removed before the log is cut", e);
            }
        }
    }
}

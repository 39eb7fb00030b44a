package dwal.log;

import dwal.environment.Clock;
import dwal.environment.Disk;
import dwal.environment.DiskFile;
import dwal.environment.NotOpenedException;
import dwal.environment.Timer;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Syncs one log: after each append, or by {@code flush.messages} and {@code flush.ms}. {@link #appended} and
 * {@link #rolled} belong to the partition's strand; syncs run on threads that may block, one at a time.
 */
final class LogSync {
    private static final long TRY_AGAIN_MS = 1_000;

    /** Told of what became of a sync, on the thread that did it. */
    interface Outcome {
        /** All below {@code offset} is synced. */
        void synced(long offset);

        /** It failed, so nobody knows what of the data is on the disk; there must be no other try. */
        void syncFailed(IOException failure);
    }

    private final LogStore store;
    private final Disk disk;
    private final Path directory;
    private final LogState state;
    private final Clock clock;
    private final Timer timer;
    private final StoreMetrics metrics;
    private final Outcome outcome;
    private final SyncRounds rounds;
    private final ConcurrentLinkedQueue<Segment> closedUnsynced = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean timerSet = new AtomicBoolean();

    private volatile boolean failed;
    private volatile long askedOffset;

    LogSync(LogStore store, Path directory, LogState state, Outcome outcome) {
        this.store = store;
        this.disk = store.disk();
        this.directory = directory;
        this.state = state;
        this.clock = store.clock();
        this.timer = store.timer();
        this.metrics = store.metrics();
        this.outcome = outcome;
        this.rounds = new SyncRounds(this::round, store.syncLanes());
    }

    /** Records below {@code end} have been written: has them synced when the settings say so. */
    void appended(LogSettings settings, long end) {
        if (settings.sync() == LogSettings.SyncPolicy.COMMIT || end - askedOffset >= settings.flushMessages()) {
            askedOffset = end;
            rounds.request();
        } else if (settings.flushMs() != Long.MAX_VALUE && timerSet.compareAndSet(false, true)) {
            timer.after(settings.flushMs(), () -> {
                timerSet.set(false);
                rounds.request();
            });
        }
    }

    /** No more will be written to {@code segment}, but it may not be synced yet. */
    void rolled(Segment segment) {
        closedUnsynced.add(segment);
    }

    /** Has all synced soon that is there now. */
    void request() {
        rounds.request();
    }

    private void round() {
        Place end = state.tail();
        if (end == null || failed || end.offset() <= state.syncedOffset()) {
            return;
        }
        try {
            through(end, end.offset() - 1);
            tell();
        } catch (NotOpenedException e) {
            store.failedWrites().noteUnsynced(directory, e);
            timer.after(TRY_AGAIN_MS, rounds::request);
        } catch (IOException e) {
            // Told already.
        }
    }

    /** Tells how far the log is synced. Never under a lock of the log: who hears it may do anything with the log. */
    void tell() {
        outcome.synced(state.syncedOffset());
    }

    /** What lay at or behind {@code end} is gone; under this object's monitor. */
    void truncated(long end) {
        askedOffset = Math.min(askedOffset, end);
    }

    /**
     * Syncs all below {@code end} now, and the batch at {@code lastOffset}, which lies there or is written, but not published, in
     * its segment; {@link #tell} tells of it. Blocks; any thread that may.
     */
    synchronized void through(Place end, long lastOffset) throws IOException {
        if (failed) {
            throw new IOException("an earlier sync of " + directory + " failed");
        }
        if (Math.max(end.offset() - 1, lastOffset) < state.syncedOffset()
                || end.segment().isRetired()) {
            return;
        }
        try {
            syncClosedBefore(end);
            sync(end.segment());
        } catch (NotOpenedException e) {
            // No sync was tried, so none has failed: what was written is in the page cache, and a later sync covers
            // it, through whatever handle it was written. If the system fails to write it out meanwhile, it tells that
            // to the first sync of the file after, also to one through a handle that was opened later.
            throw e;
        } catch (IOException e) {
            failed = true;
            outcome.syncFailed(e);
            throw e;
        }
        if (end.offset() > state.syncedOffset()) {
            state.setSyncedOffset(end.offset());
        }
    }

    /**
     * Only what lies below the end: else a log that rolls faster than this syncs would never let go. Those that were cut off lie
     * anywhere among the others, which go on from where the log was cut.
     */
    private void syncClosedBefore(Place end) throws IOException {
        for (Iterator<Segment> each = closedUnsynced.iterator(); each.hasNext(); ) {
            Segment one = each.next();
            if (one.isRetired()) {
                each.remove();
            } else if (one.baseOffset() < end.segment().baseOffset()) {
                sync(one);
                each.remove();
            }
        }
    }

    private void sync(Segment segment) throws IOException {
        DiskFile file;
        try {
            file = segment.file().acquire();
        } catch (NoSuchFileException e) {
            if (segment.isRetired()) {
                return; // it was deleted meanwhile, and no record of it counts any more
            }
            throw e;
        }
        long began = clock.nanoTime();
        try {
            file.sync();
            metrics.synced(clock.nanoTime() - began);
        } finally {
            segment.file().release();
        }
        if (!segment.directorySynced()) {
            disk.syncDirectory(directory);
            Path data = directory.getParent();
            if (data != null) {
                disk.syncDirectory(data);
            }
            segment.setDirectorySynced();
        }
    }
}

package dwal.replication.metadata;

import dwal.environment.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.raft.FileQuorumStateStore;
import org.apache.kafka.server.util.Scheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps room on the disk for the metadata log, which nobody else can take: a controller that cannot write it ends. Blocks are
 * reserved behind the end of the newest segment and for its indexes, which Kafka maps into memory: a write that finds no block
 * there is not even an I/O error. They stay reserved while the node is stopped; those behind an older segment go with it. And a
 * block each for the small files that are written at an election, beside what they then replace.
 *
 * <p>Looks when the node has started, and a little after the metadata have changed, so that a start does not wait and a quiet
 * node does nothing.
 * Any thread; works on the scheduler's.
 */
final class MetadataRoom {
    private static final Logger LOG = LoggerFactory.getLogger(MetadataRoom.class);
    private static final String SEGMENT = ".log";
    private static final long MOST_BYTES = 8L << 20;
    /** Of a small disk only this part. */
    private static final int PART = 64;

    /** Kafka adds an entry to an index for each so many bytes of the log at most; the larger index has entries of so many. */
    private static final int INDEX_INTERVAL_BYTES = 4096;

    private static final int INDEX_ENTRY_BYTES = 12;

    /** These are written anew, and then renamed. */
    private static final List<String> OF_ELECTIONS =
            List.of(FileQuorumStateStore.DEFAULT_FILE_NAME + ".tmp", "leader-epoch-checkpoint.tmp");

    private static final long BLOCK_BYTES = 4096;

    private static final long LOOK_AFTER_MS = TimeUnit.SECONDS.toMillis(5);
    private static final long TRY_AGAIN_MS = TimeUnit.MINUTES.toMillis(1);

    private final Disk disk;
    private final Path directory;
    private final Scheduler scheduler;
    private final AtomicBoolean asked = new AtomicBoolean();
    private @Nullable Path keptFor;
    private long keptUntil;

    /** @param directory the directory of the metadata log */
    MetadataRoom(Disk disk, Path directory, Scheduler scheduler) {
        this.disk = disk;
        this.directory = directory;
        this.scheduler = scheduler;
    }

    /**
     * For a start on a full disk, before the log is opened: its indexes have given their blocks back when it was closed. What is
     * behind the segment's end is there still.
     */
    void beforeStart() {
        try {
            Optional<Path> newest = newest();
            if (newest.isPresent() && disk.usableBytes(directory) < bytes()) {
                reserveIndexes(newest.get(), INDEX_INTERVAL_BYTES);
            }
        } catch (IOException e) {
            LOG.debug("No room is kept for the indexes of the metadata in {}", directory, e);
        }
    }

    /** Sees to it at once, on the scheduler's thread, that there is room. */
    void take() {
        var unused = scheduler.scheduleOnce("metadata room", this::keepOrTryAgain, 0);
    }

    /** Sees to it soon that there is room again, for the log may have grown. */
    void look() {
        lookAfter(LOOK_AFTER_MS);
    }

    private void lookAfter(long delayMs) {
        if (asked.compareAndSet(false, true)) {
            var unused = scheduler.scheduleOnce(
                    "metadata room",
                    () -> {
                        asked.set(false);
                        keepOrTryAgain();
                    },
                    delayMs);
        }
    }

    private void keepOrTryAgain() {
        if (!keep()) {
            lookAfter(TRY_AGAIN_MS);
        }
    }

    /** Whether there is room, or nothing to keep it for. */
    synchronized boolean keep() {
        try {
            Optional<Path> newest = newest();
            return newest.isEmpty() || (keepForElections() && keep(newest.get(), disk.size(newest.get())));
        } catch (IOException e) {
            LOG.debug("No room is kept for the metadata in {} now", directory, e);
            return false;
        }
    }

    private boolean keepForElections() throws IOException {
        for (String name : OF_ELECTIONS) {
            Path file = directory.resolve(name);
            disk.open(file).close();
            if (!disk.reserve(file, 0, BLOCK_BYTES)) {
                return false;
            }
        }
        return true;
    }

    private boolean keep(Path segment, long size) throws IOException {
        long bytes = bytes();
        if (segment.equals(keptFor) && keptUntil - size >= bytes - bytes / 4) {
            return true;
        }
        boolean kept = reserveIndexes(segment, size + bytes) && disk.reserve(segment, size, bytes);
        keptFor = kept ? segment : null;
        keptUntil = size + bytes;
        return kept;
    }

    /** Has indexes of a segment of {@code segmentBytes} find room. */
    private boolean reserveIndexes(Path segment, long segmentBytes) {
        long bytes = (segmentBytes / INDEX_INTERVAL_BYTES + 1) * INDEX_ENTRY_BYTES;
        String name = segment.getFileName().toString();
        String base = name.substring(0, name.length() - SEGMENT.length());
        return disk.reserve(segment.resolveSibling(base + ".index"), 0, bytes)
                && disk.reserve(segment.resolveSibling(base + ".timeindex"), 0, bytes);
    }

    private Optional<Path> newest() throws IOException {
        return disk.list(directory).stream()
                .filter(path -> path.getFileName().toString().endsWith(SEGMENT))
                .max(Comparator.comparing(path -> path.getFileName().toString()));
    }

    private long bytes() throws IOException {
        return Math.min(MOST_BYTES, disk.totalBytes(directory) / PART);
    }
}

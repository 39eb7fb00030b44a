package dwal.log;

import dwal.log.index.IndexException;
import dwal.log.index.LogIndex;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes logs: first what the index has of them, so that it outlives a crash, and then their files. A checkpoint that came
 * back after its files are gone would say that they are lost, to a log of the same partition that moves back here. Asked by
 * any thread; works on one that may block, where those that come meanwhile share a flush of the index.
 */
final class LogDeletions {
    /** What becomes of a log's files. */
    enum Files {
        DELETED,
        /** Renamed, and left to whoever runs the node. */
        SET_ASIDE
    }

    /** Files that are about to go, and when they are gone. */
    private record Deletion(PartitionLog log, Path directory, Files files, CompletableFuture<@Nullable Void> done) {}

    private static final Logger logger = LoggerFactory.getLogger(LogDeletions.class);

    private final LogStore store;
    private final ConcurrentLinkedQueue<Deletion> waiting = new ConcurrentLinkedQueue<>();
    private final Map<Path, Deletion> underWay = new ConcurrentHashMap<>();
    private final AtomicInteger requests = new AtomicInteger();

    LogDeletions(LogStore store) {
        this.store = store;
    }

    /** Deletes {@code log}, which has {@code directory}, soon; its files may be set aside instead. */
    void request(PartitionLog log, Path directory, Files files) {
        var deletion = new Deletion(log, directory, files, new CompletableFuture<>());
        underWay.put(directory, deletion);
        waiting.add(deletion);
        if (requests.getAndIncrement() == 0) {
            store.blocking().execute(this::run);
        }
    }

    /**
     * Blocks until what {@link #request} began with {@code directory} is done, if that belonged to another log than
     * {@code opening}, of an earlier topic of the same name or of the same partition: it may come back soon after it went.
     * Never waits for the deletion of {@code opening} itself, which in turn waits until its log has been opened. The blocking
     * threads take their work in order, and deletions that come meanwhile do not queue anew, so the deletion is never behind
     * who waits for it.
     */
    void awaitBefore(PartitionLog opening, Path directory) {
        Deletion before = underWay.get(directory);
        if (before != null && before.log() != opening) {
            before.done().join();
        }
    }

    private void run() {
        int seen = requests.get();
        while (seen > 0) {
            store.spareRoom().use(this::round);
            seen = requests.addAndGet(-seen);
        }
    }

    private void round() {
        List<Deletion> taken = new ArrayList<>();
        for (Deletion one = waiting.poll(); one != null; one = waiting.poll()) {
            taken.add(one);
        }
        try {
            forget(taken);
        } finally {
            taken.forEach(this::removeFiles);
        }
    }

    private void forget(List<Deletion> taken) {
        LogIndex open = store.index();
        try {
            for (Deletion one : taken) {
                one.log().beginDeletion();
            }
            if (open != null && !taken.isEmpty()) {
                open.flush();
            }
        } catch (IndexException e) {
            logger.error("What the index has of deleted logs could not be deleted: {}", e.getMessage());
        }
    }

    private void removeFiles(Deletion one) {
        try {
            one.log().removeDirectory(one.files());
        } catch (IOException e) {
            String what = one.files() == Files.DELETED ? "Deleting" : "Setting aside";
            logger.error("{} {} failed: {}", what, one.directory(), e.toString());
        } finally {
            underWay.remove(one.directory(), one);
            one.done().complete(null);
        }
    }
}

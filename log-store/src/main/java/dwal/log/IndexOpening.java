package dwal.log;

import dwal.environment.Disk;
import dwal.log.index.IndexException;
import dwal.log.index.LogIndex;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicIdPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How a node comes to its index at a start: it opens the one that is there, or begins another. One thread. */
final class IndexOpening {
    /** Of the index, in the data directory. */
    static final String DIRECTORY = "index";

    private static final Logger log = LoggerFactory.getLogger(IndexOpening.class);

    private final Disk disk;
    private final Path dataDirectory;
    private final Path directory;
    private final Supplier<Collection<TopicIdPartition>> logs;
    private final RebuildProgress progress;

    /** For the index of {@code dataDirectory}; {@code progress} hears of the {@code logs} on the disk if theirs is lost. */
    IndexOpening(Disk disk, Path dataDirectory, Supplier<Collection<TopicIdPartition>> logs, RebuildProgress progress) {
        this.disk = disk;
        this.dataDirectory = dataDirectory;
        this.directory = dataDirectory.resolve(DIRECTORY);
        this.logs = logs;
        this.progress = progress;
    }

    /** Throws if neither can be done, or if another process has it open. */
    LogIndex open() throws IOException, IndexException {
        if (disk.exists(directory.resolve(LogIndex.ROOT_FILE))) {
            return openOrRebuild();
        }
        boolean somethingThere = disk.exists(directory);
        return openAnew(somethingThere ? directory + " has no " + LogIndex.ROOT_FILE : directory + " is missing");
    }

    /**
     * Opens an empty index, and notes in it which logs had entries in the one that is lost. Of that nothing may be left:
     * the files of another index, or a file of the directory's name, are in the way of a new one.
     */
    private LogIndex openAnew(@Nullable String why) throws IOException, IndexException {
        List<TopicIdPartition> lost = new ArrayList<>();
        long bytes = 0;
        for (TopicIdPartition partition : logs.get()) {
            Path logDirectory = LogFiles.directoryOf(dataDirectory, partition.topicPartition());
            List<Long> bases = LogFiles.segments(disk, logDirectory);
            if (!bases.isEmpty()) {
                lost.add(partition);
            }
            for (long base : bases) {
                bytes += disk.size(logDirectory.resolve(Segment.fileName(base)));
            }
        }
        LogFiles.deleteDirectory(disk, directory);
        disk.createDirectories(directory);
        disk.syncDirectory(dataDirectory);
        LogIndex fresh = LogIndex.open(directory);
        if (!lost.isEmpty()) {
            log.warn(
                    "{}. It is built anew from the logs as they are opened: {} logs, {} MiB",
                    why,
                    lost.size(),
                    bytes >> 20);
            progress.begin(lost.size(), bytes);
            try (LogIndex.Change change = fresh.change()) {
                for (TopicIdPartition partition : lost) {
                    new PartitionIndex(() -> fresh, partition).putLost(change);
                }
                change.commit();
            }
            fresh.flush();
        }
        return fresh;
    }

    private LogIndex openOrRebuild() throws IOException, IndexException {
        try {
            return LogIndex.open(directory);
        } catch (IndexException e) {
            if (e.isInUse()) {
                throw e;
            }
            return openAnew(e.getMessage());
        }
    }
}

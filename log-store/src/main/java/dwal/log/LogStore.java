package dwal.log;

import dwal.environment.Clock;
import dwal.environment.Disk;
import dwal.environment.Timer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.TopicPartition;

/**
 * All logs of a node's data directory, with the one index they share. Any thread.
 */
public final class LogStore implements AutoCloseable {

    /** Size and free space of the file system, in bytes. */
    public record Space(long totalBytes, long usableBytes) {}

    private static final String METADATA_TOPIC = "__cluster_metadata";

    private final Disk disk;
    private final Path dataDirectory;
    private final Clock clock;
    private final Timer timer;
    private final Executor blocking;
    private final StoreSettings settings;
    private final OpenFiles openFiles;
    private final DiskSpace diskSpace;
    private final ThreadLocal<Admission> admission = ThreadLocal.withInitial(Admission::new);
    private final ThreadLocal<ByteBuffer> readScratch = ThreadLocal.withInitial(LogReader::newScratch);
    private final Map<TopicIdPartition, PartitionLog> logs = new ConcurrentHashMap<>();

    /**
     * The store of {@code dataDirectory}, which is made when absent.
     *
     * @param blocking runs what may wait for the disk: a handful of threads, so that several files are synced at a time
     */
    public LogStore(
            Disk disk, Path dataDirectory, Clock clock, Timer timer, Executor blocking, StoreSettings settings) {
        this.disk = disk;
        this.dataDirectory = dataDirectory;
        this.clock = clock;
        this.timer = timer;
        this.blocking = blocking;
        this.settings = settings;
        this.openFiles = new OpenFiles(disk, settings.openFiles());
        this.diskSpace = new DiskSpace(disk, dataDirectory, clock, settings.reserveBytes());
        try {
            disk.createDirectories(dataDirectory);
        } catch (IOException e) {
            throw new UncheckedIOException("The data directory " + dataDirectory + " cannot be made", e);
        }
    }

    /** The log of {@code partition}: the same object each time. Does not touch the disk; a log with no records has no files. */
    public PartitionLog log(TopicIdPartition partition, LogSettings settings) {
        return logs.computeIfAbsent(partition, p -> new PartitionLog(this, p, settings));
    }

    /** Deletes the partition's files and index entries; readers that are under way finish. */
    public void delete(TopicIdPartition partition) {
        logs.remove(partition);
        blocking.execute(() -> {
            try {
                LogFiles.deleteDirectory(disk, LogFiles.directoryOf(dataDirectory, partition.topicPartition()));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** The partitions for which files are there: for finding those that were deleted while the node was down. */
    public Collection<TopicIdPartition> onDisk() {
        List<TopicIdPartition> found = new ArrayList<>();
        try {
            for (Path directory : disk.list(dataDirectory)) {
                var partition = LogFiles.partitionOf(directory.getFileName().toString());
                if (partition.isPresent() && !partition.get().topic().equals(METADATA_TOPIC)) {
                    TopicPartition name = partition.get();
                    LogFiles.topicIdOf(disk, directory).ifPresent(id -> found.add(new TopicIdPartition(id, name)));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    /** See {@link Space}. */
    public Space space() {
        try {
            return new Space(disk.totalBytes(dataDirectory), disk.usableBytes(dataDirectory));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes checkpoints of all logs that changed, closes them, marks the directory as cleanly closed. */
    @Override
    public void close() {
        logs.clear();
    }

    Disk disk() {
        return disk;
    }

    Path dataDirectory() {
        return dataDirectory;
    }

    Clock clock() {
        return clock;
    }

    Timer timer() {
        return timer;
    }

    Executor blocking() {
        return blocking;
    }

    StoreSettings settings() {
        return settings;
    }

    OpenFiles openFiles() {
        return openFiles;
    }

    DiskSpace diskSpace() {
        return diskSpace;
    }

    Admission admission() {
        return admission.get();
    }

    ThreadLocal<ByteBuffer> readScratch() {
        return readScratch;
    }
}

package dwal.log;

import dwal.environment.Clock;
import dwal.environment.Disk;
import dwal.environment.SpareRoom;
import dwal.environment.Timer;
import dwal.log.index.IndexException;
import dwal.log.index.LogIndex;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All logs of a node's data directory, with the one index they share. Any thread.
 */
public final class LogStore implements AutoCloseable {

    /** Size and free space of the file system, in bytes. */
    public record Space(long totalBytes, long usableBytes) {}

    private static final Logger logger = LoggerFactory.getLogger(LogStore.class);
    /** Kept by KRaft, not here. */
    static final String METADATA_TOPIC = "__cluster_metadata";

    private static final long CHECKPOINT_MS = 60_000;

    private final Disk disk;
    private final Path dataDirectory;
    private final Clock clock;
    private final Timer timer;
    private final Executor blocking;
    private final SyncLanes syncLanes;
    private final RandomGenerator random;
    private volatile long producerExpiryMs;
    private final OpenFiles openFiles;
    private final AheadOfEnd aheadOfEnd;
    private final DiskSpace diskSpace;
    private final SpareRoom spareRoom;
    private final FailedWrites failedWrites;
    private final StoreMetrics metrics = new StoreMetrics();
    private final ThreadLocal<Admission> admission;
    private final ThreadLocal<ByteBuffer> readScratch = ThreadLocal.withInitial(LogReader::newScratch);
    private final Map<TopicIdPartition, PartitionLog> logs = new ConcurrentHashMap<>();
    private final StartOffsetFile startOffsetFile;
    private final StartOffsets startOffsets;
    private final CheckpointRounds checkpoints;
    private final RebuildProgress rebuildProgress;
    private final LogDeletions deletions = new LogDeletions(this);
    private volatile boolean indexDamaged;
    private volatile @Nullable String failure;
    private final CompletableFuture<@Nullable LogIndex> index = new CompletableFuture<>();

    /**
     * The store of {@code dataDirectory}, which is made when absent.
     *
     * @param blocking runs what may wait for the disk: a handful of threads, so that several files are synced at a time
     * @param random for {@code segment.jitter.ms}; asked from any thread
     */
    public LogStore(
            Disk disk,
            Path dataDirectory,
            Clock clock,
            Timer timer,
            Executor blocking,
            RandomGenerator random,
            StoreSettings settings) {
        this(disk, dataDirectory, clock, timer, blocking, random, settings, CHECKPOINT_MS);
        spareRoom.giveUpForStart();
        blocking.execute(this::openIndex);
    }

    /** As the constructor makes it, but without an index: each start reads all logs. For simulations. */
    public static LogStore withoutIndex(
            Disk disk,
            Path dataDirectory,
            Clock clock,
            Timer timer,
            Executor blocking,
            RandomGenerator random,
            StoreSettings settings) {
        var store = new LogStore(disk, dataDirectory, clock, timer, blocking, random, settings, CHECKPOINT_MS);
        store.index.complete(null);
        return store;
    }

    /** As the constructor makes it, but over an {@code index} that is there, checkpointed more often. For simulations. */
    public static LogStore withIndex(
            Disk disk,
            Path dataDirectory,
            Clock clock,
            Timer timer,
            Executor blocking,
            RandomGenerator random,
            StoreSettings settings,
            SimulatedIndex index,
            long checkpointMs) {
        var store = new LogStore(disk, dataDirectory, clock, timer, blocking, random, settings, checkpointMs);
        store.index.complete(index.index());
        return store;
    }

    private LogStore(
            Disk disk,
            Path dataDirectory,
            Clock clock,
            Timer timer,
            Executor blocking,
            RandomGenerator random,
            StoreSettings settings,
            long checkpointMs) {
        this.disk = disk;
        this.dataDirectory = dataDirectory;
        this.clock = clock;
        this.timer = timer;
        this.blocking = blocking;
        this.syncLanes = new SyncLanes(blocking);
        this.random = random;
        this.producerExpiryMs = settings.producerExpiryMs();
        this.admission = ThreadLocal.withInitial(() -> new Admission(settings.validation()));
        this.openFiles = new OpenFiles(disk, settings.openFiles());
        this.aheadOfEnd = settings.aheadOfEnd();
        this.rebuildProgress = new RebuildProgress(clock, logger::info);
        this.spareRoom = new SpareRoom(disk, dataDirectory);
        this.startOffsetFile = new StartOffsetFile(disk, dataDirectory);
        this.startOffsets = new StartOffsets(this::index, startOffsetFile, spareRoom, blocking);
        this.checkpoints = new CheckpointRounds(this::index, spareRoom, timer, blocking, checkpointMs);
        this.diskSpace = new DiskSpace(disk, dataDirectory, clock, settings.reserveBytes(), logger::warn);
        this.failedWrites = new FailedWrites(clock);
        try {
            disk.createDirectoriesSafely(dataDirectory);
        } catch (IOException e) {
            throw new UncheckedIOException("The data directory " + dataDirectory + " cannot be made", e);
        }
    }

    /** The log of {@code partition}: the same object each time. Does not touch the disk; a log with no records has no files. */
    public PartitionLog log(TopicIdPartition partition, LogSettings settings) {
        return logs.computeIfAbsent(partition, p -> new PartitionLog(this, p, settings));
    }

    /** Deletes the partition's files and index entries, soon; readers that are under way finish. */
    public void delete(TopicIdPartition partition) {
        remove(partition, LogDeletions.Files.DELETED);
    }

    /**
     * Renames the partition's directory and deletes its index entries, soon: for files of which it is not sure that nobody
     * wants them. They come back when the directory gets its old name while no node runs on it.
     *
     * @return the directory's new name
     */
    public Path setAside(TopicIdPartition partition) {
        remove(partition, LogDeletions.Files.SET_ASIDE);
        return strayDirectoryOf(partition);
    }

    /** Where the directory of {@code partition} is when it has been set aside. */
    Path strayDirectoryOf(TopicIdPartition partition) {
        return LogFiles.strayDirectoryOf(dataDirectory, partition);
    }

    private void remove(TopicIdPartition partition, LogDeletions.Files files) {
        PartitionLog log = logs.remove(partition);
        Path directory = LogFiles.directoryOf(dataDirectory, partition.topicPartition());
        PartitionLog gone = log != null
                ? log
                : new PartitionLog(this, partition, LogSettings.defaults(LogSettings.SyncPolicy.COMMIT));
        deletions.request(gone, directory, files);
    }

    /** See {@link LogDeletions#awaitBefore}. */
    void awaitDeletionBefore(PartitionLog opening, Path directory) {
        deletions.awaitBefore(opening, directory);
    }

    /** Removes the directory of {@code partition}, unless by now it is that of another topic of the same name. */
    synchronized void removeDirectoryOf(TopicIdPartition partition, LogDeletions.Files files) throws IOException {
        Path directory = LogFiles.directoryOf(dataDirectory, partition.topicPartition());
        PartitionMetadata.createIfLost(disk, directory, partition);
        if (topicIdOf(directory).orElse(Uuid.ZERO_UUID).equals(partition.topicId())) {
            // First: another topic of this name must not start where this one did.
            startOffsetFile.forget(partition.topicPartition());
            if (files == LogDeletions.Files.DELETED) {
                LogFiles.deleteDirectory(disk, directory);
            } else {
                LogFiles.moveDirectory(disk, directory, strayDirectoryOf(partition));
            }
        }
    }

    private Optional<Uuid> topicIdOf(Path directory) throws IOException {
        try {
            return PartitionMetadata.read(disk, directory).map(PartitionMetadata::topicId);
        } catch (DamagedLogException e) {
            logger.error("{}", e.getMessage());
            return Optional.empty();
        }
    }

    /** The partitions for which files are there: for finding those that the node does not have any more. */
    public Collection<TopicIdPartition> onDisk() {
        List<TopicIdPartition> found = new ArrayList<>();
        try {
            for (Path directory : disk.list(dataDirectory)) {
                var partition = LogFiles.partitionOf(directory.getFileName().toString());
                if (partition.isPresent() && !partition.get().topic().equals(METADATA_TOPIC)) {
                    TopicPartition name = partition.get();
                    topicIdOf(directory).ifPresent(id -> found.add(new TopicIdPartition(id, name)));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    /**
     * Takes room on the disk, if it is not taken yet, that nobody else can take: for the next start, and for deletions, when
     * the disk is full. Blocks.
     */
    public void keepSpareRoom() {
        spareRoom.keep();
    }

    /** See {@link Space}. */
    public Space space() {
        try {
            return new Space(disk.totalBytes(dataDirectory), disk.usableBytes(dataDirectory));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes checkpoints of all logs, so that the next start reads nothing, and closes the files. No appends meanwhile. */
    @Override
    public void close() {
        logs.values().forEach(PartitionLog::checkpoint);
        spareRoom.use(checkpoints::flush);
        LogIndex open = index();
        if (open != null) {
            open.close();
        }
        logs.values().forEach(PartitionLog::close);
        logs.clear();
        if (indexDamaged) {
            deleteIndex();
        }
    }

    private void deleteIndex() {
        try {
            LogFiles.deleteDirectory(disk, dataDirectory.resolve(IndexOpening.DIRECTORY));
        } catch (IOException e) {
            logger.warn("The damaged index in {} could not be deleted: {}", dataDirectory, e.toString());
        }
    }

    /** For tests: lets go of everything as a kill -9 does. */
    void abandon() {
        LogIndex open = index();
        if (open != null) {
            open.close();
        }
        logs.values().forEach(PartitionLog::close);
        logs.clear();
    }

    /** The index has lost or garbled something: it must not outlive this run. */
    void indexIsDamaged() {
        indexDamaged = true;
    }

    /** Whether it is known, and has been told, that what the index had is not all there. */
    boolean hasLostIndex() {
        return indexDamaged || rebuildProgress.hasBegun() || index() == null;
    }

    /** The index, once it is open; null when it cannot be opened, or the store is closed. */
    @Nullable
    LogIndex index() {
        return index.join();
    }

    /** Opens the index in the background, so that nobody waits for it who does not need it. */
    private void openIndex() {
        try {
            index.complete(new IndexOpening(disk, dataDirectory, this::onDisk, rebuildProgress).open());
        } catch (IOException | IndexException | RuntimeException e) {
            logger.error("The node runs without an index, so each start reads all logs: {}", e.getMessage());
            index.complete(null);
        }
    }

    /** Writes checkpoints of logs that have changed. */
    CheckpointRounds checkpoints() {
        return checkpoints;
    }

    /** Where raised log start offsets are kept. */
    StartOffsets startOffsets() {
        return startOffsets;
    }

    StartOffsetFile startOffsetFile() {
        return startOffsetFile;
    }

    /** Deletes segments that are no longer part of {@code log} after a delay. */
    void deleteLater(PartitionLog log, List<Segment> segments, long delayMs) {
        timer.after(delayMs, () -> blocking.execute(() -> log.deleteFiles(segments)));
    }

    /** The directory cannot be trusted any more: no log in it takes appends until the next start. */
    void failAll(String reason) {
        boolean first;
        synchronized (this) {
            first = failure == null;
            if (first) {
                failure = reason;
            }
        }
        if (first) {
            logger.error("All logs in {} are offline until this node is started anew. {}", dataDirectory, reason);
        }
        logs.values().forEach(log -> log.goOffline(reason));
    }

    /** Why no log takes appends any more; null if they do. */
    @Nullable
    String failure() {
        return failure;
    }

    /** Whether the disk has failed, so that nothing is written to any log until the next start. */
    public boolean hasFailed() {
        return failure != null;
    }

    /** Why appends are refused for lack of space, as things are now; null if they are not. May ask the system. */
    public @Nullable String refusal() {
        return diskSpace.whyRefused();
    }

    /** What the logs have done. */
    public StoreMetrics metrics() {
        return metrics;
    }

    /** Figures of the index, if it is open by now; for people. May take a lock or two of RocksDB's. */
    public Optional<IndexFigures> indexFigures() {
        LogIndex open = index.isDone() ? index() : null;
        return open == null ? Optional.empty() : Optional.of(IndexFigures.of(open));
    }

    RebuildProgress rebuildProgress() {
        return rebuildProgress;
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

    /** Where logs sync in the background. */
    SyncLanes syncLanes() {
        return syncLanes;
    }

    RandomGenerator random() {
        return random;
    }

    /** {@code producer.id.expiration.ms}, which may change at run time; any thread. */
    public void expireProducersAfter(long ms) {
        producerExpiryMs = ms;
    }

    long producerExpiryMs() {
        return producerExpiryMs;
    }

    OpenFiles openFiles() {
        return openFiles;
    }

    AheadOfEnd aheadOfEnd() {
        return aheadOfEnd;
    }

    DiskSpace diskSpace() {
        return diskSpace;
    }

    /** For what must be written on a full disk, too. */
    SpareRoom spareRoom() {
        return spareRoom;
    }

    FailedWrites failedWrites() {
        return failedWrites;
    }

    /**
     * Looks at a client's {@code records}, for a log of these settings, before they are appended; may change them in place. Null
     * if that would take more than {@code budget} allows. Any thread.
     */
    public @Nullable Submission check(MemoryRecords records, LogSettings settings, InflationBudget budget) {
        return admission().admit(records.buffer(), settings, clock.wallMs(), budget);
    }

    Submission check(ByteBuffer records, LogSettings settings) {
        return Objects.requireNonNull(
                admission().admit(records, settings, clock.wallMs(), InflationBudget.unlimited()));
    }

    Admission admission() {
        return admission.get();
    }

    ThreadLocal<ByteBuffer> readScratch() {
        return readScratch;
    }
}

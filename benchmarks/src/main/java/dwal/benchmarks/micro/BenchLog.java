package dwal.benchmarks.micro;

import dwal.environment.Clock;
import dwal.environment.Disk;
import dwal.environment.ThreadTimer;
import dwal.log.AppendOrigin;
import dwal.log.AppendOutcome;
import dwal.log.LogSettings;
import dwal.log.LogSettings.SyncPolicy;
import dwal.log.LogStore;
import dwal.log.PartitionLog;
import dwal.log.StoreSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;

/** A log on the real disk, in a folder of its own below java.io.tmpdir, which goes with it. One thread. */
final class BenchLog implements AutoCloseable {
    private static final TopicIdPartition PARTITION = new TopicIdPartition(new Uuid(7, 7), 0, "orders");

    private final MemoryRecords records = MemoryRecords.readableRecords(Batches.direct(1024, CompressionType.NONE));
    private final Path directory;
    private final LogSettings settings;
    private ThreadTimer timer;
    private ExecutorService blocking;
    private LogStore store;
    private PartitionLog log;

    BenchLog(int segmentBytes, SyncPolicy sync) throws IOException {
        directory = Files.createTempDirectory("dwal-jmh");
        settings = settings(segmentBytes, sync);
        timer = new ThreadTimer("timer");
        blocking = Executors.newFixedThreadPool(2, BenchLog::newThread);
        store = newStore();
        log = openLog();
    }

    /** The log of a benchmark, whose set-up has made it. */
    static BenchLog made(@Nullable BenchLog log) {
        return Objects.requireNonNull(log, "the set-up has not run");
    }

    /** Closes the store cleanly and opens it again: what was in memory is in RocksDB then. */
    void reopen() {
        closeStore();
        timer = new ThreadTimer("timer");
        blocking = Executors.newFixedThreadPool(2, BenchLog::newThread);
        store = newStore();
        log = openLog();
    }

    PartitionLog log() {
        return log;
    }

    /** Appends the batch of 64 KiB, which may be given again and again: only its offsets are patched. */
    AppendOutcome append() {
        records.buffer().putLong(0, 0); // as a producer sends it; the append before this one has set the base offset
        AppendOutcome outcome = log.append(records, AppendOrigin.CLIENT, 0);
        if (outcome.error() != Errors.NONE) {
            throw new AssertionError(outcome.toString());
        }
        return outcome;
    }

    @Override
    public void close() throws IOException {
        closeStore();
        List<Path> all;
        try (Stream<Path> walk = Files.walk(directory)) {
            all = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : all) {
            Files.deleteIfExists(path); // the log deletes old segments itself, a little later
        }
    }

    private LogStore newStore() {
        return new LogStore(
                Disk.system(), directory, Clock.system(), timer, blocking, new Random(1), StoreSettings.defaults());
    }

    private PartitionLog openLog() {
        PartitionLog opened = store.log(PARTITION, settings);
        if (opened.open() != Errors.NONE) {
            throw new AssertionError("the log in " + directory + " does not open");
        }
        return opened;
    }

    private static Thread newThread(Runnable work) {
        Thread thread = new Thread(work, "blocking");
        thread.setDaemon(true); // a benchmark that failed must not keep its process alive
        return thread;
    }

    private void closeStore() {
        store.close();
        timer.close();
        blocking.shutdown();
        try {
            if (!blocking.awaitTermination(30, TimeUnit.SECONDS)) {
                throw new AssertionError("the store is still busy 30 s after it was closed");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static LogSettings settings(int segmentBytes, SyncPolicy sync) {
        LogSettings defaults = LogSettings.defaults(sync);
        return new LogSettings(
                segmentBytes,
                Long.MAX_VALUE,
                0,
                defaults.retentionMs(),
                defaults.retentionBytes(),
                defaults.deletes(),
                defaults.compacts(),
                defaults.maxMessageBytes(),
                defaults.timestampType(),
                defaults.timestampBeforeMaxMs(),
                defaults.timestampAfterMaxMs(),
                defaults.compression(),
                defaults.compressionLevel(),
                defaults.indexIntervalBytes(),
                defaults.flushMessages(),
                defaults.flushMs(),
                0,
                sync);
    }
}

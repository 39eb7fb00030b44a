package dwal.benchmarks.micro;

import dwal.log.index.IndexException;
import dwal.log.index.LogIndex;
import dwal.log.index.LogIndex.Family;
import dwal.log.index.PartitionKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** RocksDB alone, with 100,000 blocks of index entries in 100 partitions; the index in memory is in {@link ReadBenchmark}. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class IndexBenchmark {
    private static final int PARTITIONS = 100;
    private static final int BLOCKS = 1000;
    private static final int BLOCK_OFFSETS = 10_000;
    private static final byte[] BLOCK = new byte[1024];

    private final SplittableRandom random = new SplittableRandom(7);
    private final PartitionKey[] keys = new PartitionKey[PARTITIONS];
    private @Nullable Path directory;
    private @Nullable LogIndex index;

    @Setup
    public void fillIndex() throws IOException, IndexException {
        Path made = Files.createTempDirectory("dwal-jmh");
        LogIndex opened = LogIndex.open(made);
        for (int partition = 0; partition < PARTITIONS; partition++) {
            keys[partition] = new PartitionKey(new TopicIdPartition(new Uuid(7, 7), partition, "orders"));
            try (LogIndex.Change change = opened.change()) {
                for (int block = 0; block < BLOCKS; block++) {
                    change.put(Family.OFFSETS, keys[partition].with((long) block * BLOCK_OFFSETS), BLOCK);
                }
                change.commit();
            }
        }
        opened.flush();
        directory = made;
        index = opened;
    }

    /** The block that has an offset, which is most often not in RocksDB's own cache. */
    @Benchmark
    public LogIndex.Entry floorInRocksDb() throws IndexException {
        byte[] key = keys[random.nextInt(PARTITIONS)].with(random.nextInt(BLOCKS * BLOCK_OFFSETS));
        LogIndex.Entry entry = Objects.requireNonNull(index).floor(Family.OFFSETS, key, PartitionKey.PREFIX_BYTES);
        return Objects.requireNonNull(entry, "every offset has a block");
    }

    /** A checkpoint of one block, not flushed. */
    @Benchmark
    public void putInRocksDb() throws IndexException {
        byte[] key = keys[random.nextInt(PARTITIONS)].with((long) random.nextInt(BLOCKS) * BLOCK_OFFSETS);
        try (LogIndex.Change change = Objects.requireNonNull(index).change()) {
            change.put(Family.OFFSETS, key, BLOCK).commit();
        }
    }

    @TearDown
    public void removeIndex() throws IOException {
        Objects.requireNonNull(index).close();
        List<Path> files;
        Path made = Objects.requireNonNull(directory);
        try (Stream<Path> all = Files.list(made)) {
            files = all.toList();
        }
        for (Path file : files) {
            Files.delete(file);
        }
        Files.delete(made);
    }
}

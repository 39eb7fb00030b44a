package dwal.log;

import dwal.environment.Disk;
import dwal.log.LogInspector.Progress;
import dwal.protocol.batch.BatchView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * Compares the replicas of each partition, which lie in the data directories of several nodes, while no server runs on them:
 * where two of them have an offset, they must have the same batch there, byte for byte (offsets and leader epochs are among
 * the bytes); and none may lack an offset between its own first and last. Where they begin and end is theirs: retention works
 * on each by itself, and a node that stopped earlier has less. Replicas of one partition have the same topic id. Says the
 * first difference of each partition. Changes nothing. One thread.
 *
 * <p>What was never committed may differ as well, after nodes were killed, until they have run together again. In the
 * cluster's metadata it may differ after any stop, for the last who stop elect each other in turn: there the end of a replica
 * that knows of no epoch as new as another has at that offset is passed over. A leader has all that was committed in the
 * epochs before its own, so what another has in its place was not.
 */
public final class ReplicaComparison {

    /** Two replicas of a partition that are not the same at an offset; {@code what} says where they are and how they differ. */
    public record Difference(TopicPartition partition, long offset, String what) {
        @Override
        public String toString() {
            return partition + " at offset " + offset + ": " + what;
        }
    }

    /**
     * What was compared.
     *
     * @param partitions of which there are several replicas
     * @param replicas of these partitions
     * @param different partitions whose replicas differ
     */
    public record Totals(int partitions, int replicas, int different) {}

    /** One partition of one topic of that name. */
    private record Identity(TopicPartition partition, Optional<Uuid> topicId) {}

    private final Disk disk;
    private final Consumer<Difference> differences;
    private final Progress progress;
    private long bytesTotal;
    private long bytesBefore;

    /** Tells {@code differences} what it finds. */
    public ReplicaComparison(Disk disk, Consumer<Difference> differences, Progress progress) {
        this.disk = disk;
        this.differences = differences;
        this.progress = progress;
    }

    /** Compares what is in {@code directories}: data directories, or those of one partition. */
    public Totals compare(List<Path> directories) throws IOException {
        List<Map.Entry<Identity, List<Path>>> partitions = replicas(directories).entrySet().stream()
                .filter(entry -> entry.getValue().size() > 1)
                .toList();
        for (var partition : partitions) {
            bytesTotal += bytes(partition.getValue());
        }
        int replicas = 0;
        int different = 0;
        for (var entry : partitions) {
            replicas += entry.getValue().size();
            Difference difference = firstDifference(entry.getKey().partition(), entry.getValue());
            if (difference != null) {
                different++;
                differences.accept(difference);
            }
            bytesBefore += bytes(entry.getValue());
        }
        return new Totals(partitions.size(), replicas, different);
    }

    private Map<Identity, List<Path>> replicas(List<Path> directories) throws IOException {
        Map<Identity, List<Path>> replicas =
                new TreeMap<>((a, b) -> a.toString().compareTo(b.toString()));
        for (Path directory : directories) {
            for (Path one : new LogInspector(disk, directory, finding -> {}, progress).partitionDirectories()) {
                identity(one)
                        .ifPresent(whose -> replicas.computeIfAbsent(whose, absent -> new ArrayList<>())
                                .add(one));
            }
        }
        return replicas;
    }

    /** Empty where it cannot be known, which {@link LogInspector#verify} tells. */
    private Optional<Identity> identity(Path directory) {
        Optional<TopicPartition> name =
                LogFiles.partitionOf(directory.toAbsolutePath().getFileName().toString());
        if (name.isEmpty()) {
            return Optional.empty();
        }
        try {
            Optional<PartitionMetadata> metadata = PartitionMetadata.read(disk, directory);
            return Optional.of(new Identity(name.get(), metadata.map(PartitionMetadata::topicId)));
        } catch (DamagedLogException | IOException e) {
            return Optional.empty();
        }
    }

    private long bytes(List<Path> directories) throws IOException {
        long sum = 0;
        for (Path directory : directories) {
            for (long base : LogFiles.segments(disk, directory)) {
                sum += bytes(directory.resolve(Segment.fileName(base)));
            }
        }
        return sum;
    }

    private long bytes(Path segment) {
        try {
            return disk.size(segment);
        } catch (IOException e) {
            return 0; // told by the inspector
        }
    }

    private @Nullable Difference firstDifference(TopicPartition partition, List<Path> directories) throws IOException {
        List<ReplicaCursor> cursors = new ArrayList<>();
        try {
            for (Path directory : directories) {
                cursors.add(new ReplicaCursor(disk, directory));
            }
            return firstDifferenceOf(partition, cursors);
        } finally {
            for (ReplicaCursor cursor : cursors) {
                cursor.close();
            }
        }
    }

    /** All go forward together, offset by offset. */
    private @Nullable Difference firstDifferenceOf(TopicPartition partition, List<ReplicaCursor> cursors)
            throws IOException {
        while (true) {
            List<ReplicaCursor> unfinished =
                    cursors.stream().filter(cursor -> cursor.batch() != null).toList();
            if (unfinished.size() < 2) {
                return null;
            }
            long offset = unfinished.stream()
                    .mapToLong(cursor -> batchOf(cursor).baseOffset())
                    .min()
                    .orElseThrow();
            ReplicaCursor first = unfinished.stream()
                    .filter(cursor -> batchOf(cursor).baseOffset() == offset)
                    .findFirst()
                    .orElseThrow();
            boolean passedOver = false;
            for (ReplicaCursor other : unfinished) {
                String what = passedOver ? null : difference(first, other);
                if (what != null) {
                    passedOver = isMetadata(partition) && passesOverWhatWasNotCommitted(first, other);
                    if (!passedOver) {
                        return new Difference(partition, offset, what);
                    }
                }
            }
            if (passedOver) {
                continue;
            }
            for (ReplicaCursor cursor : unfinished) {
                if (batchOf(cursor).baseOffset() == offset) {
                    cursor.advance();
                }
            }
            progress.at(
                    bytesBefore
                            + cursors.stream()
                                    .mapToLong(ReplicaCursor::bytesDone)
                                    .sum(),
                    bytesTotal,
                    first.directory().resolve(Segment.fileName(offset)));
        }
    }

    private static boolean isMetadata(TopicPartition partition) {
        return partition.topic().equals(LogStore.METADATA_TOPIC);
    }

    /** Moves the one of two that differ here, and that has the older epoch, to its end, if it has none as new until there. */
    private static boolean passesOverWhatWasNotCommitted(ReplicaCursor first, ReplicaCursor other) throws IOException {
        int epoch = batchOf(first).leaderEpoch();
        int otherEpoch = batchOf(other).leaderEpoch();
        ReplicaCursor older = epoch < otherEpoch ? first : other;
        int newer = Math.max(epoch, otherEpoch);
        while (older.batch() != null && batchOf(older).leaderEpoch() < newer) {
            older.advance();
        }
        return older.batch() == null;
    }

    /** How {@code other} differs where {@code first}, which has gone no further, stands; null if it does not. */
    private static @Nullable String difference(ReplicaCursor first, ReplicaCursor other) {
        BatchView a = batchOf(first);
        BatchView b = batchOf(other);
        if (a.baseOffset() != b.baseOffset()) {
            return other.hasBegun()
                    ? first.place() + " has a batch, " + other.directory() + " goes on with offset " + b.baseOffset()
                    : null;
        }
        if (bytesOf(a).equals(bytesOf(b))) {
            return null;
        }
        String what = a.lastOffset() != b.lastOffset()
                ? "offsets to " + a.lastOffset() + " and to " + b.lastOffset()
                : a.leaderEpoch() != b.leaderEpoch()
                        ? "leader epochs " + a.leaderEpoch() + " and " + b.leaderEpoch()
                        : "other bytes from byte " + bytesOf(a).mismatch(bytesOf(b)) + " of the batch on";
        return first.place() + " and " + other.place() + " differ: " + what;
    }

    private static BatchView batchOf(ReplicaCursor cursor) {
        return Objects.requireNonNull(cursor.batch(), () -> cursor.directory() + " has no more batches");
    }

    private static ByteBuffer bytesOf(BatchView batch) {
        return batch.buffer().slice(batch.start(), batch.sizeInBytes());
    }
}

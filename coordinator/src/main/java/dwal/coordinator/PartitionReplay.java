package dwal.coordinator;

import dwal.coordinator.CoordinatorPartitions.Extent;
import dwal.environment.Clock;
import dwal.protocol.RecordsSlice;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.NotLeaderOrFollowerException;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.coordinator.common.runtime.CoordinatorLoader;
import org.apache.kafka.coordinator.common.runtime.CoordinatorPlayback;
import org.apache.kafka.coordinator.common.runtime.Deserializer;

/**
 * Reads a partition from its start to its end and replays it into a state machine, which then is as it was when the last
 * record was written. Any thread may ask.
 *
 * <p>Loads run one after another on a thread for blocking work, since opening a log may wait for a disk; each goes through one
 * buffer of bounded size, however long the log. An empty partition costs a look at its extent.
 *
 * @param <U> the state machine's records
 */
final class PartitionReplay<U> implements CoordinatorLoader<U> {
    private final CoordinatorPartitions partitions;
    private final Deserializer<U> deserializer;
    private final int bufferBytes;
    private final Clock clock;
    private final Lane lane;
    private final Consumer<TopicPartition> onFailure;
    private volatile boolean closed;

    /**
     * Makes a loader.
     *
     * @param bufferBytes how much to read at once; a larger batch is read whole all the same
     * @param onFailure told of each load that failed
     */
    PartitionReplay(
            CoordinatorPartitions partitions,
            Deserializer<U> deserializer,
            int bufferBytes,
            Clock clock,
            Executor blocking,
            Consumer<TopicPartition> onFailure) {
        this.partitions = partitions;
        this.deserializer = deserializer;
        this.bufferBytes = bufferBytes;
        this.clock = clock;
        this.lane = new Lane("loading coordinator partitions", blocking);
        this.onFailure = onFailure;
    }

    @Override
    public CompletableFuture<LoadSummary> load(TopicPartition partition, CoordinatorPlayback<U> playback) {
        long askedMs = clock.wallMs();
        CompletableFuture<LoadSummary> done = new CompletableFuture<>();
        lane.run(() -> {
            try {
                done.complete(new Load(partition, new Replayed<>(partition, playback, deserializer), askedMs).run());
            } catch (Throwable e) {
                done.completeExceptionally(e);
                onFailure.accept(partition);
            }
        });
        return done;
    }

    private Extent extentOf(TopicPartition partition) {
        Optional<Extent> extent = partitions.extent(partition);
        if (closed || extent.isEmpty()) {
            throw new NotLeaderOrFollowerException(
                    "Stopped loading " + partition + ": this node does not lead it, or is going down");
        }
        return extent.get();
    }

    @Override
    public void close() {
        closed = true;
    }

    /** One load of one partition; on the lane. */
    private final class Load {
        private final TopicPartition partition;
        private final Replayed<U> replayed;
        private final long askedMs;
        private ByteBuffer buffer = ByteBuffer.allocate(0);

        Load(TopicPartition partition, Replayed<U> replayed, long askedMs) {
            this.partition = partition;
            this.replayed = replayed;
            this.askedMs = askedMs;
        }

        LoadSummary run() {
            long startedMs = clock.wallMs();
            Extent extent = extentOf(partition);
            long position = extent.startOffset();
            while (position < extent.endOffset()) {
                MemoryRecords records = read(position);
                if (records.sizeInBytes() == 0) {
                    // Compaction may leave nothing between here and the end.
                    break;
                }
                long next = replayed.add(records, () -> extentOf(partition).highWatermark());
                if (next <= position) {
                    throw new AssertionError(
                            "reading " + partition + " at " + position + " gave batches that end at " + next);
                }
                position = next;
                extent = extentOf(partition);
            }
            return finish(extent, startedMs);
        }

        LoadSummary finish(Extent extent, long startedMs) {
            replayed.finish(extent);
            return new LoadSummary(
                    askedMs, clock.wallMs(), startedMs - askedMs, replayed.recordCount(), replayed.byteCount());
        }

        private MemoryRecords read(long position) {
            RecordsSlice slice = partitions.read(partition, position, bufferBytes);
            try {
                int size = slice.sizeInBytes();
                if (buffer.capacity() < size) {
                    buffer = ByteBuffer.allocate(size);
                }
                buffer.clear();
                for (RecordsSlice.Part part : slice.parts()) {
                    copy(part);
                }
                return MemoryRecords.readableRecords(buffer.flip());
            } catch (IOException e) {
                throw new UncheckedIOException("Reading " + partition + " at offset " + position + " failed", e);
            } finally {
                slice.release();
            }
        }

        private void copy(RecordsSlice.Part part) throws IOException {
            if (part instanceof RecordsSlice.MemoryPart memory) {
                buffer.put(memory.bytes().duplicate());
            } else if (part instanceof RecordsSlice.FilePart file) {
                int end = buffer.position() + file.length();
                ByteBuffer target = buffer.duplicate().limit(end);
                long from = file.position() - target.position();
                while (target.hasRemaining()) {
                    if (file.channel().read(target, from + target.position()) < 0) {
                        throw new EOFException("the file is shorter than its index says");
                    }
                }
                buffer.position(end);
            }
        }
    }
}

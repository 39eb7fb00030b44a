package dwal.coordinator;

import dwal.coordinator.CoordinatorPartitions.HighWatermarkListener;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.NotCoordinatorException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.coordinator.common.runtime.PartitionWriter;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.apache.kafka.storage.internals.log.VerificationGuard;
import org.jspecify.annotations.Nullable;

/**
 * {@link CoordinatorPartitions} in the shape that the embedded runtime takes; any thread.
 *
 * <p>Transactional writes are refused until there is a transaction coordinator to verify them with.
 */
final class LedPartitions implements PartitionWriter {
    private final CoordinatorPartitions partitions;
    private final Consumer<TopicPartition> onServing;

    /** Making one costs a walk over all topic settings, and only the batch size is read from it. */
    private volatile @Nullable LogConfig latestConfig;

    /** @param onServing told, on a coordinator thread, of each partition whose requests are answered from now on */
    LedPartitions(CoordinatorPartitions partitions, Consumer<TopicPartition> onServing) {
        this.partitions = partitions;
        this.onServing = onServing;
    }

    @Override
    public void registerListener(TopicPartition partition, Listener listener) {
        partitions.listen(partition, new Notes(partition, listener));
        // The runtime registers when it has become active, in the event that comes before all new requests.
        onServing.accept(partition);
    }

    @Override
    public void deregisterListener(TopicPartition partition, Listener listener) {
        partitions.unlisten(partition, new Notes(partition, listener));
    }

    /** Equal to another of the same partition and listener, so that a listener can be found again. */
    private record Notes(TopicPartition partition, Listener listener) implements HighWatermarkListener {
        @Override
        public void advanced(long offset) {
            try {
                listener.onHighWatermarkUpdated(partition, offset);
            } catch (NotCoordinatorException e) {
                // The coordinator is closing: nobody waits for this offset any more.
            }
        }
    }

    @Override
    public LogConfig config(TopicPartition partition) {
        int maxBatchBytes = partitions.maxBatchBytes(partition);
        LogConfig config = latestConfig;
        if (config == null || config.maxMessageSize() != maxBatchBytes) {
            config = configWith(maxBatchBytes);
            latestConfig = config;
        }
        return config;
    }

    private static LogConfig configWith(int maxBatchBytes) {
        return new LogConfig(Map.of(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, maxBatchBytes));
    }

    @Override
    public long append(
            TopicPartition partition, VerificationGuard guard, MemoryRecords records, short transactionVersion) {
        return partitions.append(partition, records);
    }

    @Override
    public CompletableFuture<VerificationGuard> maybeStartTransactionVerification(
            TopicPartition partition, String transactionalId, long producerId, short producerEpoch, int apiVersion) {
        return CompletableFuture.failedFuture(
                new UnsupportedVersionException("Offsets cannot be committed in a transaction: no transactions yet"));
    }

    @Override
    public CompletableFuture<Void> deleteRecords(TopicPartition partition, long deleteBeforeOffset) {
        return CompletableFuture.failedFuture(
                new UnsupportedVersionException("Only share groups delete records of their topic: none yet"));
    }
}

package dwal.log;

/**
 * An idempotent producer as DescribeProducers shows it; offsets -1 where there is no transaction. Immutable; any thread.
 */
public record ProducerState(
        long producerId,
        short producerEpoch,
        int lastSequence,
        long lastTimestampMs,
        int coordinatorEpoch,
        long currentTransactionStartOffset) {}

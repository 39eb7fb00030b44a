package dwal.coordinator;

import java.util.function.Supplier;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRuntime.CoordinatorState;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRuntimeMetrics;

/**
 * Takes the embedded runtime's measurements and keeps none: nothing exports them yet, and Kafka's own class costs a
 * histogram of some hundred kilobytes for each of them. Any thread.
 */
final class UnreportedMetrics implements CoordinatorRuntimeMetrics {
    @Override
    public void recordPartitionStateChange(CoordinatorState oldState, CoordinatorState newState) {}

    @Override
    public void recordPartitionLoadSensor(long startTimeMs, long endTimeMs) {}

    @Override
    public void recordEventQueueTime(long durationMs) {}

    @Override
    public void recordEventProcessingTime(long durationMs) {}

    @Override
    public void recordEventPurgatoryTime(long durationMs) {}

    @Override
    public void recordLingerTime(long durationMs) {}

    @Override
    public void recordFlushTime(long durationMs) {}

    @Override
    public void recordThreadIdleTime(double idleTimeMs) {}

    @Override
    public void recordBackgroundQueueTime(long durationMs) {}

    @Override
    public void recordBackgroundProcessingTime(long durationMs) {}

    @Override
    public void recordBackgroundThreadBusyTime(double busyTimeMs) {}

    @Override
    public void registerEventQueueSizeGauge(Supplier<Integer> sizeSupplier) {}

    @Override
    public void registerBufferCacheSizeGauge(Supplier<Long> bufferCacheSizeSupplier) {}

    @Override
    public void recordBufferCacheDiscarded() {}

    @Override
    public void close() {}
}

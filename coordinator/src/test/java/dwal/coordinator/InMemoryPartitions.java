package dwal.coordinator;

import dwal.protocol.RecordsSlice;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.NotLeaderOrFollowerException;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;

/**
 * {@link CoordinatorPartitions} in memory, for tests: a partition is led once {@link #lead} was called. Any thread. By default
 * the high watermark follows each append at once; {@link #holdHighWatermark} makes the test move it.
 */
public final class InMemoryPartitions implements CoordinatorPartitions {
    private final Map<TopicPartition, Log> logs = new ConcurrentHashMap<>();
    private final AtomicInteger openSlices = new AtomicInteger();
    private volatile int largestRead;
    private volatile boolean holdHighWatermark;
    private volatile boolean advanceBeforeListening;

    private static final class Log {
        final NavigableMap<Long, byte[]> batches = new TreeMap<>();
        final List<HighWatermarkListener> listeners = new ArrayList<>();
        boolean led;
        long start;
        long end;
        long highWatermark;
    }

    /** This node leads {@code partition} from now on. */
    public void lead(TopicPartition partition) {
        Log log = log(partition);
        synchronized (log) {
            log.led = true;
        }
    }

    /** This node stops leading {@code partition}: appends are refused, listeners dropped. */
    public void resign(TopicPartition partition) {
        Log log = log(partition);
        synchronized (log) {
            log.led = false;
            log.listeners.clear();
        }
    }

    /** From now on the high watermark moves by {@link #advanceHighWatermark} only. */
    public void holdHighWatermark() {
        holdHighWatermark = true;
    }

    /** Moves the high watermark of every led partition to its end. */
    public void advanceHighWatermark() {
        holdHighWatermark = false;
        for (Log log : logs.values()) {
            synchronized (log) {
                moveHighWatermark(log);
            }
        }
    }

    /** The high watermark is held until somebody has read the log and is about to listen, and moves then. */
    public void advanceHighWatermarkBeforeAnybodyListens() {
        holdHighWatermark = true;
        advanceBeforeListening = true;
    }

    /** Forgets what lies before {@code offset}, as retention does. */
    public void cutBefore(TopicPartition partition, long offset) {
        Log log = log(partition);
        synchronized (log) {
            log.start = offset;
            log.end = Math.max(log.end, offset);
            log.highWatermark = Math.max(log.highWatermark, offset);
            log.batches.headMap(offset).clear();
        }
    }

    /** Flips a bit of the last batch of {@code partition}. */
    public void damage(TopicPartition partition) {
        Log log = log(partition);
        synchronized (log) {
            byte[] last = log.batches.lastEntry().getValue();
            last[last.length - 1] ^= 1;
        }
    }

    /** Partitions whose high watermark somebody watches: those that have a state machine. */
    public int watched() {
        int watched = 0;
        for (Log log : logs.values()) {
            synchronized (log) {
                watched += log.listeners.isEmpty() ? 0 : 1;
            }
        }
        return watched;
    }

    /** Slices that were read and not released yet. */
    public int openSlices() {
        return openSlices.get();
    }

    /** Bytes of the largest slice that was read. */
    public int largestRead() {
        return largestRead;
    }

    private Log log(TopicPartition partition) {
        return logs.computeIfAbsent(partition, p -> new Log());
    }

    private Log ledLog(TopicPartition partition) {
        Log log = log(partition);
        if (!log.led) {
            throw new NotLeaderOrFollowerException("not leading " + partition);
        }
        return log;
    }

    @Override
    public long append(TopicPartition partition, MemoryRecords records) {
        Log log = log(partition);
        synchronized (log) {
            ledLog(partition);
            for (MutableRecordBatch batch : records.batches()) {
                long base = log.end;
                long last = base + batch.lastOffset() - batch.baseOffset();
                byte[] bytes = new byte[batch.sizeInBytes()];
                batch.writeTo(ByteBuffer.wrap(bytes));
                MutableRecordBatch copy = MemoryRecords.readableRecords(ByteBuffer.wrap(bytes))
                        .batches()
                        .iterator()
                        .next();
                copy.setLastOffset(last);
                log.batches.put(base, bytes);
                log.end = last + 1;
            }
            if (!holdHighWatermark) {
                moveHighWatermark(log);
            }
            return log.end;
        }
    }

    private static void moveHighWatermark(Log log) {
        log.highWatermark = log.end;
        for (HighWatermarkListener listener : log.listeners) {
            listener.advanced(log.end);
        }
    }

    @Override
    public int maxBatchBytes(TopicPartition partition) {
        return 1 << 20;
    }

    @Override
    public Optional<Extent> extent(TopicPartition partition) {
        Log log = log(partition);
        synchronized (log) {
            return log.led ? Optional.of(new Extent(log.start, log.highWatermark, log.end)) : Optional.empty();
        }
    }

    @Override
    public RecordsSlice read(TopicPartition partition, long offset, int maxBytes) {
        Log log = log(partition);
        List<RecordsSlice.Part> parts = new ArrayList<>();
        int size = 0;
        synchronized (log) {
            ledLog(partition);
            Long from = log.batches.floorKey(offset);
            for (byte[] batch :
                    log.batches.tailMap(from == null ? offset : from).values()) {
                if (size > 0 && size + batch.length > maxBytes) {
                    break;
                }
                parts.add(new RecordsSlice.MemoryPart(ByteBuffer.wrap(batch)));
                size += batch.length;
            }
        }
        openSlices.incrementAndGet();
        largestRead = Math.max(largestRead, size);
        return new Slice(List.copyOf(parts), size, openSlices);
    }

    private record Slice(List<Part> parts, int sizeInBytes, AtomicInteger open) implements RecordsSlice {
        @Override
        public void release() {
            open.decrementAndGet();
        }
    }

    @Override
    public void listen(TopicPartition partition, HighWatermarkListener listener) {
        Log log = log(partition);
        synchronized (log) {
            if (advanceBeforeListening) {
                moveHighWatermark(log);
            }
            if (log.led) {
                log.listeners.add(listener);
                listener.advanced(log.highWatermark);
            }
        }
    }

    @Override
    public void unlisten(TopicPartition partition, HighWatermarkListener listener) {
        Log log = log(partition);
        synchronized (log) {
            log.listeners.remove(listener);
        }
    }
}

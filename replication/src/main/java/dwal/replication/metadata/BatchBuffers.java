package dwal.replication.metadata;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.memory.MemoryPool;
import org.jspecify.annotations.Nullable;

/**
 * Buffers in which the metadata quorum gathers batches of records; for any thread. They begin at {@value #BYTES} bytes, whatever
 * is asked for, and whoever writes more into one lets it grow (Kafka's {@code ByteBufferOutputStream}); one that is not in
 * use is kept. Kafka's own pool allocates and keeps the largest batch that there may be, 8 MiB, for records that are mostly
 * some hundred bytes.
 */
final class BatchBuffers implements MemoryPool {
    static final int BYTES = 64 << 10;

    private final AtomicReference<@Nullable ByteBuffer> kept = new AtomicReference<>();

    @Override
    public ByteBuffer tryAllocate(int atMostBytes) {
        ByteBuffer buffer = kept.getAndSet(null);
        return buffer == null ? ByteBuffer.allocate(BYTES) : buffer;
    }

    @Override
    public void release(ByteBuffer buffer) {
        if (buffer.capacity() == BYTES) {
            buffer.clear();
            kept.set(buffer);
        }
    }

    @Override
    public long size() {
        return Long.MAX_VALUE;
    }

    @Override
    public long availableMemory() {
        return Long.MAX_VALUE;
    }

    @Override
    public boolean isOutOfMemory() {
        return false;
    }
}

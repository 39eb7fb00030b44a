package dwal.compat.traffic;

import dwal.compat.judge.History;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** Asks from outside how far groups are, again and again, in a thread of its own, and writes down what it is told. */
final class OffsetsReader extends Thread {
    private static final long PAUSE_NANOS = 200_000_000;
    private static final long PATIENCE_MS = 3_000;

    private final Admin admin;
    private final Collection<String> groups;
    private final History history;
    private final AtomicBoolean going = new AtomicBoolean(true);

    OffsetsReader(Admin admin, Collection<String> groups, History history) {
        super("offsets-reader");
        this.admin = admin;
        this.groups = groups;
        this.history = history;
    }

    @Override
    public void run() {
        while (going.get()) {
            for (String group : groups) read(group);
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        admin.close();
    }

    private void read(String group) {
        int since = history.groupEvents();
        try {
            Map<TopicPartition, OffsetAndMetadata> offsets = admin.listConsumerGroupOffsets(group)
                    .partitionsToOffsetAndMetadata()
                    .get();
            offsets.forEach((partition, offset) -> history.told(group, partition.partition(), offset.offset(), since));
        } catch (ExecutionException e) {
            if (going.get()) history.error(getName(), e);
        } catch (InterruptedException e) {
            throw new AssertionError("nobody interrupts this thread", e);
        }
    }

    /** Gives up a question that is not answered: asked of a node that was silent, it may last a minute. */
    void finish() throws InterruptedException {
        going.set(false);
        join(PATIENCE_MS);
        admin.close(Duration.ZERO);
        join();
    }
}

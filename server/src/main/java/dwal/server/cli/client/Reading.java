package dwal.server.cli.client;

import dwal.environment.Clock;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;

/**
 * Reads a topic until it has read what was asked for, and gives each record to be written. In a group it commits what was written, before
 * its partitions go to others and at the end: nothing is left out, and after a failure some may come twice. One thread.
 */
final class Reading {
    private static final Duration POLL = Duration.ofMillis(200);
    private static final long COMMIT_NANOS = 1_000_000_000L;

    /** Takes records. */
    interface Writer {
        void write(ConsumerRecord<byte[], byte[]> record) throws IOException;
    }

    /** Sends on what was written. */
    interface Flush {
        void now() throws IOException;
    }

    /** Where records go to. */
    record Line(Writer writer, Flush flush) {}

    /**
     * When to end.
     *
     * @param follow not at the end that partitions have at first
     * @param count after so many records
     * @param waitNanos after so long without a record
     */
    record Ending(boolean follow, long count, long waitNanos) {}

    private final Consumer<byte[], byte[]> consumer;
    private final Ending ending;
    private final Line line;
    private final BooleanSupplier interrupted;
    private final Clock clock = Clock.system();
    /** Where to end, unless it follows: the ends of the partitions that it has, as they were when it got them. */
    private final Map<TopicPartition, Long> ends = new HashMap<>();
    /** Offsets behind the records that were written, and are not committed yet. */
    private final Map<TopicPartition, OffsetAndMetadata> uncommitted = new HashMap<>();

    private boolean assigned;
    private long written;
    private long lastCommit = clock.nanoTime();
    private long lastRecord = clock.nanoTime();

    Reading(Consumer<byte[], byte[]> consumer, Ending ending, Line line, BooleanSupplier interrupted) {
        this.consumer = consumer;
        this.ending = ending;
        this.line = line;
        this.interrupted = interrupted;
    }

    /** Reads from {@code starts} on. False if fewer records came than were asked for. */
    boolean of(Map<TopicPartition, Long> starts) throws IOException {
        consumer.assign(starts.keySet());
        starts.forEach(consumer::seek);
        ends.putAll(consumer.endOffsets(starts.keySet()));
        assigned = true;
        return read(false);
    }

    /** Reads {@code topic} as a member of the consumer's group. False if fewer records came than were asked for. */
    boolean ofGroup(String topic) throws IOException {
        consumer.subscribe(List.of(topic), new Assignments());
        return read(true);
    }

    private boolean read(boolean commits) throws IOException {
        try {
            while (!interrupted.getAsBoolean() && written < ending.count) {
                if (isAtEnd()) {
                    return true;
                } else if (clock.nanoTime() - lastRecord >= ending.waitNanos) {
                    return ending.count == Long.MAX_VALUE;
                }
                write();
                if (commits && clock.nanoTime() - lastCommit >= COMMIT_NANOS) {
                    commit();
                }
            }
        } catch (WakeupException e) {
            // Interrupted: what was written is all.
        } catch (IOException e) {
            // Whoever reads the lines may have seen enough, as 'head' does.
            if (!"Broken pipe".equals(e.getMessage())) {
                throw e;
            }
        } finally {
            if (commits) {
                commit();
            }
        }
        return true;
    }

    private boolean isAtEnd() {
        return !ending.follow
                && assigned
                && ends.entrySet().stream().allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
    }

    private void write() throws IOException {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
            if (written == ending.count) {
                break;
            }
            var id = new TopicPartition(record.topic(), record.partition());
            if (!ending.follow && record.offset() >= ends.getOrDefault(id, Long.MAX_VALUE)) {
                continue;
            }
            line.writer.write(record);
            written++;
            lastRecord = clock.nanoTime();
            uncommitted.put(id, new OffsetAndMetadata(record.offset() + 1, record.leaderEpoch(), ""));
        }
        line.flush.now();
    }

    private void commit() {
        lastCommit = clock.nanoTime();
        if (uncommitted.isEmpty()) {
            return;
        }
        try {
            consumer.commitSync(uncommitted);
        } catch (WakeupException e) {
            // The interruption came between two calls. It comes once.
            consumer.commitSync(uncommitted);
        }
        uncommitted.clear();
    }

    /** Follows which partitions the group gives to this member. */
    private final class Assignments implements ConsumerRebalanceListener {
        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            assigned = true;
            ends.putAll(consumer.endOffsets(partitions));
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            commit();
            partitions.forEach(ends::remove);
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> partitions) {
            partitions.forEach(ends::remove);
            partitions.forEach(uncommitted::remove);
        }
    }
}

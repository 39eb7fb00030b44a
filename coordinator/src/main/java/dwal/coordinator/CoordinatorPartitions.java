package dwal.coordinator;

import dwal.protocol.RecordsSlice;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.internal.MemoryRecords;

/**
 * What the state machines need of the partitions that hold their records ({@code __consumer_offsets}): to append to, and to
 * read back, those that this node leads.
 *
 * <p>Called on coordinator threads and on threads for blocking work, never on a network loop; a call may wait for the
 * partition's strand or for a disk. A partition that this node does not lead, or that is offline, is refused with the
 * exception that Kafka has for it ({@code NotLeaderOrFollowerException}, {@code KafkaStorageException}).
 */
public interface CoordinatorPartitions {

    /**
     * Appends {@code records} as leader and waits for no replica. The buffer behind the records is used again as soon as
     * this returns: whoever keeps it copies it.
     *
     * @return the offset after the last record
     * @throws org.apache.kafka.common.errors.ApiException when nothing was appended: not the leader, storage offline,
     *     records too large, too few replicas in sync
     */
    long append(TopicPartition partition, MemoryRecords records);

    /** The largest batch that {@link #append} takes, in bytes (the topic's {@code max.message.bytes}). */
    int maxBatchBytes(TopicPartition partition);

    /** Where the log begins, up to where it is committed, and where it ends. */
    record Extent(long startOffset, long highWatermark, long endOffset) {}

    /** The present extent of a led partition; empty when this node does not lead it, or it is offline. */
    Optional<Extent> extent(TopicPartition partition);

    /**
     * Reads whole batches from {@code offset} on, up to the log end (above the high watermark too), at most {@code maxBytes}
     * of them but one batch even if larger. Empty at the log end. The caller releases the slice.
     */
    RecordsSlice read(TopicPartition partition, long offset, int maxBytes);

    /**
     * Hears of the high watermark of a partition and of each new one, in order, for one tenure of this node as its leader.
     *
     * <p>It is told on whatever thread moved the high watermark, which may be the partition's strand and may be inside
     * {@link CoordinatorPartitions#append}; it only leaves a note for the coordinator's threads and returns at once.
     */
    interface HighWatermarkListener {
        /** All records below {@code offset} are committed. */
        void advanced(long offset);
    }

    /**
     * Adds {@code listener} to a led partition, and tells it at once where the high watermark is: it may have moved since the
     * coordinator read the log, and nothing may move it again. When the node stops leading it (follower, offline, deleted) the listener is
     * dropped for good: after that the log may hold records that this node never wrote, so that their high watermark would
     * acknowledge the wrong writes.
     */
    void listen(TopicPartition partition, HighWatermarkListener listener);

    /** Takes {@code listener} away; nothing happens when it is gone already. */
    void unlisten(TopicPartition partition, HighWatermarkListener listener);
}

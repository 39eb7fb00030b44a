package dwal.log;

import java.util.Collection;
import org.apache.kafka.common.TopicIdPartition;

/**
 * All logs of a node's data directory, with the one index they share. Any thread.
 */
public interface LogStore extends AutoCloseable {

    /** The log of {@code partition}: the same object each time. Does not touch the disk; a log with no records has no files. */
    PartitionLog log(TopicIdPartition partition, LogSettings settings);

    /** Deletes the partition's files and index entries; readers that are under way finish. */
    void delete(TopicIdPartition partition);

    /** The partitions for which files are there: for finding those that were deleted while the node was down. */
    Collection<TopicIdPartition> onDisk();

    /** Size and free space of the file system, in bytes. */
    record Space(long totalBytes, long usableBytes) {}

    /** See {@link Space}. */
    Space space();

    /** Writes checkpoints of all logs that changed, closes them, marks the directory as cleanly closed. */
    @Override
    void close();
}

package dwal.log;

import dwal.environment.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.TopicPartition;

/** Names in a data directory: {@code <topic>-<partition>/}, and the segments in it. Any thread. */
final class LogFiles {
    /** Directories of deleted partitions end so, until they are gone; as in Kafka. */
    static final String DELETED_SUFFIX = "-delete";

    /** Directories of partitions that were set aside end so; as in Kafka. */
    static final String STRAY_SUFFIX = "-stray";

    private static final int NAME_CHARACTERS = 255;

    private LogFiles() {}

    static Path directoryOf(Path data, TopicPartition partition) {
        return data.resolve(partition.topic() + "-" + partition.partition());
    }

    /** Where the directory of {@code partition} is set aside, by the name that Kafka would give it. */
    static Path strayDirectoryOf(Path data, TopicIdPartition partition) {
        String rest = "-" + partition.partition() + "." + partition.topicId() + STRAY_SUFFIX;
        String topic = partition.topic();
        return data.resolve(topic.substring(0, Math.min(topic.length(), NAME_CHARACTERS - rest.length())) + rest);
    }

    /** The partition whose directory has this name; empty for other directories. */
    static Optional<TopicPartition> partitionOf(String directoryName) {
        int dash = directoryName.lastIndexOf('-');
        if (dash <= 0 || directoryName.endsWith(DELETED_SUFFIX)) {
            return Optional.empty();
        }
        try {
            int partition = Integer.parseInt(directoryName.substring(dash + 1));
            return partition < 0
                    ? Optional.empty()
                    : Optional.of(new TopicPartition(directoryName.substring(0, dash), partition));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** Whether it is the log of the cluster's metadata, which KRaft keeps by itself, without index. */
    static boolean isKeptByKRaft(TopicPartition partition) {
        return partition.topic().equals(LogStore.METADATA_TOPIC);
    }

    /** Base offsets of the segments in {@code directory}, ascending. */
    static List<Long> segments(Disk disk, Path directory) throws IOException {
        List<Long> found = new ArrayList<>();
        for (Path path : disk.list(directory)) {
            String name = path.getFileName().toString();
            if (Segment.isSegmentName(name)) {
                found.add(Segment.baseOffsetOf(name));
            }
        }
        Collections.sort(found);
        return found;
    }

    /** Moves the files of the partition in {@code from} to {@code to}; what a crash leaves undone can be done again. */
    static void moveDirectory(Disk disk, Path from, Path to) throws IOException {
        disk.createDirectories(to);
        Path data = to.getParent();
        if (data != null) {
            disk.syncDirectory(data); // else what is moved there could be lost with it
        }
        Path last = from.resolve(PartitionMetadata.FILE); // while it is there the directory is the partition's
        for (Path path : disk.list(from)) {
            if (!path.equals(last)) {
                disk.rename(path, to.resolve(path.getFileName()));
            }
        }
        disk.syncDirectory(to);
        disk.rename(last, to.resolve(last.getFileName()));
        disk.syncDirectory(to);
        disk.delete(from);
    }

    /** Deletes {@code directory} and the files in it; no error when it is not there. */
    static void deleteDirectory(Disk disk, Path directory) throws IOException {
        for (Path path : disk.list(directory)) {
            disk.delete(path);
        }
        disk.delete(directory);
    }
}

package dwal.log;

import dwal.environment.Disk;
import dwal.environment.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/**
 * Names and small files of a partition's directory: {@code <topic>-<partition>/}, in it the segments and Kafka's
 * {@code partition.metadata}, which says which topic of that name it is. Any thread.
 */
final class LogFiles {
    private static final String METADATA = "partition.metadata";
    private static final String METADATA_NEW = "partition.metadata.tmp";
    private static final String TOPIC_ID = "topic_id: ";
    /** Directories of deleted partitions end so, until they are gone; as in Kafka. */
    static final String DELETED_SUFFIX = "-delete";

    private LogFiles() {}

    static Path directoryOf(Path data, TopicPartition partition) {
        return data.resolve(partition.topic() + "-" + partition.partition());
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

    /** The topic id that {@code directory} says it belongs to; empty if it does not say. */
    static Optional<Uuid> topicIdOf(Disk disk, Path directory) throws IOException {
        Path path = directory.resolve(METADATA);
        if (!disk.exists(path)) {
            return Optional.empty();
        }
        try (DiskFile file = disk.open(path)) {
            ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(file.size(), 4096));
            file.read(bytes, 0);
            String text = new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
            return text.lines()
                    .filter(line -> line.startsWith(TOPIC_ID))
                    .findFirst()
                    .map(line -> parseId(line.substring(TOPIC_ID.length()).trim(), path));
        }
    }

    private static Uuid parseId(String text, Path path) {
        try {
            return Uuid.fromString(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalStateException(path + " holds no topic id but \"" + text + "\"", e);
        }
    }

    /** Makes {@code directory} and says in it whose it is. */
    static void create(Disk disk, Path directory, TopicIdPartition partition) throws IOException {
        disk.createDirectories(directory);
        if (partition.topicId().equals(Uuid.ZERO_UUID)) {
            return;
        }
        Path fresh = directory.resolve(METADATA_NEW);
        try (DiskFile file = disk.open(fresh)) {
            String text = "version: 0\n" + TOPIC_ID + partition.topicId() + "\n";
            file.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
            file.sync();
        }
        disk.rename(fresh, directory.resolve(METADATA));
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

    /** Deletes {@code directory} and the files in it. */
    static void deleteDirectory(Disk disk, Path directory) throws IOException {
        for (Path path : disk.list(directory)) {
            disk.delete(path);
        }
        disk.delete(directory);
    }
}

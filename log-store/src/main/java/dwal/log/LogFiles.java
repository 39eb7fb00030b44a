package dwal.log;

import dwal.environment.Disk;
import dwal.environment.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
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
    /** Kafka's two lines, then one of ours that Kafka passes over; Kafka's own files have neither it nor the line end before. */
    private static final Pattern METADATA_TEXT =
            Pattern.compile("(version: 0\ntopic_id: (\\S{22})(?:\n|\\z))(?:checksum: ([0-9a-f]{8})\n)?");
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

    /**
     * The topic id that {@code directory} says it belongs to; empty if it does not say. The checksum is there because of
     * what a wrong one would do: the directory would be taken for that of a deleted topic, and be deleted.
     */
    static Optional<Uuid> topicIdOf(Disk disk, Path directory) throws IOException, DamagedLogException {
        Path path = directory.resolve(METADATA);
        if (!disk.exists(path)) {
            return Optional.empty();
        }
        try (DiskFile file = disk.open(path)) {
            ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(file.size(), 4096));
            file.read(bytes, 0);
            String text = new String(bytes.array(), 0, bytes.position(), StandardCharsets.ISO_8859_1);
            Matcher found = METADATA_TEXT.matcher(text);
            if (!found.matches() || (found.group(3) != null && !found.group(3).equals(checksum(found.group(1))))) {
                throw new DamagedLogException(path + " is damaged, so it is not known which topic the records beside it"
                        + " belong to. Nothing was changed. Restore the file");
            }
            return Optional.of(Uuid.fromString(found.group(2)));
        } catch (IllegalArgumentException e) {
            throw new DamagedLogException(path + " holds no topic id: " + e.getMessage());
        }
    }

    private static String checksum(String text) {
        var crc = new CRC32C();
        crc.update(text.getBytes(StandardCharsets.ISO_8859_1));
        return HexFormat.of().toHexDigits((int) crc.getValue());
    }

    /** Makes {@code directory} and says in it whose it is. */
    static void create(Disk disk, Path directory, TopicIdPartition partition) throws IOException {
        disk.createDirectories(directory);
        if (partition.topicId().equals(Uuid.ZERO_UUID)) {
            return;
        }
        Path fresh = directory.resolve(METADATA_NEW);
        try (DiskFile file = disk.open(fresh)) {
            String text = "version: 0\ntopic_id: " + partition.topicId() + "\n";
            String whole = text + "checksum: " + checksum(text) + "\n";
            file.write(ByteBuffer.wrap(whole.getBytes(StandardCharsets.ISO_8859_1)), 0);
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

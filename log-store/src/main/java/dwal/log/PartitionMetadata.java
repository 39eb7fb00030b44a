package dwal.log;

import dwal.environment.Disk;
import dwal.environment.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.Uuid;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the file {@code partition.metadata} in a partition's directory says: which topic of that name it is, and whether
 * offsets may be missing in its segments. Any thread.
 *
 * <pre>
 * version: 0
 * topic_id: 4ZiHVO4nTYyS9BOgSZ5f0A
 * offsets: gaps within segments             only if there may be
 * checksum: 1c291ca3                        CRC-32C of the lines before
 * </pre>
 *
 * The first two lines are Kafka's, which passes over the others. In files that Kafka wrote there is neither a checksum nor
 * the line end before it.
 */
record PartitionMetadata(Uuid topicId, Gaps gaps) {

    /** Where offsets may be missing. What is missing elsewhere was lost. */
    enum Gaps {
        /** Nowhere: leaders give one offset after the other. */
        NONE,
        /** Between the batches of a segment: the leader that was followed had compacted them away. Segments meet. */
        WITHIN_SEGMENTS,
        /** Between segments too: Kafka's compaction leaves segments that do not meet. */
        ANYWHERE
    }

    /** Its name. */
    static final String FILE = "partition.metadata";

    private static final Logger log = LoggerFactory.getLogger(PartitionMetadata.class);
    private static final String FILE_NEW = "partition.metadata.tmp";
    private static final String GAPS_LINE = "offsets: gaps within segments\n";
    private static final Pattern TEXT = Pattern.compile(
            "(version: 0\ntopic_id: (\\S{22})(?:\n|\\z)(" + GAPS_LINE + ")?)(?:checksum: ([0-9a-f]{8})\n)?");

    /**
     * Reads it; empty if there is none. The checksum is there because of what a wrong id would do: the directory would be
     * taken for that of a deleted topic, and be deleted.
     */
    static Optional<PartitionMetadata> read(Disk disk, Path directory) throws IOException, DamagedLogException {
        Path path = directory.resolve(FILE);
        if (!disk.exists(path)) {
            return Optional.empty();
        }
        try (DiskFile file = disk.open(path)) {
            ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(file.size(), 4096));
            file.read(bytes, 0);
            String text = new String(bytes.array(), 0, bytes.position(), StandardCharsets.ISO_8859_1);
            Matcher found = TEXT.matcher(text);
            boolean isOurs = found.matches() && found.group(4) != null;
            if (!found.matches()
                    || (isOurs && !found.group(4).equals(checksum(found.group(1))))
                    || (!isOurs && found.group(3) != null)) {
                throw new DamagedLogException(path + " is damaged, so it is not known which topic the records beside it"
                        + " belong to. Nothing was changed. Restore the file");
            }
            Gaps gaps = found.group(3) != null ? Gaps.WITHIN_SEGMENTS : Gaps.NONE;
            return Optional.of(new PartitionMetadata(Uuid.fromString(found.group(2)), isOurs ? gaps : Gaps.ANYWHERE));
        } catch (IllegalArgumentException e) {
            throw new DamagedLogException(path + " holds no topic id: " + e.getMessage());
        }
    }

    /** Makes {@code directory} and says in it whose it is, unless it says so already. */
    static void create(Disk disk, Path directory, TopicIdPartition partition) throws IOException {
        disk.createDirectories(directory);
        if (partition.topicId().equals(Uuid.ZERO_UUID) || isThere(disk, directory, partition.topicId())) {
            return;
        }
        new PartitionMetadata(partition.topicId(), Gaps.NONE).write(disk, directory);
    }

    /**
     * As {@link #create} where segments have none: they are taken for those of {@code partition}, as Kafka does, so that they
     * go when its topic is deleted. The first segment of a log is made after the file, so these are not of one that begins.
     */
    static void createIfLost(Disk disk, Path directory, TopicIdPartition partition) throws IOException {
        if (disk.exists(directory.resolve(FILE))
                || !disk.exists(directory)
                || LogFiles.segments(disk, directory).isEmpty()) {
            return;
        }
        log.warn("{} has no {}: its records are taken for those of {}, and that is noted", directory, FILE, partition);
        try {
            create(disk, directory, partition);
            disk.syncDirectory(directory);
        } catch (IOException e) {
            log.warn("{} could not be written, which is tried again at the next start: {}", FILE, e.toString());
        }
    }

    private static boolean isThere(Disk disk, Path directory, Uuid topicId) throws IOException {
        try {
            return read(disk, directory)
                    .filter(one -> one.topicId().equals(topicId))
                    .isPresent();
        } catch (DamagedLogException e) {
            return false;
        }
    }

    /** Says that offsets may be missing within segments; that outlives a crash when this returns. */
    static void allowGaps(Disk disk, Path directory, TopicIdPartition partition) throws IOException {
        disk.createDirectories(directory);
        new PartitionMetadata(partition.topicId(), Gaps.WITHIN_SEGMENTS).write(disk, directory);
        disk.syncDirectory(directory);
    }

    private void write(Disk disk, Path directory) throws IOException {
        Path fresh = directory.resolve(FILE_NEW);
        try (DiskFile file = disk.open(fresh)) {
            String text = "version: 0\ntopic_id: " + topicId + "\n" + (gaps == Gaps.NONE ? "" : GAPS_LINE);
            String whole = text + "checksum: " + checksum(text) + "\n";
            file.truncate(0);
            file.write(ByteBuffer.wrap(whole.getBytes(StandardCharsets.ISO_8859_1)), 0);
            file.sync();
        }
        disk.rename(fresh, directory.resolve(FILE));
    }

    private static String checksum(String text) {
        var crc = new CRC32C();
        crc.update(text.getBytes(StandardCharsets.ISO_8859_1));
        return HexFormat.of().toHexDigits((int) crc.getValue());
    }
}

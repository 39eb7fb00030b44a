package dwal.log;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dwal.environment.Disk;
import dwal.environment.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.zip.CRC32C;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file {@code log-start-offset-checkpoint} of a data directory: where logs start whose first records were deleted. Asked
 * when the index has no checkpoint of a log: when it was lost, or when Kafka wrote the directory. Any thread that may block.
 *
 * <pre>
 * 0                    version
 * 2                    lines behind this
 * orders 3 512         topic, partition, log start offset
 * =crc32c 0 473128965  CRC-32C of the lines between count and this one
 * </pre>
 *
 * The format is Kafka's, to which our last line is a partition that it does not know.
 */
final class StartOffsetFile {
    private static final Logger log = LoggerFactory.getLogger(StartOffsetFile.class);
    private static final String NAME = "log-start-offset-checkpoint";
    private static final String CHECKSUM = "=crc32c";
    private static final Comparator<TopicPartition> ORDER =
            Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition);

    private final Disk disk;
    private final Path directory;
    private final BiConsumer<Path, String> damage;
    private @Nullable Map<TopicPartition, Long> starts;

    StartOffsetFile(Disk disk, Path directory) {
        this(
                disk,
                directory,
                (path, why) -> log.warn(
                        "{} is damaged ({}) and is written anew. It matters only when the index is lost too: then records"
                                + " that were deleted from the front of a segment come back",
                        path,
                        why));
    }

    /** {@code damage} is told when the file cannot be understood, and why. */
    StartOffsetFile(Disk disk, Path directory, BiConsumer<Path, String> damage) {
        this.disk = disk;
        this.directory = directory;
        this.damage = damage;
    }

    /** Where the log of {@code partition} starts, as far as the file says; else 0. */
    synchronized long of(TopicPartition partition) throws IOException {
        return starts().getOrDefault(partition, 0L);
    }

    /** Takes note of where a log starts by its checkpoint, for the next time that the file is written. */
    synchronized void note(TopicPartition partition, long startOffset) throws IOException {
        if (startOffset > 0) {
            starts().put(partition, startOffset);
        }
    }

    /** Keeps that these logs start there; that outlives a crash when this returns. */
    synchronized void keep(Map<TopicPartition, Long> raised) throws IOException {
        starts().putAll(raised);
        write();
    }

    /** Forgets {@code partition}, whose log is gone or starts over; that outlives a crash when this returns. */
    synchronized void forget(TopicPartition partition) throws IOException {
        if (starts().remove(partition) != null) {
            write();
        }
    }

    private Map<TopicPartition, Long> starts() throws IOException {
        Map<TopicPartition, Long> known = starts;
        if (known == null) {
            known = read();
            starts = known;
        }
        return known;
    }

    private Map<TopicPartition, Long> read() throws IOException {
        Path path = directory.resolve(NAME);
        if (!disk.exists(path)) {
            return new TreeMap<>(ORDER);
        }
        try (DiskFile file = disk.open(path)) {
            ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(file.size()));
            file.read(bytes, 0);
            return parse(List.of(new String(bytes.array(), 0, bytes.position(), ISO_8859_1).split("\n", -1)));
        } catch (IllegalArgumentException | IndexOutOfBoundsException | ArithmeticException e) {
            damage.accept(path, String.valueOf(e.getMessage()));
            return new TreeMap<>(ORDER);
        }
    }

    /** Throws some RuntimeException on what is not such a file. */
    private static Map<TopicPartition, Long> parse(List<String> lines) {
        List<String> entries = lines.subList(2, lines.size() - 1);
        boolean whole = lines.get(0).equals("0")
                && Integer.parseInt(lines.get(1)) == entries.size()
                && lines.get(lines.size() - 1).isEmpty();
        Map<TopicPartition, Long> found = new TreeMap<>(ORDER);
        for (int i = 0; whole && i < entries.size(); i++) {
            String[] words = entries.get(i).split(" ", -1);
            whole = words.length == 3;
            long offset = whole ? Long.parseLong(words[2]) : -1;
            if (whole && words[0].equals(CHECKSUM)) {
                whole = offset == checksum(String.join("\n", entries.subList(0, i)));
            } else if (whole) {
                whole = offset >= 0;
                found.put(new TopicPartition(words[0], Integer.parseInt(words[1])), offset);
            }
        }
        if (!whole) {
            throw new IllegalArgumentException("its lines, their number and their checksum do not agree");
        }
        return found;
    }

    private void write() throws IOException {
        StringBuilder entries = new StringBuilder();
        starts().forEach((partition, offset) -> entries.append(entries.isEmpty() ? "" : "\n")
                .append(partition.topic())
                .append(' ')
                .append(partition.partition())
                .append(' ')
                .append(offset));
        String text = "0\n" + (starts().size() + 1) + "\n" + entries + (entries.isEmpty() ? "" : "\n") + CHECKSUM
                + " 0 " + checksum(entries.toString()) + "\n";
        Path fresh = directory.resolve(NAME + ".tmp");
        try (DiskFile file = disk.open(fresh)) {
            file.truncate(0);
            file.write(ByteBuffer.wrap(text.getBytes(ISO_8859_1)), 0);
            file.sync();
        }
        disk.rename(fresh, directory.resolve(NAME));
        disk.syncDirectory(directory);
    }

    private static long checksum(String text) {
        var crc = new CRC32C();
        crc.update(text.getBytes(ISO_8859_1));
        return crc.getValue();
    }
}

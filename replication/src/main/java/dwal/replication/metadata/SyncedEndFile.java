package dwal.replication.metadata;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dwal.environment.Disk;
import dwal.environment.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * The file {@code synced-end} beside the metadata log: how far that was synced at least when the file was written. A log that
 * was cut at its end looks like one that a crash left; this tells them apart. Kafka does not know the file, and passes over it.
 * It is in the log's own folder, so that it is moved away, or comes back from a backup, with the log. Callers come one at a time.
 *
 * <pre>
 * offset: 4711          behind the last record that was synced
 * epoch: 5              of the batch that holds it
 * checksum: 1b2a3c4d    CRC-32C of the lines above
 * </pre>
 */
final class SyncedEndFile {
    static final String NAME = "synced-end";

    private static final Pattern TEXT =
            Pattern.compile("(offset: (\\d{1,18})\nepoch: (\\d{1,9})\n)checksum: ([0-9a-f]{8})\n");

    /** What it says. */
    record SyncedEnd(long offset, int epoch) {}

    private final Disk disk;
    private final Path folder;
    private final Path path;

    /** @param folder that of the metadata log */
    SyncedEndFile(Disk disk, Path folder) {
        this.disk = disk;
        this.folder = folder;
        this.path = folder.resolve(NAME);
    }

    Path path() {
        return path;
    }

    boolean exists() {
        return disk.exists(path);
    }

    /** What it says; empty if it is not there, or damaged. */
    Optional<SyncedEnd> read() throws IOException {
        if (!exists()) {
            return Optional.empty();
        }
        Matcher text = TEXT.matcher(Files.readString(path, ISO_8859_1));
        return text.matches() && text.group(4).equals(checksumOf(text.group(1)))
                ? Optional.of(new SyncedEnd(Long.parseLong(text.group(2)), Integer.parseInt(text.group(3))))
                : Optional.empty();
    }

    /** Writes it anew; that outlives a crash when this returns. Whatever fails, what was there before is there still. */
    void write(SyncedEnd end) throws IOException {
        String said = "offset: " + end.offset() + "\nepoch: " + end.epoch() + "\n";
        Path fresh = path.resolveSibling(NAME + ".tmp");
        try (DiskFile file = disk.open(fresh)) {
            file.truncate(0);
            file.write(ByteBuffer.wrap((said + "checksum: " + checksumOf(said) + "\n").getBytes(ISO_8859_1)), 0);
            file.sync();
        }
        disk.rename(fresh, path);
        disk.syncDirectory(folder);
    }

    /** Removes it; that outlives a crash when this returns. */
    void delete() throws IOException {
        disk.delete(path);
        disk.syncDirectory(folder);
    }

    private static String checksumOf(String text) {
        var crc = new CRC32C();
        crc.update(text.getBytes(ISO_8859_1));
        return HexFormat.of().toHexDigits((int) crc.getValue());
    }
}

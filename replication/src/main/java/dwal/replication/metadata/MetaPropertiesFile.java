package dwal.replication.metadata;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.metadata.properties.MetaProperties;
import org.apache.kafka.metadata.properties.MetaPropertiesEnsemble;
import org.apache.kafka.metadata.properties.PropertiesUtils;

/**
 * The file {@code meta.properties} of a data directory: which node of which cluster it belongs to, as Kafka writes it, and in the
 * first line, which is a comment, a checksum of what it says. For a digit that turned into another makes this another node, or
 * the directory that of another voter, and nothing else would tell; and in a file that was cut, an id may be shorter. So the
 * checksum stands before what can be cut off. Kafka's own files have no such line, older ones of ours have it at the end. One
 * thread at a time.
 */
final class MetaPropertiesFile {
    private static final Pattern CHECKSUM = Pattern.compile("# checksum: ([0-9a-f]{8})");

    private final Path directory;
    private final Path path;

    MetaPropertiesFile(Path directory) {
        this.directory = directory;
        this.path = directory.resolve(MetaPropertiesEnsemble.META_PROPERTIES_NAME);
    }

    /** What it says; empty if there is none. */
    Optional<MetaProperties> read() {
        try {
            Optional<MetaProperties> found = load();
            if (found.isPresent()) {
                Matcher checksum = CHECKSUM.matcher(Files.readString(path, ISO_8859_1));
                if (checksum.find() && !checksum.group(1).equals(checksumOf(found.get()))) {
                    throw damaged("its checksum does not fit what it says: " + found.get());
                }
            }
            return found;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + path, e);
        }
    }

    private Optional<MetaProperties> load() throws IOException {
        MetaPropertiesEnsemble ensemble;
        try {
            ensemble = new MetaPropertiesEnsemble.Loader()
                    .addLogDirs(List.of(directory.toString()))
                    .addMetadataLogDir(directory.toString())
                    .load();
        } catch (RuntimeException e) {
            throw damaged(String.valueOf(e.getMessage()));
        }
        if (!ensemble.errorLogDirs().isEmpty()) {
            throw damaged("it is no file of properties that Kafka knows");
        }
        return Optional.ofNullable(ensemble.logDirProps().get(directory.toString()));
    }

    /** Writes the file, as Kafka does, and the checksum; it outlives a crash when this returns. */
    void write(MetaProperties identity) throws IOException {
        PropertiesUtils.writePropertiesFile(identity.toProperties(), path.toString(), true);
        seal(identity);
    }

    private void seal(MetaProperties written) throws IOException {
        String text = "# checksum: " + checksumOf(written) + "\n" + Files.readString(path, ISO_8859_1);
        Path fresh = path.resolveSibling(path.getFileName() + ".tmp");
        try (FileChannel channel = FileChannel.open(
                fresh, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(ISO_8859_1));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        // Syncs the directory, too.
        Utils.atomicMoveWithFallback(fresh, path);
    }

    private DataDirectoryException damaged(String why) {
        return new DataDirectoryException(path + " is damaged (" + why
                + "). Nothing was changed. Restore the file: node.id as this node's settings have it, cluster.id as the"
                + " other nodes' files have it, directory.id as the quorum knows it");
    }

    private static String checksumOf(MetaProperties said) {
        String text = "cluster.id=" + said.clusterId().orElse("") + "\ndirectory.id="
                + said.directoryId().map(Object::toString).orElse("") + "\nnode.id="
                + (said.nodeId().isPresent() ? said.nodeId().getAsInt() : "") + "\nversion="
                + said.version().number();
        var crc = new CRC32C();
        crc.update(text.getBytes(ISO_8859_1));
        return HexFormat.of().toHexDigits((int) crc.getValue());
    }
}

package dwal.replication.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the small files of a data directory say after damage: the same, nothing, or an error that names the file. */
class DataDirectoryTest {
    private static final long EPOCH = 41;

    @TempDir
    private Path path;

    private DataDirectory directory;

    @BeforeEach
    void format() {
        directory = open();
    }

    private DataDirectory open() {
        return open(Map.of());
    }

    private DataDirectory open(Map<String, String> more) {
        return DataDirectory.open(MetadataSettings.standalone(1, path, more), (log, end, epoch) -> Optional.empty());
    }

    @Test
    void aFlippedBitOfMetaPropertiesIsNoticedOrDoesNotMatter() throws Exception {
        Path file = path.resolve("meta.properties");
        byte[] whole = Files.readAllBytes(file);
        for (int bit = 0; bit < 8 * whole.length; bit++) {
            Files.write(file, flipped(whole, bit));
            try {
                DataDirectory opened = open();
                assertThat(opened.clusterId()).as("bit %d", bit).isEqualTo(directory.clusterId());
                assertThat(opened.id()).as("bit %d", bit).isEqualTo(directory.id());
            } catch (DataDirectoryException e) {
                assertThat(e.getMessage())
                        .as("bit %d", bit)
                        .contains("meta.properties")
                        .containsIgnoringCase("restore");
            }
        }
    }

    @Test
    void metaPropertiesThatIsCutAnywhereIsNoticedOrSaysTheSame() throws Exception {
        Path file = path.resolve("meta.properties");
        byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            try {
                DataDirectory opened = open();
                assertThat(opened.clusterId()).as("cut to %d", length).isEqualTo(directory.clusterId());
                assertThat(opened.id()).as("cut to %d", length).isEqualTo(directory.id());
            } catch (DataDirectoryException e) {
                assertThat(e.getMessage())
                        .as("cut to %d", length)
                        .contains("meta.properties")
                        .containsIgnoringCase("restore the file");
            }
        }
    }

    @Test
    void metaPropertiesWithItsChecksumInTheLastLineIsTaken() throws Exception {
        Path file = path.resolve("meta.properties");
        var lines = new ArrayList<>(Files.readAllLines(file));
        lines.add(lines.remove(0));
        Files.write(file, lines);
        assertThat(open().clusterId()).isEqualTo(directory.clusterId());
        lines.replaceAll(line -> line.replace("node.id=1", "node.id=2"));
        Files.write(file, lines);
        assertThatThrownBy(this::open).hasMessageContaining("meta.properties is damaged");
    }

    @Test
    void aFormatThatWasCutShortIsDoneAnew() throws Exception {
        Path log = path.resolve("__cluster_metadata-0");
        Files.delete(path.resolve("meta.properties"));
        Files.writeString(path.resolve("00000000000000000000-0000000000.checkpoint123.part"), "begun");
        Files.writeString(log.resolve("00000000000000000000-0000000000.checkpoint456.part"), "begun");
        assertThat(open().clusterId()).isNotEqualTo(directory.clusterId());
        assertThat(path.toFile().list())
                .containsExactlyInAnyOrder("meta.properties", "bootstrap.checkpoint", "__cluster_metadata-0");
        assertThat(log.toFile().list()).containsExactly("00000000000000000000-0000000000.checkpoint");
    }

    @Test
    void aMetadataLogThatIsOfNoKnownNodeIsNotFormatted() throws Exception {
        Path segment = path.resolve("__cluster_metadata-0/00000000000000000000.log");
        Files.delete(path.resolve("meta.properties"));
        Files.writeString(segment, "records");
        assertThatThrownBy(this::open)
                .isInstanceOf(DataDirectoryException.class)
                .hasMessageContaining("restore that file");
        assertThat(segment).hasContent("records");
    }

    @Test
    void whatCannotBeWrittenIsToldAsTheDirectorysTrouble() throws Exception {
        Path log = path.resolve("__cluster_metadata-0");
        Files.delete(path.resolve("meta.properties"));
        Files.delete(log.resolve("00000000000000000000-0000000000.checkpoint"));
        Files.delete(log);
        Files.writeString(log, "a file where a directory is to be");
        assertThatThrownBy(this::open)
                .isInstanceOf(DataDirectoryException.class)
                .hasMessageContaining("cannot format the data directory " + path);
    }

    @Test
    void metaPropertiesAsKafkaWritesItHasNoChecksumAndIsTaken() throws Exception {
        Path file = path.resolve("meta.properties");
        var lines = Files.readAllLines(file);
        assertThat(lines.get(0)).startsWith("# checksum: ");
        Files.write(file, lines.subList(1, lines.size()));
        assertThat(open().clusterId()).isEqualTo(directory.clusterId());
        var properties = new Properties();
        try (var stream = Files.newInputStream(file)) {
            properties.load(stream);
        }
        assertThat(properties).containsOnlyKeys("version", "cluster.id", "node.id", "directory.id");
    }

    @Test
    void anotherIdThanTheFileWasWrittenWithIsNoticed() throws Exception {
        Path file = path.resolve("meta.properties");
        Files.writeString(file, Files.readString(file).replace("node.id=1", "node.id=2"));
        assertThatThrownBy(this::open)
                .isInstanceOf(DataDirectoryException.class)
                .hasMessageContaining("meta.properties is damaged");
    }

    @Test
    void aDamagedMarkOfACleanStopCountsAsNoneOrAsOneOfAnEpochThatNeverWas() throws Exception {
        directory.markCleanShutdown(EPOCH);
        Path file = path.resolve(".kafka_cleanshutdown");
        byte[] whole = Files.readAllBytes(file);
        for (int bit = 0; bit < 8 * whole.length; bit++) {
            Files.write(file, flipped(whole, bit));
            boolean inEpoch = new String(whole, StandardCharsets.ISO_8859_1).indexOf("41") <= bit / 8
                    && bit / 8 < whole.length - 1;
            var taken = directory.takeCleanShutdownMark();
            if (inEpoch) {
                assertThat(taken.orElse(-1)).as("bit %d", bit).isNotEqualTo(EPOCH);
            } else {
                assertThat(taken.orElse(EPOCH)).as("bit %d", bit).isEqualTo(EPOCH);
            }
            assertThat(file).doesNotExist();
        }
    }

    private static byte[] flipped(byte[] whole, int bit) {
        byte[] flipped = whole.clone();
        flipped[bit / 8] ^= (byte) (1 << bit % 8);
        return flipped;
    }

    @Test
    void aMetadataLogThatIsMissingBesideRecordsIsNotBegunAnew() throws Exception {
        Files.createDirectories(path.resolve("topic-0"));
        Files.writeString(path.resolve("topic-0/partition.metadata"), "of a topic");
        assertRefused("missing");
        Files.writeString(path.resolve("__cluster_metadata-0/00000000000000000000.log"), "");
        assertRefused("missing");
    }

    @Test
    void aDirectoryWithRecordsIsNotFormatted() throws Exception {
        Files.createDirectories(path.resolve("topic-0"));
        Files.writeString(path.resolve("topic-0/partition.metadata"), "of a topic");
        Files.delete(path.resolve("meta.properties"));
        Files.delete(path.resolve("__cluster_metadata-0/00000000000000000000-0000000000.checkpoint"));
        assertThatThrownBy(this::open)
                .isInstanceOf(DataDirectoryException.class)
                .hasMessageContaining("restore them, or use another directory");
        assertThat(path.resolve("meta.properties")).doesNotExist();
    }

    @Test
    void aMetadataLogWithoutTheVotersOfItsFormatIsRefused() throws Exception {
        Files.delete(path.resolve("__cluster_metadata-0/00000000000000000000-0000000000.checkpoint"));
        assertRefused("missing");
    }

    @Test
    void oneOfSeveralVotersMayBeginItsMetadataLogAnew() throws Exception {
        Files.createDirectories(path.resolve("topic-0"));
        Files.writeString(path.resolve("topic-0/partition.metadata"), "of a topic");
        assertThat(open(Map.of("controller.quorum.voters", "1@localhost:9093,2@localhost:9094"))
                        .clusterId())
                .isEqualTo(directory.clusterId());
        assertThatThrownBy(() -> open(Map.of("controller.quorum.voters", "1@localhost:9093")))
                .isInstanceOf(DataDirectoryException.class)
                .hasMessageContaining("missing");
    }

    private void assertRefused(String why) {
        assertThatThrownBy(this::open)
                .isInstanceOf(DataDirectoryException.class)
                .hasMessageContaining(why)
                .hasMessageContaining("Restore");
    }
}

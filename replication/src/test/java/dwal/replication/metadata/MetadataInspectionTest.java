package dwal.replication.metadata;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Disk;
import dwal.log.DamageBeforeEnd;
import dwal.replication.metadata.MetadataInspection.Finding;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.common.utils.Time;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Of the directory of a node that ran, and has a topic. */
@Timeout(60)
class MetadataInspectionTest {
    @TempDir
    private Path data;

    private Path folder;

    @BeforeEach
    void run() throws Exception {
        var endpoint = new Endpoint("PLAINTEXT", SecurityProtocol.PLAINTEXT, "127.0.0.1", 19092);
        var check = new DamageBeforeEnd(Disk.system());
        try (var cluster = new ClusterMetadata(
                MetadataSettings.standalone(1, data, Map.of()), Time.SYSTEM, check::find, (what, why) -> {})) {
            cluster.start(CompletableFuture.completedFuture(List.of(endpoint))).get(30, TimeUnit.SECONDS);
        }
        folder = data.resolve("__cluster_metadata-0");
        Files.createDirectories(data.resolve("topic-0"));
        Files.writeString(data.resolve("topic-0/partition.metadata"), "of a topic");
    }

    @Test
    void saysNothingOfWhatANodeLeaves() throws Exception {
        assertThat(findings()).isEmpty();
    }

    @Test
    void saysNothingOfLogsThatNoNodeHasFormatted(@TempDir Path bare) throws Exception {
        Files.createDirectories(bare.resolve("topic-0"));
        Files.writeString(bare.resolve("topic-0/partition.metadata"), "of a topic");
        assertThat(findings(bare)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "meta.properties",
                "__cluster_metadata-0/quorum-state",
                "__cluster_metadata-0/00000000000000000000.log"
            })
    void namesAFileThatIsMissing(String name) throws Exception {
        Files.delete(data.resolve(name));
        assertDamaged(name.endsWith(".log") ? folder : data.resolve(name));
    }

    @Test
    void namesAFolderThatIsMissing() throws Exception {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
        assertDamaged(folder);
    }

    @Test
    void aBootstrapSnapshotThatIsMissingIsANote() throws Exception {
        Path file = data.resolve("bootstrap.checkpoint");
        Files.delete(file);
        assertThat(findings()).singleElement().satisfies(finding -> {
            assertThat(finding.isDamage()).isFalse();
            assertThat(finding.what()).startsWith(file.toString());
        });
    }

    /** Of these files each byte is under a checksum, but for the offset and epoch of a batch. */
    @ParameterizedTest
    @ValueSource(strings = {"bootstrap.checkpoint", "__cluster_metadata-0/00000000000000000000-0000000000.checkpoint"})
    void namesASnapshotWithAFlippedBitOrWithoutItsEnd(String name) throws Exception {
        Path file = data.resolve(name);
        byte[] whole = Files.readAllBytes(file);
        for (int at = 16; at < whole.length; at += at < 60 ? 1 : 7) {
            byte[] flipped = whole.clone();
            flipped[at] ^= 1;
            if (!isOffsetOrEpoch(whole, at)) {
                replace(file, flipped);
                assertThat(findings())
                        .as("byte %d", at)
                        .anyMatch(one -> one.isDamage() && one.what().startsWith(file + " at position "));
            }
            replace(file, Arrays.copyOf(whole, at));
            assertThat(findings())
                    .as("cut to %d", at)
                    .anyMatch(one -> one.isDamage() && one.what().startsWith(file + " at position "));
        }
    }

    private static boolean isOffsetOrEpoch(byte[] log, int at) {
        int batch = 0;
        int next = 0;
        while (next <= at) {
            batch = next;
            next += 12 + ByteBuffer.wrap(log).getInt(batch + 8);
        }
        return at - batch < 8 || (at - batch >= 12 && at - batch < 16);
    }

    @Test
    void namesAVoteThatIsDamaged() throws Exception {
        Path file = folder.resolve("quorum-state");
        Files.writeString(file, Files.readString(file, UTF_8).replace("\"leaderId\":1", "\"leaderId\":2"), UTF_8);
        assertDamaged(file);
        Files.writeString(file, "");
        assertDamaged(file);
    }

    @Test
    void namesPropertiesThatAreCut() throws Exception {
        Path file = data.resolve("meta.properties");
        byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length < whole.length - 1; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertDamaged(file);
        }
    }

    @Test
    void namesThePlaceWhereTheLogWasCut() throws Exception {
        Path segment = folder.resolve("00000000000000000000.log");
        byte[] whole = Files.readAllBytes(segment);
        Files.write(segment, Arrays.copyOf(whole, whole.length - 1));
        assertDamaged(segment);
    }

    @Test
    void aNoteOfTheEndThatIsDamagedIsTold() throws Exception {
        Files.writeString(folder.resolve("synced-end"), "offset: 7\n");
        assertThat(findings())
                .singleElement()
                .satisfies(finding -> assertThat(finding.isDamage()).isFalse());
    }

    @Test
    void namesALogWhoseBeginningIsInNoSnapshot() throws Exception {
        Path segment = folder.resolve("00000000000000000000.log");
        Path later = folder.resolve("00000000000000000500.log");
        Files.move(segment, later);
        assertDamaged(later);
    }

    private void assertDamaged(Path file) throws Exception {
        assertThat(findings())
                .anyMatch(one -> one.isDamage() && one.what().startsWith(file.toString()))
                .allMatch(one -> one.what().lines().count() == 1);
    }

    private List<Finding> findings() throws Exception {
        return findings(data);
    }

    private static List<Finding> findings(Path data) throws Exception {
        List<Finding> found = new ArrayList<>();
        new MetadataInspection(data, new DamageBeforeEnd(Disk.system())::findMissingEnd, found::add).run();
        return found;
    }

    /** Snapshots are read-only. */
    private static void replace(Path file, byte[] bytes) throws Exception {
        Files.delete(file);
        Files.write(file, bytes);
    }
}

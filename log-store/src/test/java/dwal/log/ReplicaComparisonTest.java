package dwal.log;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Disk;
import dwal.log.ReplicaComparison.Difference;
import dwal.log.ReplicaComparison.Totals;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three copies of a log of several segments, one record a batch, of which one is changed. */
class ReplicaComparisonTest {
    private static final int BATCHES = 60;

    @TempDir
    Path root;

    private final List<Difference> differences = new ArrayList<>();
    private final List<Path> replicas = new ArrayList<>();
    private long lastDone;
    private long lastTotal;

    @BeforeEach
    void write() throws IOException {
        Path written = root.resolve("a");
        var fixture = new LogFixture(Disk.system(), written);
        PartitionLog log = fixture.log(new SettingsBuilder().segmentBytes(1500).build());
        for (int i = 0; i < BATCHES; i++) {
            log.append(Batches.at(1_000 + i, "value " + i), AppendOrigin.CLIENT, i < 30 ? 4 : 5);
        }
        fixture.runBlocking();
        fixture.store.close();
        replicas.add(written);
        for (String name : List.of("b", "c")) {
            Path copy = root.resolve(name);
            Files.createDirectories(partition(copy));
            for (Path file : files(written)) {
                Files.copy(file, partition(copy).resolve(file.getFileName()));
            }
            replicas.add(copy);
        }
        assertThat(segments(written).size()).isGreaterThan(2);
    }

    @Test
    void sameReplicasAreTheSame() throws IOException {
        assertThat(compare()).isEqualTo(new Totals(1, 3, 0));
        assertThat(lastDone).isEqualTo(lastTotal).isPositive();
    }

    @Test
    void replicasWithOtherSegmentsOfTheSameBatchesAreTheSame() throws IOException {
        List<Path> segments = segments(root.resolve("b"));
        for (Path later : segments.subList(1, segments.size())) {
            Files.write(segments.get(0), Files.readAllBytes(later), java.nio.file.StandardOpenOption.APPEND);
            Files.delete(later);
        }
        assertThat(compare().different()).isZero();
    }

    @Test
    void replicasMayBeginAndEndElsewhere() throws IOException {
        Files.delete(segments(root.resolve("b")).get(0));
        cut(root.resolve("c"), 40);
        assertThat(compare().different()).isZero();
    }

    @Test
    void namesOffsetAndFilesOfARecordThatDiffers() throws IOException {
        Place changed = place(root.resolve("c"), 33);
        rewrite(changed, 70, (byte) 'X');
        assertThat(compare()).isEqualTo(new Totals(1, 3, 1));
        Place original = place(root.resolve("a"), 33);
        assertThat(differences)
                .singleElement()
                .asString()
                .startsWith("orders-0 at offset 33: " + original.file + " at position " + original.position + " and "
                        + changed.file + " at position " + changed.position + " differ: other bytes from byte ");
    }

    @Test
    void noticesADifferenceOfTwoReplicasWhereTheThirdHasNothing() throws IOException {
        cut(root.resolve("a"), 20);
        rewrite(place(root.resolve("b"), 50), 70, (byte) 'X');
        compare();
        assertThat(differences).extracting(Difference::offset).containsExactly(50L);
    }

    @Test
    void noticesAnotherLeaderEpoch() throws IOException {
        setEpoch(place(root.resolve("b"), 30), 4);
        compare();
        assertThat(differences).singleElement().satisfies(difference -> {
            assertThat(difference.offset()).isEqualTo(30);
            assertThat(difference.what()).endsWith("differ: leader epochs 5 and 4");
        });
    }

    @Test
    void inTheMetadataTheEndOfAReplicaThatHasNotHeardOfANewerEpochIsPassedOver() throws IOException {
        cut(root.resolve("c"), 33);
        for (long offset = 30; offset < 33; offset++) {
            setEpoch(place(root.resolve("c"), offset), 4);
        }
        rewrite(place(root.resolve("b"), 50), 70, (byte) 'X');
        compare();
        assertThat(differences).extracting(Difference::offset).as("elsewhere").containsExactly(30L);

        differences.clear();
        lastDone = 0;
        for (Path replica : replicas) {
            Files.delete(partition(replica).resolve("partition.metadata"));
            Files.move(partition(replica), replica.resolve("__cluster_metadata-0"));
        }
        compare();
        assertThat(differences)
                .extracting(Difference::offset)
                .as("of the others")
                .containsExactly(50L);
    }

    @Test
    void inTheMetadataAReplicaThatHasHeardOfTheNewerEpochMustBeTheSame() throws IOException {
        setEpoch(place(root.resolve("c"), 30), 4);
        for (Path replica : replicas) {
            Files.delete(partition(replica).resolve("partition.metadata"));
            Files.move(partition(replica), replica.resolve("__cluster_metadata-0"));
        }
        compare();
        assertThat(differences).extracting(Difference::offset).containsExactly(30L);
    }

    @Test
    void noticesAnOffsetThatIsLeftOut() throws IOException {
        Place left = place(root.resolve("c"), 10);
        byte[] bytes = Files.readAllBytes(left.file);
        byte[] fewer = Arrays.copyOf(bytes, bytes.length - left.size);
        System.arraycopy(
                bytes, left.position + left.size, fewer, left.position, bytes.length - left.position - left.size);
        Files.write(left.file, fewer);
        compare();
        assertThat(differences).singleElement().satisfies(difference -> {
            assertThat(difference.offset()).isEqualTo(10);
            assertThat(difference.what())
                    .endsWith("has a batch, " + partition(root.resolve("c")) + " goes on with offset 11");
        });
    }

    @Test
    void noticesOtherBordersOfBatches() throws IOException {
        Path b = root.resolve("b");
        for (Path segment : segments(b)) {
            Files.delete(segment);
        }
        Files.delete(partition(b).resolve("partition.metadata"));
        var fixture = new LogFixture(Disk.system(), b);
        PartitionLog log = fixture.log(new SettingsBuilder().build());
        log.append(Batches.at(1_000, "value 0", "value 1"), AppendOrigin.CLIENT, 4);
        fixture.runBlocking();
        fixture.store.close();
        compare();
        assertThat(differences).singleElement().satisfies(difference -> {
            assertThat(difference.offset()).isZero();
            assertThat(difference.what()).endsWith("differ: offsets to 0 and to 1");
        });
    }

    @Test
    void partitionsOfOtherTopicsOfThatNameAreNotReplicas() throws IOException {
        rewrite(place(root.resolve("c"), 33), 70, (byte) 'X');
        Files.writeString(
                partition(root.resolve("c")).resolve("partition.metadata"),
                "version: 0\ntopic_id: " + new Uuid(1, 1) + "\n");
        assertThat(compare()).isEqualTo(new Totals(1, 2, 0));
    }

    @Test
    void comparesOnePartitionWhoseDirectoriesAreGiven() throws IOException {
        replicas.replaceAll(ReplicaComparisonTest::partition);
        rewrite(place(root.resolve("c"), 59), 70, (byte) 'X');
        compare();
        assertThat(differences).extracting(Difference::offset).containsExactly(59L);
    }

    private Totals compare() throws IOException {
        return new ReplicaComparison(Disk.system(), differences::add, (done, total, file) -> {
                    assertThat(done).isGreaterThanOrEqualTo(lastDone).isLessThanOrEqualTo(total);
                    lastDone = done;
                    lastTotal = total;
                })
                .compare(replicas);
    }

    private static Path partition(Path data) {
        return data.resolve("orders-0");
    }

    private static List<Path> files(Path data) throws IOException {
        try (Stream<Path> files = Files.list(partition(data))) {
            return files.sorted().toList();
        }
    }

    private static List<Path> segments(Path data) throws IOException {
        return files(data).stream()
                .filter(file -> file.toString().endsWith(".log"))
                .toList();
    }

    /** Where the batch of an offset lies. */
    private record Place(Path file, int position, int size) {}

    private static Place place(Path data, long offset) throws IOException {
        for (Path file : segments(data)) {
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
            for (int at = 0; at < bytes.limit(); at += 12 + bytes.getInt(at + 8)) {
                if (bytes.getLong(at) == offset) {
                    return new Place(file, at, 12 + bytes.getInt(at + 8));
                }
            }
        }
        throw new AssertionError("no offset " + offset + " in " + data);
    }

    /** Another byte in a batch, which gets the checksum that fits. */
    private static void rewrite(Place place, int at, byte value) throws IOException {
        byte[] bytes = Files.readAllBytes(place.file);
        bytes[place.position + at] = value;
        var batch = new dwal.protocol.batch.BatchView().over(ByteBuffer.wrap(bytes), place.position);
        ByteBuffer.wrap(bytes).putInt(place.position + 17, batch.computeCrc(new java.util.zip.CRC32C()));
        Files.write(place.file, bytes);
    }

    private static void setEpoch(Place place, int epoch) throws IOException {
        byte[] bytes = Files.readAllBytes(place.file);
        ByteBuffer.wrap(bytes).putInt(place.position + 12, epoch);
        Files.write(place.file, bytes);
    }

    private static void cut(Path data, long from) throws IOException {
        Place first = place(data, from);
        for (Path file : segments(data)) {
            if (file.compareTo(first.file) > 0) {
                Files.delete(file);
            }
        }
        Files.write(first.file, Arrays.copyOf(Files.readAllBytes(first.file), first.position));
    }
}

package dwal.log;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Disk;
import dwal.environment.DiskFile;
import dwal.environment.simulated.RecordedDisk;
import dwal.protocol.RecordsSlice;
import dwal.protocol.batch.BatchView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Each bit of a small log's files is flipped, one at a time, and the log opened without its index, so that all of it is
 * read: it must say "damaged here", cut an incomplete batch off the end, or give the right records.
 */
class FlippedBitTest {
    /** Where no index can be made. */
    private static final Path DATA = Path.of("/nowhere/recorded/data");

    private static final Path DIRECTORY = DATA.resolve("orders-0");
    private static final int LENGTH_FROM = 8;
    /** Of a batch: neither the checksum nor the order of offsets covers this. */
    private static final int EPOCH_FROM = 12;

    private static final int EPOCH_TO = 16;
    private static final int CHECKSUM_AT = 17;

    private final RecordedDisk disk = new RecordedDisk();
    private final LogSettings settings = new SettingsBuilder().segmentBytes(220).build();
    private final List<String> written = new ArrayList<>();
    private int operations;

    @BeforeEach
    void write() {
        PartitionLog log = new LogFixture(disk, DATA).log(settings);
        for (int i = 0; i < 5; i++) {
            assertThat(log.append(Batches.at(1_000 + i, "value " + i), AppendOrigin.CLIENT, 4)
                            .error())
                    .isEqualTo(Errors.NONE);
            written.add(i + ":value " + i);
        }
        operations = disk.operations();
        assertThat(segments()).hasSizeGreaterThan(2);
    }

    @Test
    void ofASegmentIsNoticedOrOneBatchThatMayBeIncompleteIsCutOff() throws IOException {
        eachBitOfASegmentIsNoticedOrOneBatchThatMayBeIncompleteIsCutOff(0);
    }

    /** As a node leaves them that is killed. */
    @Test
    void ofASegmentWithZerosBehindItIsNoticedAsWell() throws IOException {
        List<Path> segments = segments();
        Path last = segments.get(segments.size() - 1);
        int zeros = 2 * 4096 + 17;
        try (DiskFile file = disk.open(last)) {
            file.write(ByteBuffer.allocate(zeros), file.size());
        }
        operations = disk.operations();
        assertThat(PartitionLogTest.readAll(new LogFixture(disk.killedAfter(operations), DATA).log(settings)))
                .isEqualTo(written);
        eachBitOfASegmentIsNoticedOrOneBatchThatMayBeIncompleteIsCutOff(zeros);
    }

    private void eachBitOfASegmentIsNoticedOrOneBatchThatMayBeIncompleteIsCutOff(int zeros) throws IOException {
        List<Path> segments = segments();
        for (Path segment : segments) {
            boolean isLast = segment.equals(segments.get(segments.size() - 1));
            int fileSize = (int) disk.size(segment);
            int size = fileSize - (isLast ? zeros : 0);
            int batch = sizeOfFirstBatch(segment);
            for (long bit = 0; bit < 8L * size; bit++) {
                String what = "bit " + bit + " of " + segment;
                int inBatch = (int) (bit / 8) % batch;
                boolean mayBeIncomplete = isLast && bit / 8 >= size - batch && inBatch >= CHECKSUM_AT;
                RecordedDisk flipped = flipped(segment, bit);
                PartitionLog log = new LogFixture(flipped, DATA).log(settings);
                if (log.status() == Errors.NONE) {
                    List<String> read = PartitionLogTest.readAll(log);
                    assertThat(read)
                            .as(what)
                            .isEqualTo(mayBeIncomplete ? written.subList(0, written.size() - 1) : written);
                    assertThat(mayBeIncomplete || (inBatch >= EPOCH_FROM && inBatch < EPOCH_TO))
                            .as("nobody noticed " + what)
                            .isTrue();
                } else {
                    assertThat(mayBeIncomplete).as(what).isFalse();
                    assertThat(flipped.list(DIRECTORY))
                            .as(what + ", nothing was deleted")
                            .containsAll(segments);
                    assertThat(flipped.size(segment))
                            .as(what + ", nothing was cut")
                            .isEqualTo(fileSize);
                }
            }
        }
    }

    @Test
    void ofASegmentIsFoundByTheInspector() throws IOException {
        for (Path segment : segments()) {
            int batch = sizeOfFirstBatch(segment);
            for (long bit = 0; bit < 8L * disk.size(segment); bit++) {
                int inBatch = (int) (bit / 8) % batch;
                List<LogInspector.Finding> findings = new ArrayList<>();
                new LogInspector(flipped(segment, bit), DATA, findings::add, (done, total, file) -> {}).verify();
                if (inBatch < EPOCH_FROM || inBatch >= EPOCH_TO) {
                    assertThat(findings)
                            .as("bit " + bit + " of " + segment)
                            .anyMatch(finding -> finding.file().startsWith(DIRECTORY));
                }
            }
        }
    }

    @Test
    void ofPartitionMetadataThatAllowsGapsDoesSoToo() throws IOException {
        PartitionMetadata.allowGaps(disk, DIRECTORY, LogFixture.partition(0));
        operations = disk.operations();
        ofPartitionMetadataPutsTheLogOfflineAndNothingIsDeleted();
    }

    @Test
    void ofPartitionMetadataPutsTheLogOfflineAndNothingIsDeleted() throws IOException {
        Path metadata = DIRECTORY.resolve("partition.metadata");
        for (long bit = 0; bit < 8 * disk.size(metadata); bit++) {
            String what = "bit " + bit;
            RecordedDisk flipped = flipped(metadata, bit);
            var fixture = new LogFixture(flipped, DATA);
            PartitionLog log = fixture.log(settings);
            assertThat(log.status()).as(what).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
            assertThat(log.append(Batches.of("x"), AppendOrigin.CLIENT, 4).message())
                    .contains("partition.metadata");
            assertThat(fixture.store.onDisk())
                    .as(what + ": who would delete it?")
                    .isEmpty();
            assertThat(flipped.list(DIRECTORY)).as(what).containsAll(segments());
        }
    }

    @Test
    void partitionMetadataThatKafkaWroteHasNoChecksumAndIsTaken() throws IOException {
        Path metadata = DIRECTORY.resolve("partition.metadata");
        try (DiskFile file = disk.open(metadata)) {
            file.truncate("version: 0\ntopic_id: ".length() + 22);
        }
        PartitionLog log = new LogFixture(disk, DATA).log(settings);
        assertThat(PartitionLogTest.readAll(log)).isEqualTo(written);
    }

    /** The header of a batch tells where it ends, and nobody compares its checksum on the way to a cut. */
    @Test
    void ofALogInUseNeverMakesACutTakeMoreThanWasAsked() throws IOException {
        LogSettings oneSegment = new SettingsBuilder().build();
        int cutAt = 3;
        int noticed = 0;
        int size = 0;
        for (long bit = 0; bit <= 8L * size; bit++) {
            var used = new RecordedDisk();
            PartitionLog log = new LogFixture(used, DATA).log(oneSegment);
            for (int i = 0; i < 5; i++) {
                log.append(Batches.at(1_000 + i, "value " + i), AppendOrigin.CLIENT, 4);
            }
            log.updateHighWatermark(cutAt);
            size = (int) log.sizeBytes();
            long inBatch = bit / 8 % (size / 5);
            boolean isLength = inBatch >= LENGTH_FROM && inBatch < EPOCH_FROM;
            if ((inBatch < CHECKSUM_AT && !isLength) || bit == 8L * size) {
                continue;
            }
            flip(used, DIRECTORY.resolve(Segment.fileName(0)), bit);
            Errors status = log.truncateTo(cutAt);
            noticed += log.isDamaged() ? 1 : 0;
            assertThat(status).isEqualTo(log.isDamaged() ? Errors.KAFKA_STORAGE_ERROR : Errors.NONE);
            assertThat(log.logEndOffset()).as("bit " + bit).isEqualTo(log.isDamaged() ? 5 : cutAt);
            assertThat(log.highWatermark()).as("bit " + bit).isEqualTo(cutAt);
        }
        assertThat(noticed).isPositive();
    }

    /** Readers step from header to header, too: what a bit hides must not look as if it had never been there. */
    @Test
    void ofALogInUseNeverMakesAReaderMissARecordUnnoticed() throws IOException {
        // So far from the end that where it lies is no longer remembered.
        int damaged = 20;
        int all = 200;
        var used = new RecordedDisk();
        PartitionLog log = new LogFixture(used, DATA).log(new SettingsBuilder().build());
        for (int i = 0; i < all; i++) {
            log.append(Batches.at(1_000 + i, "value"), AppendOrigin.CLIENT, 4);
        }
        int batch = (int) (log.sizeBytes() / all);
        Path segment = DIRECTORY.resolve(Segment.fileName(0));
        int noticed = 0;
        for (long bit = 8L * damaged * batch; bit < 8L * damaged * batch + 8L * BatchView.HEADER_BYTES; bit++) {
            flip(used, segment, bit);
            ReadOutcome outcome = log.read(damaged, Long.MAX_VALUE, 300, true, false);
            if (outcome.error() == Errors.NONE) {
                BatchView first = new BatchView().over(bytes(outcome.records()), 0);
                boolean clientsNotice = first.magic() != BatchView.MAGIC
                        || first.sizeInBytes() != batch
                        || first.computeCrc(new CRC32C()) != first.storedCrc();
                assertThat(clientsNotice || first.baseOffset() <= damaged)
                        .as("bit " + bit % (8L * batch) + ": offset " + first.baseOffset())
                        .isTrue();
            } else {
                noticed++;
            }
            flip(used, segment, bit);
        }
        assertThat(noticed).isPositive();
    }

    private static ByteBuffer bytes(RecordsSlice records) {
        return ((RecordsSlice.MemoryPart) records.parts().get(0)).bytes();
    }

    @Test
    void ofALogInUseCostsThatLogAloneWhichStartsAnew() throws IOException {
        var fixture = new LogFixture(disk, DATA);
        PartitionLog log = fixture.log(settings);
        PartitionLog other = fixture.store.log(LogFixture.partition(1), settings);
        other.open();
        flip(disk, segments().get(1), 8L * (CHECKSUM_AT + 4));
        long base = Long.parseLong(segments().get(1).getFileName().toString().substring(0, 20));
        assertThat(log.truncateTo(base + 1)).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
        assertThat(log.isDamaged()).isTrue();
        assertThat(other.status()).isEqualTo(Errors.NONE);
        assertThat(log.dropDamaged()).isEqualTo(Errors.NONE);
        assertThat(segments()).isEmpty();
        fixture.runBlocking();
        log.append(Batches.at(1_000, "anew"), AppendOrigin.CLIENT, 5);
        fixture.runBlocking();
        assertThat(PartitionLogTest.readAll(log)).containsExactly("0:anew");
        fixture.crash();
        assertThat(PartitionLogTest.readAll(fixture.log(settings))).containsExactly("0:anew");
    }

    private RecordedDisk flipped(Path path, long bit) throws IOException {
        RecordedDisk copy = disk.killedAfter(operations);
        flip(copy, path, bit);
        return copy;
    }

    static void flip(Disk disk, Path path, long bit) throws IOException {
        try (DiskFile file = disk.open(path)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            file.read(one, bit / 8);
            file.write(one.put(0, (byte) (one.get(0) ^ 1 << bit % 8)).rewind(), bit / 8);
        }
    }

    private int sizeOfFirstBatch(Path segment) throws IOException {
        try (DiskFile file = disk.open(segment)) {
            ByteBuffer header = ByteBuffer.allocate(12);
            file.read(header, 0);
            return 12 + header.getInt(8);
        }
    }

    private List<Path> segments() {
        return disk.list(DIRECTORY).stream()
                .filter(path -> path.toString().endsWith(".log"))
                .sorted()
                .toList();
    }
}

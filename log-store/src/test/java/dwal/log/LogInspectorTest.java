package dwal.log;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Disk;
import dwal.environment.simulated.FaultyDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.compress.Compression;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogInspectorTest {
    @TempDir
    Path data;

    private final List<LogInspector.Finding> findings = new ArrayList<>();
    private final List<String> lines = new ArrayList<>();
    private LogFixture fixture;
    private long lastDone;
    private long lastTotal;

    @BeforeEach
    void write() {
        fixture = new LogFixture(Disk.system(), data);
        PartitionLog log = fixture.log(
                new SettingsBuilder().segmentBytes(3000).indexIntervalBytes(100).build());
        for (int i = 0; i < 60; i++) {
            log.append(Batches.of(Compression.lz4().build(), 1_000 + i, "a" + i, "b"), AppendOrigin.CLIENT, 4);
        }
        log.append(Batches.idempotent(77, 2, 0, "x"), AppendOrigin.CLIENT, 4);
        fixture.runBlocking();
        fixture.store.close();
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void findsNothingWrongInAGoodLog() throws IOException {
        LogInspector.Totals totals = inspector().verify();
        assertThat(findings).isEmpty();
        assertThat(totals.records()).isEqualTo(121);
        assertThat(totals.batches()).isEqualTo(61);
        assertThat(totals.segments()).isGreaterThan(1);
        assertThat(totals.damaged()).isZero();
        assertThat(lastDone).isEqualTo(lastTotal).isEqualTo(totals.bytes());
    }

    @Test
    void namesThePlaceOfDamage() throws IOException {
        Path first = data.resolve("orders-0/00000000000000000000.log");
        byte[] bytes = Files.readAllBytes(first);
        int batch = 12 + ByteBuffer.wrap(bytes).getInt(8);
        bytes[batch + 70] ^= 1;
        Files.write(first, bytes);
        assertThat(inspector().verify().damaged()).isPositive();
        LogInspector.Finding damage = findings.get(0);
        assertThat(damage.severity()).isEqualTo(LogInspector.Severity.DAMAGE);
        assertThat(damage.file()).isEqualTo(first);
        assertThat(damage.position()).isEqualTo(batch);
        assertThat(damage.offset()).isEqualTo(2);
        assertThat(damage.what()).contains("checksum").contains("a whole batch follows");
    }

    @Test
    void aFileThatMayNotBeReadIsNoDamage() throws IOException {
        var disk = new FaultyDisk(Disk.system());
        Path first = segments().get(0);
        disk.setDenied(first);
        LogInspector.Totals totals = new LogInspector(disk, data, findings::add, (done, total, file) -> {}).verify();
        assertThat(totals.damaged()).isZero();
        assertThat(totals.unreadable()).isEqualTo(1);
        assertThat(findings)
                .singleElement()
                .satisfies(finding -> assertThat(finding.line())
                        .isEqualTo("unreadable: " + first
                                + " at position 0 (offset 0): cannot be read: permission denied"));
    }

    @Test
    void recordsThatAreMissingWhereNothingWasEverCompactedAreDamage() throws IOException {
        cutOutTheSecondBatch();
        assertThat(inspector().verify().damaged()).isPositive();
        assertThat(findings.get(0).severity()).isEqualTo(LogInspector.Severity.DAMAGE);
        assertThat(findings.get(0).what()).isEqualTo("offset 2 is left out");
    }

    @Test
    void recordsThatAreMissingWhereALeaderHadCompactedThemAwayAreWorthANote() throws IOException {
        PartitionMetadata.allowGaps(Disk.system(), data.resolve("orders-0"), LogFixture.partition(0));
        try (var files = Files.walk(data.resolve("index"))) {
            files.filter(Files::isRegularFile).forEach(file -> file.toFile().delete());
        }
        cutOutTheSecondBatch();
        assertThat(inspector().verify().damaged()).isZero();
        assertThat(findings).extracting(LogInspector.Finding::what).contains("offset 2 is left out");
    }

    @Test
    void aSegmentThatIsMissingBelowACheckpointIsDamage() throws IOException {
        List<Path> segments = segments();
        Files.delete(segments.get(1));
        assertThat(inspector().verify().damaged()).isEqualTo(1);
        assertThat(findings).extracting(LogInspector.Finding::file).containsExactly(segments.get(1));
    }

    @Test
    void theLastSegmentOfACheckpointThatIsMissingIsDamage() throws IOException {
        List<Path> segments = segments();
        Path last = segments.get(segments.size() - 1);
        Files.delete(last);
        assertThat(inspector().verify().damaged()).isEqualTo(1);
        assertThat(findings).extracting(LogInspector.Finding::file).containsExactly(last);
        assertThat(findings.get(0).what()).matches("the file is missing; it held offsets \\d+ to 120");
    }

    @Test
    void aLogWithoutAnyOfItsSegmentsIsDamaged() throws IOException {
        int count = segments().size();
        for (Path segment : segments()) {
            Files.delete(segment);
        }
        assertThat(inspector().verify().damaged()).isEqualTo(count);
        assertThat(findings.get(0).what()).startsWith("the file is missing; it held offsets 0 to ");
    }

    @Test
    void aLogWithoutItsDirectoryIsDamaged() throws IOException {
        List<Path> missing = segments();
        DamagedIndexTest.delete(data.resolve("orders-0"));
        assertThat(inspector().verify().damaged()).isEqualTo(missing.size());
        assertThat(findings).extracting(LogInspector.Finding::file).isEqualTo(missing);
    }

    @Test
    void aLogThatWasDeletedIsNotMissed() throws IOException {
        fixture.newStore(StoreSettings.defaults()).delete(LogFixture.partition(0));
        fixture.runBlocking();
        fixture.store.close();
        assertThat(inspector().verify().damaged()).isZero();
    }

    @Test
    void aSegmentThatIsShorterThanAtItsCheckpointIsDamagedWhereverItEnds() throws IOException {
        List<Path> segments = segments();
        Path last = segments.get(segments.size() - 1);
        byte[] bytes = Files.readAllBytes(last);
        for (int size : new int[] {0, 20}) {
            findings.clear();
            Files.write(last, Arrays.copyOf(bytes, size));
            assertThat(inspector().verify().damaged()).as("at " + size).isPositive();
            assertThat(findings.get(0).severity()).isEqualTo(LogInspector.Severity.DAMAGE);
            assertThat(findings.get(0).position()).isZero();
            assertThat(findings.get(0).what())
                    .contains(bytes.length + " bytes (up to offset 121) were synced at the last checkpoint");
        }
    }

    @Test
    void segmentsThatWereDeletedOffTheFrontAreNotMissed() throws IOException {
        PartitionLog log = fixture.newStore(StoreSettings.defaults())
                .log(
                        LogFixture.partition(0),
                        new SettingsBuilder().segmentBytes(3000).build());
        log.open();
        log.updateHighWatermark(log.logEndOffset());
        log.deleteRecordsBefore(100, outcome -> {});
        fixture.runBlocking();
        fixture.advance(LogFixture.settings().fileDeleteDelayMs());
        fixture.runBlocking();
        fixture.store.close();
        assertThat(segments().get(0)).isNotEqualTo(data.resolve("orders-0/00000000000000000000.log"));
        assertThat(inspector().verify().damaged()).isZero();
        assertThat(findings).isEmpty();
    }

    private List<Path> segments() throws IOException {
        try (var files = Files.list(data.resolve("orders-0"))) {
            return files.filter(file -> file.toString().endsWith(".log"))
                    .sorted()
                    .toList();
        }
    }

    private void cutOutTheSecondBatch() throws IOException {
        Path first = segments().get(0);
        byte[] bytes = Files.readAllBytes(first);
        int one = 12 + ByteBuffer.wrap(bytes).getInt(8);
        int two = 12 + ByteBuffer.wrap(bytes).getInt(one + 8);
        byte[] rest = new byte[bytes.length - two];
        System.arraycopy(bytes, 0, rest, 0, one);
        System.arraycopy(bytes, one + two, rest, one, bytes.length - one - two);
        Files.write(first, rest);
    }

    @Test
    void noticesAnIndexThatDoesNotFitTheLog() throws IOException {
        Path first = data.resolve("orders-0/00000000000000000000.log");
        byte[] bytes = Files.readAllBytes(first);
        int batch = 12 + ByteBuffer.wrap(bytes).getInt(8);
        byte[] shifted = new byte[bytes.length - batch];
        System.arraycopy(bytes, batch, shifted, 0, shifted.length);
        Files.write(first, shifted);
        assertThat(inspector().verify().damaged()).isPositive();
        assertThat(findings).anyMatch(f -> f.what().contains("the index says"));
    }

    @Test
    void dumpsBatchesRecordsAndContents() throws IOException {
        inspector().dump(LogDump.Detail.CONTENTS, lines::add);
        assertThat(lines.get(0)).endsWith("00000000000000000000.log");
        assertThat(lines.get(1))
                .contains("offsets 0 to 1 position 0")
                .contains("codec lz4")
                .contains("epoch 4");
        assertThat(lines.get(2)).contains("offset 0").contains("key 2 value 2").contains("key=k0 value=a0");
        assertThat(lines).anyMatch(line -> line.contains("producer 77/2 sequences 0 to 0"));
        lines.clear();
        inspector().dump(LogDump.Detail.RECORDS, lines::add);
        assertThat(lines).noneMatch(line -> line.contains("value=a0"));
    }

    private LogInspector inspector() {
        return new LogInspector(Disk.system(), data, findings::add, (done, total, file) -> {
            lastDone = done;
            lastTotal = total;
        });
    }
}

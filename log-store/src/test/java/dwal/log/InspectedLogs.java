package dwal.log;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Disk;
import dwal.log.LogInspector.Finding;
import dwal.log.LogInspector.Severity;
import dwal.log.LogInspector.Totals;
import dwal.log.index.LogIndex;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Two cleanly closed logs of several segments, orders-0 and orders-1, for tests of what an inspection finds in them. */
abstract class InspectedLogs {
    static final int BATCHES = 60;
    static final long PRODUCER = 77;

    @TempDir
    Path data;

    final List<Finding> findings = new ArrayList<>();
    final List<String> lines = new ArrayList<>();
    private LogFixture fixture;

    @BeforeEach
    void write() {
        fixture = new LogFixture(Disk.system(), data);
        for (int partition = 0; partition < 2; partition++) {
            PartitionLog log = fixture.store.log(
                    LogFixture.partition(partition),
                    new SettingsBuilder()
                            .segmentBytes(24_000)
                            .indexIntervalBytes(100)
                            .build());
            log.open();
            fixture.runBlocking();
            for (int i = 0; i < BATCHES; i++) {
                log.append(Batches.at(1_000 + i, "a" + "x".repeat(900), "b"), AppendOrigin.CLIENT, i / 20);
                write(log, i);
            }
        }
        stop();
    }

    /** Appends what comes behind the {@code i}th batch without a producer. */
    void write(PartitionLog log, int i) {
        log.append(Batches.idempotent(PRODUCER, 0, i, "c"), AppendOrigin.CLIENT, i / 20);
    }

    /** Stops the node that {@link #start} has started. */
    void stop() {
        fixture.runBlocking();
        fixture.store.close();
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    Totals verify() throws IOException {
        findings.clear();
        return inspector().verify();
    }

    Totals dump() throws IOException {
        findings.clear();
        lines.clear();
        return inspector().dump(LogDump.Detail.BATCHES, lines::add);
    }

    private LogInspector inspector() {
        return new LogInspector(Disk.system(), data, findings::add, (done, total, file) -> {});
    }

    List<String> damages() {
        return findings.stream()
                .filter(one -> one.severity() == Severity.DAMAGE)
                .map(Finding::toString)
                .toList();
    }

    /** The damage that an inspection of the data directory {@code data} finds. */
    static List<Finding> damageIn(Path data) throws IOException {
        List<Finding> found = new ArrayList<>();
        new LogInspector(Disk.system(), data, found::add, (done, total, file) -> {}).verify();
        found.removeIf(one -> one.severity() != Severity.DAMAGE);
        return found;
    }

    /** Segments of orders-0. */
    List<Path> segments() throws IOException {
        return segments(data.resolve("orders-0"));
    }

    static List<Path> segments(Path log) throws IOException {
        try (var files = Files.list(log)) {
            List<Path> found = files.filter(file -> file.toString().endsWith(".log"))
                    .sorted()
                    .toList();
            assertThat(found).hasSizeGreaterThan(2);
            return found;
        }
    }

    /** Starts a node on the logs; what has become of orders-0. */
    PartitionLog start() {
        fixture.newStore(StoreSettings.defaults());
        PartitionLog log = fixture.store.log(LogFixture.partition(0), LogFixture.settings());
        log.open();
        fixture.runBlocking();
        return log;
    }

    /** What to do with the index. */
    interface Change {
        void with(PartitionIndex entries, LogIndex.Change change) throws Exception;
    }

    /** Changes what the index has of orders-0. */
    void changeIndex(Change what) throws Exception {
        try (LogIndex index = LogIndex.open(data.resolve("index"))) {
            try (LogIndex.Change change = index.change()) {
                what.with(new PartitionIndex(() -> index, LogFixture.partition(0)), change);
                change.commit();
            }
            index.flush();
        }
    }

    /** Positions of the batches of a segment. */
    static List<Integer> positions(byte[] segment) {
        List<Integer> found = new ArrayList<>();
        for (int at = 0;
                at < segment.length;
                at += 12 + ByteBuffer.wrap(segment).getInt(at + 8)) {
            found.add(at);
        }
        return found;
    }
}

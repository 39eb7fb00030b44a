package dwal.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Clock;
import dwal.environment.Disk;
import dwal.environment.ThreadTimer;
import dwal.log.AppendOrigin;
import dwal.log.LogInspector.Totals;
import dwal.log.LogSettings;
import dwal.log.LogSettings.SyncPolicy;
import dwal.log.LogStore;
import dwal.log.PartitionLog;
import dwal.log.StoreSettings;
import dwal.server.DataDirectoryLock;
import dwal.server.Doors;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The commands on logs that a store wrote: 20 batches of one record in orders-0, one in orders-1. */
class LogCommandTest {
    private static final Uuid TOPIC = new Uuid(7, 7);
    private static final int BATCHES = 20;
    private static final String THERE_IS_NO_INDEX =
            ": there is no index. The next start builds it anew from the logs; what only it"
                    + " knows cannot be checked";

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    Path data;

    @BeforeEach
    void writeLogs() throws IOException {
        try (var timer = new ThreadTimer("test-timer");
                var store = new LogStore(
                        Disk.system(),
                        data,
                        Clock.system(),
                        timer,
                        Runnable::run,
                        new Random(1),
                        StoreSettings.defaults())) {
            for (int i = 0; i < BATCHES; i++) {
                append(store, 0, "value " + i);
            }
            append(store, 1, "beep \u0007 and two\nlines");
        }
        Files.createFile(data.resolve(".lock"));
    }

    @Test
    void verifyOfGoodLogsIsOneLineAndExitCodeZero() {
        assertThat(run("verify", data)).isZero();
        assertThat(out.toString().lines())
                .singleElement()
                .asString()
                .startsWith("all is well: 2 partitions, 2 segments, 21 batches, 21 records, ");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void verifyOfOnePartitionReadsOnlyThat() {
        assertThat(run("verify", data.resolve("orders-1"))).isZero();
        assertThat(out.toString()).startsWith("all is well: 1 partitions, 1 segments, 1 batches, 1 records, ");
    }

    @Test
    void verifyNamesThePlaceOfAFlippedByte() throws IOException {
        int position = flipAByteInTheSecondBatch();

        assertThat(run("verify", data)).isEqualTo(1);
        List<String> lines = out.toString().lines().toList();
        assertThat(lines.get(0))
                .startsWith("damage: " + segment() + " at position " + position + " (offset 1): checksum ");
        assertThat(lines.get(lines.size() - 1)).startsWith("damaged in ");
    }

    @Test
    void verifyLooksAtTheNodesOwnFilesAndItsMetadata() throws IOException {
        Files.writeString(data.resolve("meta.properties"), "version=1\nnode.id=1\n");

        assertThat(run("verify", data)).isEqualTo(1);
        assertThat(out.toString().lines())
                .anyMatch(line -> line.startsWith("damage: " + data.resolve("meta.properties") + " is damaged"))
                .anyMatch(line -> line.startsWith("note: " + data.resolve("bootstrap.checkpoint") + " is missing"))
                .anyMatch(line -> line.startsWith("damage: " + data.resolve("__cluster_metadata-0") + " has no"))
                .anyMatch(line -> line.startsWith("damaged in 2 places: 2 partitions, "));
    }

    @Test
    void verifyTakesAnIncompleteEndForANote() throws IOException {
        byte[] bytes = Files.readAllBytes(data.resolve("orders-1/00000000000000000000.log"));
        Files.write(segment(), Arrays.copyOf(bytes, 40), StandardOpenOption.APPEND);

        assertThat(run("verify", data)).isZero();
        assertThat(out.toString()).startsWith("note: " + segment()).contains("\nall is well: ");
    }

    @Test
    void verifyNamesAPartitionThatDoesNotSayWhoseItIs() throws IOException {
        Files.writeString(data.resolve("orders-0/partition.metadata"), "version: 0\ntopic_id: !\n");

        assertThat(run("verify", data)).isEqualTo(1);
        assertThat(out.toString()).startsWith("damage: " + data.resolve("orders-0"));
    }

    @Test
    void verifyOfSeveralDirectoriesComparesReplicas(@TempDir Path other) throws IOException {
        copyLogs(other);
        Files.delete(other.resolve("orders-1/00000000000000000000.log"));

        assertThat(run("verify", data, other)).isZero();
        assertThat(out.toString().lines())
                .hasSize(2)
                .startsWith("note: " + other.resolve("index") + THERE_IS_NO_INDEX)
                .last()
                .asString()
                .startsWith("all is well: 3 partitions, 3 segments, 41 batches, 41 records, ")
                .endsWith("; 2 replicas of 1 partitions compared");
    }

    @Test
    void verifyNamesThePlaceWhereReplicasDiffer(@TempDir Path other) throws IOException {
        copyLogs(other);
        Path copy = other.resolve("orders-0/00000000000000000000.log");
        byte[] bytes = Files.readAllBytes(copy);
        int position = 12 + ByteBuffer.wrap(bytes).getInt(8);
        ByteBuffer.wrap(bytes).putInt(position + 12, 1);
        for (int at = position;
                at < bytes.length;
                at += 12 + ByteBuffer.wrap(bytes).getInt(at + 8)) {
            ByteBuffer.wrap(bytes).putInt(at + 12, 1);
        }
        Files.write(copy, bytes);

        assertThat(run("verify", data, other)).isEqualTo(1);
        List<String> lines = out.toString().lines().toList();
        assertThat(lines).hasSize(3).startsWith("note: " + other.resolve("index") + THERE_IS_NO_INDEX);
        assertThat(lines.get(1))
                .isEqualTo("difference: orders-0 at offset 1: " + segment() + " at position " + position + " and "
                        + copy + " at position " + position + " differ: leader epochs 0 and 1");
        assertThat(lines.get(2)).startsWith("replicas differ in 1 partitions: 4 partitions, ");
    }

    private void copyLogs(Path other) throws IOException {
        for (String partition : List.of("orders-0", "orders-1")) {
            Files.createDirectory(other.resolve(partition));
            for (String file : List.of("partition.metadata", "00000000000000000000.log")) {
                Files.copy(
                        data.resolve(partition).resolve(file),
                        other.resolve(partition).resolve(file));
            }
        }
    }

    @Test
    void dumpPrintsALineForEachBatch() {
        assertThat(run("dump", data)).isZero();
        assertThat(out.toString().lines())
                .hasSize(2 + BATCHES + 1)
                .contains(segment().toString());
        assertThat(out.toString()).contains("offsets 19 to 19 position ").doesNotContain("value 19");
    }

    @Test
    void dumpPrintsContentsThatCannotBreakALine() {
        assertThat(run("dump", "--contents", data.resolve("orders-1"))).isZero();
        assertThat(out.toString()).contains("value=beep \\u0007 and two\\u000alines");
    }

    @Test
    void dumpTellsOfDamageApartFromTheLines() throws IOException {
        flipAByteInTheSecondBatch();

        assertThat(run("dump", "--records", data)).isEqualTo(1);
        assertThat(err.toString()).startsWith("damage: " + segment());
        assertThat(out.toString()).doesNotContain("damage");
    }

    @Test
    void dumpComesToTheVerdictOfVerify() throws IOException {
        byte[] bytes = Files.readAllBytes(segment());
        Files.write(segment(), Arrays.copyOf(bytes, bytes.length - 1));

        assertThat(run("verify", data)).isEqualTo(1);
        assertThat(run("dump", data)).isEqualTo(1);
        assertThat(err.toString()).startsWith("damage: " + segment()).contains("were synced at the last checkpoint");
    }

    @Test
    void aFullDiskIsNoReaderWhoHasSeenEnough() throws IOException {
        String[] dump = {"log", "dump", data.toString()};
        try (var full = new FileOutputStream("/dev/full")) {
            assertThat(Main.execute(dump, Doors.NONE, full)).isEqualTo(1);
        }
        assertThat(Main.execute(dump, Doors.NONE, new OutputStream() {
                    @Override
                    public void write(int one) throws IOException {
                        throw new IOException("Broken pipe");
                    }
                }))
                .isZero();
    }

    @Test
    void verifyComparesWhatCanBeReadOfReplicas(@TempDir Path other) throws IOException {
        copyLogs(other);
        Path unreadable = other.resolve("orders-0/00000000000000000000.log");
        Files.delete(unreadable);
        Files.createDirectory(unreadable);

        assertThat(run("verify", data, other)).isEqualTo(1);
        assertThat(out.toString())
                .contains("damage: " + unreadable + " at position 0 (offset 0): cannot be read: Is a directory\n")
                .endsWith("; 4 replicas of 2 partitions compared\n");
    }

    @Test
    void aDirectoryThatANodeUsesIsRefused() throws IOException {
        try (DataDirectoryLock node = DataDirectoryLock.acquire(data)) {
            for (Path directory : List.of(data, data.resolve("orders-0"))) {
                err.getBuffer().setLength(0);
                assertThat(run("verify", directory)).isEqualTo(2);
                assertThat(err.toString().lines())
                        .containsExactly(
                                "dwal: Data directory " + data + " is in use by another process: stop that one first");
            }
            assertThat(node).isNotNull();
        }
        assertThat(run("verify", data)).isZero();
    }

    @Test
    void whatCannotBeReadHasAnotherExitCodeThanDamage() {
        assertThat(RestingLogs.exitCode(List.of(totals(0, 0)), 0)).isZero();
        assertThat(RestingLogs.exitCode(List.of(totals(0, 0), totals(0, 3)), 0)).isEqualTo(2);
        assertThat(RestingLogs.exitCode(List.of(totals(1, 3)), 0)).isEqualTo(1);
        assertThat(RestingLogs.exitCode(List.of(totals(0, 3)), 1)).isEqualTo(1);
    }

    private static Totals totals(int damaged, int unreadable) {
        return new Totals(1, 1, 1, 1, 100, damaged, unreadable);
    }

    @Test
    void lookingLeavesNothingInACopyWithoutLock() throws IOException {
        Files.delete(data.resolve(".lock"));

        assertThat(run("verify", data)).isZero();
        assertThat(data.resolve(".lock")).doesNotExist();
    }

    @Test
    void wrongUsageIsExitCodeTwo(@TempDir Path empty) {
        assertThat(run("verify")).isEqualTo(2);
        assertThat(run("verify", empty.resolve("absent"))).isEqualTo(2);
        assertThat(empty.resolve("absent")).doesNotExist();
        assertThat(run("dump", segment())).isEqualTo(2);
        assertThat(run("dump", empty)).isEqualTo(2);
        assertThat(run("verify", data, data.resolve("orders-0"))).isEqualTo(2);
        assertThat(run()).isEqualTo(2);
        assertThat(err.toString())
                .contains("there is no directory " + empty.resolve("absent"))
                .contains(segment() + " is not a directory")
                .contains("there are no logs in " + empty)
                .contains("is of a node of which a directory was given already")
                .contains("which command? dump or verify");
    }

    private Path segment() {
        return data.resolve("orders-0/00000000000000000000.log");
    }

    /** Gives the position of that batch. */
    private int flipAByteInTheSecondBatch() throws IOException {
        byte[] bytes = Files.readAllBytes(segment());
        int position = 12 + ByteBuffer.wrap(bytes).getInt(8);
        bytes[position + 70] ^= 1;
        Files.write(segment(), bytes);
        return position;
    }

    private static void append(LogStore store, int partition, String value) {
        PartitionLog log =
                store.log(new TopicIdPartition(TOPIC, partition, "orders"), LogSettings.defaults(SyncPolicy.INTERVAL));
        log.open();
        MemoryRecords records =
                MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(value.getBytes(StandardCharsets.UTF_8)));
        ByteBuffer direct = ByteBuffer.allocateDirect(records.sizeInBytes());
        direct.put(records.buffer()).flip();
        log.append(MemoryRecords.readableRecords(direct), AppendOrigin.CLIENT, 0);
    }

    private int run(Object... arguments) {
        CommandLine commandLine = Main.commandLine(Doors.NONE);
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        String[] all = new String[arguments.length + 1];
        all[0] = "log";
        for (int i = 0; i < arguments.length; i++) {
            all[i + 1] = arguments[i].toString();
        }
        return commandLine.execute(all);
    }
}

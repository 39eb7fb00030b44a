package dwal.server;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Clock;
import dwal.environment.Disk;
import dwal.environment.ThreadTimer;
import dwal.environment.simulated.FaultyDisk;
import dwal.log.AppendOrigin;
import dwal.log.LogSettings;
import dwal.log.LogStore;
import dwal.log.PartitionLog;
import dwal.log.StoreSettings;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node's log says when its disk fails, which concerns all partitions at once. */
class FailedDiskLineTest {
    @TempDir
    private Path data;

    private final FaultyDisk disk = new FaultyDisk(Disk.system());

    @Test
    void thatAllLogsAreOfflineIsToldInOneLine() {
        try (var timer = new ThreadTimer("test-timer");
                var logs = LogStore.withoutIndex(
                        disk, data, Clock.system(), timer, Runnable::run, new Random(1), StoreSettings.defaults())) {
            PartitionLog first = log(logs, 0);
            assertThat(append(first)).isEqualTo(Errors.NONE);
            for (int i = 1; i < 5; i++) {
                log(logs, i);
            }
            String lines = logged(() -> {
                disk.setSyncsFail(true);
                append(first);
                assertThat(log(logs, 5).status()).isEqualTo(Errors.KAFKA_STORAGE_ERROR);
            });

            assertThat(lines.lines()).singleElement().asString().contains("ERROR", "All logs in " + data, "sync");
        }
    }

    private static PartitionLog log(LogStore logs, int number) {
        PartitionLog log = logs.log(
                new TopicIdPartition(new Uuid(7, 7), number, "orders"),
                LogSettings.defaults(LogSettings.SyncPolicy.COMMIT));
        log.open();
        return log;
    }

    private static Errors append(PartitionLog log) {
        ByteBuffer bytes = MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(new byte[10]))
                .buffer();
        ByteBuffer direct =
                ByteBuffer.allocateDirect(bytes.remaining()).put(bytes).flip();
        return log.append(MemoryRecords.readableRecords(direct), AppendOrigin.CLIENT, 0)
                .error();
    }

    private static String logged(Runnable doing) {
        PrintStream console = System.err;
        var bytes = new ByteArrayOutputStream();
        System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            doing.run();
        } finally {
            System.setErr(console);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}

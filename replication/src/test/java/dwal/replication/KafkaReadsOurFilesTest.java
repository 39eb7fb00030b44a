package dwal.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Clock;
import dwal.environment.Disk;
import dwal.environment.ThreadTimer;
import dwal.log.AppendOrigin;
import dwal.log.LogSettings;
import dwal.log.LogStore;
import dwal.log.PartitionLog;
import dwal.log.StoreSettings;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.storage.internals.checkpoint.PartitionMetadataFile;
import org.apache.kafka.storage.internals.log.LogDirFailureChannel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Small files of a log's directory, written and read by Kafka's own classes. */
class KafkaReadsOurFilesTest {
    @TempDir
    Path data;

    private final TopicIdPartition partition = new TopicIdPartition(Uuid.randomUuid(), 0, "orders");

    @Test
    void partitionMetadataWithItsChecksumAndWeReadKafkas() throws Exception {
        assertThat(appendOne()).isZero();
        File file = PartitionMetadataFile.newFile(data.resolve("orders-0").toFile());
        assertThat(new PartitionMetadataFile(file, null).read().topicId()).isEqualTo(partition.topicId());

        Files.delete(file.toPath());
        var kafkas = new PartitionMetadataFile(file, new LogDirFailureChannel(1));
        kafkas.record(partition.topicId());
        kafkas.maybeFlush();
        assertThat(appendOne()).as("the log is still that of the topic").isEqualTo(1);
    }

    private long appendOne() {
        try (var timer = new ThreadTimer("timer");
                var store = new LogStore(
                        Disk.system(),
                        data,
                        Clock.system(),
                        timer,
                        Runnable::run,
                        new Random(1),
                        StoreSettings.defaults())) {
            PartitionLog log = store.log(partition, LogSettings.defaults(LogSettings.SyncPolicy.INTERVAL));
            assertThat(log.open()).isEqualTo(Errors.NONE);
            MemoryRecords records = MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(1_000, new byte[1]));
            return log.append(records, AppendOrigin.CLIENT, 0).baseOffset();
        }
    }
}

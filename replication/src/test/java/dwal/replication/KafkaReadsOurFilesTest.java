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
import java.nio.file.Path;
import java.util.Random;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.storage.internals.checkpoint.PartitionMetadataFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Small files of a log's directory, read by Kafka's own classes. */
class KafkaReadsOurFilesTest {
    @Test
    void partitionMetadataWithItsChecksum(@TempDir Path data) throws Exception {
        var partition = new TopicIdPartition(Uuid.randomUuid(), 0, "orders");
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
            assertThat(log.append(records, AppendOrigin.CLIENT, 0).error()).isEqualTo(Errors.NONE);
        }
        var file = PartitionMetadataFile.newFile(data.resolve("orders-0").toFile());
        assertThat(new PartitionMetadataFile(file, null).read().topicId()).isEqualTo(partition.topicId());
    }
}

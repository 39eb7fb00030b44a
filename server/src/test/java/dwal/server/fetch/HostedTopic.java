package dwal.server.fetch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Clock;
import dwal.environment.Disk;
import dwal.environment.ThreadTimer;
import dwal.log.AppendOrigin;
import dwal.log.LogSettings;
import dwal.log.LogSettings.SyncPolicy;
import dwal.log.LogStore;
import dwal.log.StoreSettings;
import dwal.replication.Partition;
import dwal.replication.PartitionSettings;
import dwal.replication.Partitions;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.MetadataProvenance;

/** One topic that this node leads, alone; what would run on disk threads runs at once. */
final class HostedTopic implements AutoCloseable {
    static final Uuid ID = new Uuid(7, 7);
    static final int PARTITIONS = 2;

    private final ThreadTimer timer = new ThreadTimer("test-timer");
    private final LogStore logs;
    final Partitions partitions;
    final MetadataImage image;

    HostedTopic(Path directory) {
        Clock clock = Clock.system();
        logs = new LogStore(
                Disk.system(), directory, clock, timer, Runnable::run, new Random(1), StoreSettings.defaults());
        var settings = new PartitionSettings(LogSettings.defaults(SyncPolicy.INTERVAL), 1);
        partitions = new Partitions(
                new Partition.Surroundings(1, clock, timer, Runnable::run), logs, (topic, newImage) -> settings);
        var delta = new MetadataDelta.Builder().setImage(MetadataImage.EMPTY).build();
        delta.replay(new TopicRecord().setName("topic").setTopicId(ID));
        for (int i = 0; i < PARTITIONS; i++) {
            delta.replay(new PartitionRecord()
                    .setTopicId(ID)
                    .setPartitionId(i)
                    .setReplicas(List.of(1))
                    .setIsr(List.of(1))
                    .setDirectories(List.of(new Uuid(3, 3)))
                    .setLeader(1)
                    .setLeaderEpoch(0)
                    .setPartitionEpoch(0));
        }
        image = delta.apply(new MetadataProvenance(1, 1, 1, true));
        partitions.apply(delta, image);
    }

    /** Appends one record, of which readers have heard when this returns. */
    void append(int partition) {
        ByteBuffer bytes = MemoryRecords.withRecords(Compression.NONE, new SimpleRecord("value".getBytes(UTF_8)))
                .buffer();
        ByteBuffer direct =
                ByteBuffer.allocateDirect(bytes.remaining()).put(bytes).flip();
        Partition hosted = partitions.find("topic", partition);
        assertThat(hosted).isNotNull();
        var done = new CompletableFuture<Errors>();
        hosted.append(
                MemoryRecords.readableRecords(direct),
                AppendOrigin.CLIENT,
                (short) -1,
                60_000,
                outcome -> done.complete(outcome.error()));
        assertThat(done).isCompletedWithValue(Errors.NONE);
    }

    @Override
    public void close() {
        logs.close();
        timer.close();
    }
}

package dwal.server;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Clock;
import dwal.environment.Disk;
import dwal.environment.ThreadTimer;
import dwal.log.LogSettings;
import dwal.log.LogSettings.SyncPolicy;
import dwal.log.LogStore;
import dwal.log.StoreSettings;
import dwal.replication.Partition;
import dwal.replication.PartitionSettings;
import dwal.replication.Partitions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.MetadataProvenance;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostedCoordinatorPartitionsTest {
    private static final Uuid TOPIC = new Uuid(7, 7);
    private static final TopicPartition GROUPS = new TopicPartition(Topic.GROUP_METADATA_TOPIC_NAME, 0);

    private final ExecutorService disk = Executors.newFixedThreadPool(2);
    private final ThreadTimer timer = new ThreadTimer("test-timer");
    private final List<Long> told = Collections.synchronizedList(new ArrayList<>());
    private LogStore logs;
    private HostedCoordinatorPartitions coordinated;

    @BeforeEach
    void host(@TempDir Path directory) {
        Clock clock = Clock.system();
        logs = new LogStore(Disk.system(), directory, clock, timer, disk, new Random(1), StoreSettings.defaults());
        var settings = new PartitionSettings(LogSettings.defaults(SyncPolicy.INTERVAL), 1);
        var partitions =
                new Partitions(new Partition.Surroundings(1, clock, timer, disk), logs, (topic, image) -> settings);
        var delta = new MetadataDelta.Builder().setImage(MetadataImage.EMPTY).build();
        delta.replay(new TopicRecord().setName(GROUPS.topic()).setTopicId(TOPIC));
        delta.replay(new PartitionRecord()
                .setTopicId(TOPIC)
                .setPartitionId(0)
                .setReplicas(List.of(1))
                .setIsr(List.of(1))
                .setDirectories(List.of(new Uuid(3, 3)))
                .setLeader(1)
                .setLeaderEpoch(0)
                .setPartitionEpoch(0));
        partitions.apply(delta, delta.apply(MetadataProvenance.EMPTY));
        coordinated = new HostedCoordinatorPartitions(partitions, topic -> settings);
    }

    @AfterEach
    void stop() throws InterruptedException {
        logs.close();
        timer.close();
        disk.shutdown();
        assertThat(disk.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }

    /** Else a coordinator that read the log before its end was committed waits for that until it writes again. */
    @Test
    void aListenerHearsWhereTheHighWatermarkIsAndThenOfEachNewOne() {
        append();
        coordinated.listen(GROUPS, told::add);
        assertThat(told).containsExactly(1L);
        append();
        assertThat(told).containsExactly(1L, 2L);
    }

    private void append() {
        coordinated.append(
                GROUPS, MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(new byte[1], new byte[10])));
    }
}

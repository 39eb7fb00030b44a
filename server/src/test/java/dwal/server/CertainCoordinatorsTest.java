package dwal.server;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Clock;
import dwal.environment.Disk;
import dwal.environment.Timer;
import dwal.log.AppendOrigin;
import dwal.log.LogSettings;
import dwal.log.LogSettings.SyncPolicy;
import dwal.log.LogStore;
import dwal.log.StoreSettings;
import dwal.protocol.Peer;
import dwal.replication.ImageBrokers;
import dwal.replication.Partition;
import dwal.replication.PartitionController;
import dwal.replication.PartitionSettings;
import dwal.replication.Partitions;
import dwal.replication.ReplicaFetch;
import dwal.replication.Replication;
import dwal.replication.ReplicationSettings;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.AlterPartitionRequestData;
import org.apache.kafka.common.message.AlterPartitionResponseData;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.MetadataProvenance;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When a coordinator may tell committed offsets from memory: each condition fails alone. One thread. */
class CertainCoordinatorsTest {
    private static final Uuid TOPIC = new Uuid(7, 7);
    private static final int NODE = 1;
    private static final int OTHER = 2;
    private static final String GROUP = "group";

    @TempDir
    private Path directory;

    private final ImageBrokers brokers = new ImageBrokers();
    private MetadataImage image = MetadataImage.EMPTY;
    private boolean certain = true;
    private LogStore logs;
    private Partitions partitions;
    private CertainCoordinators coordinators;

    @BeforeEach
    void begin() {
        Clock clock = Clock.system();
        Timer timer = (delayMs, task) -> () -> {};
        logs = new LogStore(
                Disk.system(), directory, clock, timer, Runnable::run, new Random(1), StoreSettings.defaults());
        var replication = Replication.of(
                NODE, clock, timer, brokers, new Nobody(), id -> new Nobody(), ReplicationSettings.defaults());
        var settings = new PartitionSettings(LogSettings.defaults(SyncPolicy.INTERVAL), 1);
        partitions = new Partitions(
                new Partition.Surroundings(NODE, clock, timer, Runnable::run, replication),
                logs,
                (topic, now) -> settings);
        coordinators = new CertainCoordinators(NODE, () -> certain, () -> image, partitions);
        MetadataDelta delta = delta();
        for (int id : List.of(NODE, OTHER)) {
            delta.replay(new RegisterBrokerRecord()
                    .setBrokerId(id)
                    .setBrokerEpoch(10 + id)
                    .setFenced(false)
                    .setLogDirs(List.of(new Uuid(3, id))));
        }
        apply(delta);
    }

    @AfterEach
    void end() {
        logs.close();
    }

    @Test
    void knowsAllThatWasAcknowledgedWhereNothingWasEverCommitted() {
        certain = false;
        assertThat(coordinators.test(GROUP)).isTrue();
    }

    @Test
    void isCertainAsLeaderThatNobodyCanHaveReplaced() {
        led(NODE, 0);
        assertThat(coordinators.test(GROUP)).isTrue();
    }

    @Test
    void isNotCertainWhileSomebodyMayHaveTakenOver() {
        led(NODE, 0);
        certain = false;
        assertThat(coordinators.test(GROUP)).isFalse();
    }

    @Test
    void isNotCertainWhenTheMetadataSayThatAnotherLeads() {
        led(OTHER, 0);
        assertThat(coordinators.test(GROUP)).isFalse();
    }

    /** The metadata thread hands the news to the partitions later than others can see the image. */
    @Test
    void isNotCertainWhenTheMetadataSaySoBeforeThePartitionKnows() {
        led(NODE, 0);
        MetadataDelta delta = lead(OTHER, 1);
        image = delta.apply(new MetadataProvenance(2, 1, 1, true));
        assertThat(partition().leaderEpoch()).isZero();
        assertThat(coordinators.test(GROUP)).isFalse();
    }

    @Test
    void isNotCertainBeforeItsHighWatermarkHasReachedWhereItsLeadershipBegan() {
        led(NODE, 0);
        append();
        led(NODE, 1);
        assertThat(partition().log().highWatermark()).isZero();
        assertThat(coordinators.test(GROUP)).isFalse();

        partition().followerFetches(new ReplicaFetch(OTHER, 10 + OTHER, 1, 1, 0, 0, false, ReplicaFetch.Source.ENDED));
        assertThat(partition().log().highWatermark()).isEqualTo(1);
        assertThat(coordinators.test(GROUP)).isTrue();
    }

    private Partition partition() {
        return partitions.find(new TopicPartition(Topic.GROUP_METADATA_TOPIC_NAME, 0));
    }

    private void append() {
        ByteBuffer bytes = MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(new byte[1]))
                .buffer();
        ByteBuffer direct =
                ByteBuffer.allocateDirect(bytes.remaining()).put(bytes).flip();
        partition()
                .append(MemoryRecords.readableRecords(direct), AppendOrigin.COORDINATOR, (short) 1, 1_000, done -> {});
    }

    private void led(int leader, int epoch) {
        apply(lead(leader, epoch));
        if (leader == NODE) {
            partition().whenOpen(() -> {});
        }
    }

    private MetadataDelta lead(int leader, int epoch) {
        MetadataDelta delta = delta();
        if (epoch == 0) {
            delta.replay(
                    new TopicRecord().setName(Topic.GROUP_METADATA_TOPIC_NAME).setTopicId(TOPIC));
        }
        delta.replay(new PartitionRecord()
                .setPartitionId(0)
                .setTopicId(TOPIC)
                .setReplicas(List.of(NODE, OTHER))
                .setIsr(List.of(NODE, OTHER))
                .setDirectories(List.of(new Uuid(3, NODE), new Uuid(3, OTHER)))
                .setLeader(leader)
                .setLeaderEpoch(epoch)
                .setPartitionEpoch(epoch));
        return delta;
    }

    private MetadataDelta delta() {
        return new MetadataDelta.Builder().setImage(image).build();
    }

    private void apply(MetadataDelta delta) {
        image = delta.apply(new MetadataProvenance(1, 1, 1, true));
        brokers.update(image);
        partitions.apply(delta, image);
    }

    /** A controller and a peer that never answer. */
    private static final class Nobody implements PartitionController, Peer {
        @Override
        public long brokerEpoch() {
            return 10 + NODE;
        }

        @Override
        public CompletableFuture<AlterPartitionResponseData> alterPartition(AlterPartitionRequestData request) {
            return new CompletableFuture<>();
        }

        @Override
        public void send(ApiKeys api, ApiMessage request, int timeoutMs, Consumer<Answer> done) {}

        @Override
        public void close() {}
    }
}

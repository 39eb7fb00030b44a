package dwal.server;

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

/**
 * The partitions of a node in a cluster of two, of which the other one, and the controller, never answer. There is one topic
 * with one partition, in sync on both, whose leader a test names. One thread.
 */
public final class OneOfTwo implements AutoCloseable {
    public static final int NODE = 1;
    public static final int OTHER = 2;
    private static final Uuid TOPIC = new Uuid(7, 7);

    public final Partitions partitions;

    private final TopicPartition id;
    private final ImageBrokers brokers = new ImageBrokers();
    private final LogStore logs;
    private MetadataImage image = MetadataImage.EMPTY;

    /** One that has heard of the two nodes, and of no topic yet; that will be {@code topic}. */
    public OneOfTwo(Disk disk, Path directory, String topic) {
        id = new TopicPartition(topic, 0);
        Clock clock = Clock.system();
        Timer timer = (delayMs, task) -> () -> {};
        logs = new LogStore(disk, directory, clock, timer, Runnable::run, new Random(1), StoreSettings.defaults());
        var replication = Replication.of(
                NODE, clock, timer, brokers, new Nobody(), node -> new Nobody(), ReplicationSettings.defaults());
        var settings = new PartitionSettings(LogSettings.defaults(SyncPolicy.INTERVAL), 1);
        partitions = new Partitions(
                new Partition.Surroundings(NODE, clock, timer, Runnable::run, replication),
                logs,
                (name, now) -> settings);
        MetadataDelta delta = delta();
        for (int node : List.of(NODE, OTHER)) {
            delta.replay(new RegisterBrokerRecord()
                    .setBrokerId(node)
                    .setBrokerEpoch(epochOf(node))
                    .setFenced(false)
                    .setLogDirs(List.of(new Uuid(3, node))));
        }
        apply(delta);
    }

    private static long epochOf(int node) {
        return 10L + node;
    }

    public MetadataImage image() {
        return image;
    }

    public Partition partition() {
        return partitions.find(id);
    }

    /** The metadata say that {@code leader} leads, in {@code epoch}, and the partition has heard of it. The first epoch is 0. */
    public void led(int leader, int epoch) {
        apply(lead(leader, epoch));
        if (leader == NODE) {
            partition().whenOpen(() -> {});
        }
    }

    /** The same, but the partition has not heard of it yet. */
    public void ledUnheard(int leader, int epoch) {
        image = lead(leader, epoch).apply(new MetadataProvenance(2, 1, 1, true));
    }

    private MetadataDelta lead(int leader, int epoch) {
        MetadataDelta delta = delta();
        if (epoch == 0) {
            delta.replay(new TopicRecord().setName(id.topic()).setTopicId(TOPIC));
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

    /** Appends one record of that time to the partition, which is led here. */
    public void append(AppendOrigin origin, long recordMs) {
        ByteBuffer bytes = MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(recordMs, new byte[1]))
                .buffer();
        ByteBuffer direct =
                ByteBuffer.allocateDirect(bytes.remaining()).put(bytes).flip();
        partition().append(MemoryRecords.readableRecords(direct), origin, (short) 1, 1_000, done -> {});
    }

    /** The other fetches in leader epoch 1 from {@code offset} on, so it has all before. */
    public void otherFetches(long offset) {
        partition()
                .followerFetches(
                        new ReplicaFetch(OTHER, epochOf(OTHER), offset, 1, 0, 0, false, ReplicaFetch.Source.ENDED));
    }

    @Override
    public void close() {
        logs.close();
    }

    /** A controller and a peer that never answer. */
    private static final class Nobody implements PartitionController, Peer {
        @Override
        public long brokerEpoch() {
            return epochOf(NODE);
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

package dwal.server.handler;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Clock;
import dwal.environment.Disk;
import dwal.environment.DiskFile;
import dwal.environment.Timer;
import dwal.log.AppendOrigin;
import dwal.log.LogSettings;
import dwal.log.LogSettings.SyncPolicy;
import dwal.log.LogStore;
import dwal.log.StoreSettings;
import dwal.protocol.LoopbackConnection;
import dwal.protocol.Peer;
import dwal.protocol.RequestContext;
import dwal.replication.ImageBrokers;
import dwal.replication.Partition;
import dwal.replication.PartitionController;
import dwal.replication.PartitionSettings;
import dwal.replication.Partitions;
import dwal.replication.ReplicaFetch;
import dwal.replication.Replication;
import dwal.replication.ReplicationSettings;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.AlterPartitionRequestData;
import org.apache.kafka.common.message.AlterPartitionResponseData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsPartitionResponse;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.ListOffsetsRequest;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.MetadataProvenance;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a leader answers that does not know its high watermark yet, or comes to know it while it searches. One thread. */
class ListOffsetsHandlerTest {
    private static final Uuid TOPIC = new Uuid(7, 7);
    private static final int NODE = 1;
    private static final int OTHER = 2;
    private static final long RECORD_MS = 1_000;
    private static final short VERSION = 7;

    @TempDir
    private Path directory;

    private final ScheduledExecutorService loop = Executors.newSingleThreadScheduledExecutor();
    private final ImageBrokers brokers = new ImageBrokers();
    private final Queue<Runnable> searches = new ArrayDeque<>();
    private Runnable whileReading = () -> {};
    private MetadataImage image = MetadataImage.EMPTY;
    private LogStore logs;
    private Partitions partitions;
    private ListOffsetsHandler handler;

    @BeforeEach
    void leadWithoutKnowingTheHighWatermark() {
        Clock clock = Clock.system();
        Timer timer = (delayMs, task) -> () -> {};
        Disk disk = watched(Disk.class, Disk.system());
        logs = new LogStore(disk, directory, clock, timer, Runnable::run, new Random(1), StoreSettings.defaults());
        var replication = Replication.of(
                NODE, clock, timer, brokers, new Nobody(), id -> new Nobody(), ReplicationSettings.defaults());
        var settings = new PartitionSettings(LogSettings.defaults(SyncPolicy.INTERVAL), 1);
        partitions = new Partitions(
                new Partition.Surroundings(NODE, clock, timer, Runnable::run, replication),
                logs,
                (topic, now) -> settings);
        handler = new ListOffsetsHandler(partitions, () -> image, searches::add);
        lead(0);
        append();
        lead(1);
        assertThat(partition().log().highWatermark()).isZero();
    }

    @AfterEach
    void end() {
        logs.close();
        loop.shutdownNow();
    }

    @ParameterizedTest
    @ValueSource(longs = {RECORD_MS, ListOffsetsRequest.MAX_TIMESTAMP, ListOffsetsRequest.LATEST_TIMESTAMP})
    void saysThatItDoesNotKnowYet(long timestamp) {
        assertThat(ask(timestamp).errorCode()).isEqualTo(Errors.OFFSET_NOT_AVAILABLE.code());
    }

    @ParameterizedTest
    @ValueSource(longs = {RECORD_MS, ListOffsetsRequest.MAX_TIMESTAMP})
    void doesNotTakeWhatItFoundBelowAnOldHighWatermarkForTheAnswer(long timestamp) {
        whileReading = this::theOtherHasAll;

        ListOffsetsPartitionResponse answer = ask(timestamp);

        assertThat(partition().knowsHighWatermark()).isTrue();
        assertThat(Errors.forCode(answer.errorCode()))
                .as("with offset %d", answer.offset())
                .isEqualTo(Errors.OFFSET_NOT_AVAILABLE);
        assertThat(ask(timestamp).offset()).isZero();
    }

    @Test
    void theLogsStartDoesNotDependOnTheHighWatermark() {
        ListOffsetsPartitionResponse answer = ask(ListOffsetsRequest.EARLIEST_TIMESTAMP);

        assertThat(answer.errorCode()).isEqualTo(Errors.NONE.code());
        assertThat(answer.offset()).isZero();
    }

    private ListOffsetsPartitionResponse ask(long timestamp) {
        var topic = new ListOffsetsTopic().setName("topic");
        topic.partitions().add(new ListOffsetsPartition().setPartitionIndex(0).setTimestamp(timestamp));
        var context = new RequestContext(
                ApiKeys.LIST_OFFSETS, VERSION, 1, "test", new LoopbackConnection("test", "PLAINTEXT", loop));
        CompletableFuture<ListOffsetsResponseData> answer = handler.handle(
                        context,
                        new ListOffsetsRequestData()
                                .setReplicaId(ListOffsetsRequest.CONSUMER_REPLICA_ID)
                                .setTopics(List.of(topic)))
                .toCompletableFuture();
        searches.remove().run();
        return answer.join().topics().get(0).partitions().get(0);
    }

    private void theOtherHasAll() {
        partition().followerFetches(new ReplicaFetch(OTHER, 10 + OTHER, 1, 1, 0, 0, false, ReplicaFetch.Source.ENDED));
    }

    private Partition partition() {
        return partitions.find(new TopicPartition("topic", 0));
    }

    private void append() {
        ByteBuffer bytes = MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(RECORD_MS, new byte[1]))
                .buffer();
        ByteBuffer direct =
                ByteBuffer.allocateDirect(bytes.remaining()).put(bytes).flip();
        partition().append(MemoryRecords.readableRecords(direct), AppendOrigin.CLIENT, (short) 1, 1_000, done -> {});
    }

    private void lead(int epoch) {
        var delta = new MetadataDelta.Builder().setImage(image).build();
        if (epoch == 0) {
            for (int id : List.of(NODE, OTHER)) {
                delta.replay(new RegisterBrokerRecord()
                        .setBrokerId(id)
                        .setBrokerEpoch(10 + id)
                        .setFenced(false)
                        .setLogDirs(List.of(new Uuid(3, id))));
            }
            delta.replay(new TopicRecord().setName("topic").setTopicId(TOPIC));
        }
        delta.replay(new PartitionRecord()
                .setPartitionId(0)
                .setTopicId(TOPIC)
                .setReplicas(List.of(NODE, OTHER))
                .setIsr(List.of(NODE, OTHER))
                .setDirectories(List.of(new Uuid(3, NODE), new Uuid(3, OTHER)))
                .setLeader(NODE)
                .setLeaderEpoch(epoch)
                .setPartitionEpoch(epoch));
        image = delta.apply(new MetadataProvenance(1, 1, 1, true));
        brokers.update(image);
        partitions.apply(delta, image);
        partition().whenOpen(() -> {});
    }

    /** {@code real}, with {@link #whileReading} done before each read of a file. */
    private <T> T watched(Class<T> type, T real) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, given) -> {
                    if (real instanceof DiskFile && method.getName().equals("read")) {
                        whileReading.run();
                    }
                    try {
                        Object answer = method.invoke(real, given);
                        return answer instanceof DiskFile file ? watched(DiskFile.class, file) : answer;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
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

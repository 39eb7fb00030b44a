package dwal.server.fetch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Clock;
import dwal.environment.Disk;
import dwal.environment.ThreadTimer;
import dwal.log.AppendOrigin;
import dwal.log.AppendOutcome;
import dwal.log.LogSettings;
import dwal.log.LogSettings.SyncPolicy;
import dwal.log.LogStore;
import dwal.log.StoreSettings;
import dwal.protocol.RecordsSlice;
import dwal.protocol.RequestContext;
import dwal.replication.Partition;
import dwal.replication.PartitionSettings;
import dwal.replication.Partitions;
import dwal.server.quota.ClientQuotas;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.RemoveTopicRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.MetadataProvenance;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A {@link FetchHandler} over a topic that this node leads, alone, with room for few sessions. */
abstract class FetchHandlerTestCase {
    static final Uuid TOPIC = new Uuid(7, 7);
    static final int PARTITIONS = 3;
    /** What sessions of 300 partitions in all take up, by topic id. */
    private static final int ROOM_FOR_300 = 300 * 256;

    static final int LONG_MS = 60_000;

    @TempDir
    private Path directory;

    final ScheduledExecutorService loop = Executors.newSingleThreadScheduledExecutor();
    private final ExecutorService disk = Executors.newFixedThreadPool(2);
    private final ThreadTimer timer = new ThreadTimer("test-timer");
    private LogStore logs;
    Partitions partitions;
    FetchSessions sessions;
    FetchHandler handler;
    MetadataImage image = MetadataImage.EMPTY;

    @BeforeEach
    void host() {
        Clock clock = Clock.system();
        logs = new LogStore(Disk.system(), directory, clock, timer, disk, new Random(1), StoreSettings.defaults());
        var settings = new PartitionSettings(LogSettings.defaults(SyncPolicy.INTERVAL), 1);
        partitions =
                new Partitions(new Partition.Surroundings(1, clock, timer, disk), logs, (topic, newImage) -> settings);
        var delta = new MetadataDelta.Builder().setImage(image).build();
        delta.replay(new TopicRecord().setName("topic").setTopicId(TOPIC));
        for (int i = 0; i < PARTITIONS; i++) {
            delta.replay(partition(TOPIC, i));
        }
        apply(delta);
        sessions = new FetchSessions(10, ROOM_FOR_300, LONG_MS, clock, new SplittableRandom(1));
        handler = new FetchHandler(
                partitions,
                sessions,
                () -> image,
                1 << 20,
                null,
                ClientQuotas.none().fetch());
    }

    @AfterEach
    void stop() throws InterruptedException {
        logs.close();
        timer.close();
        loop.shutdownNow();
        disk.shutdown();
        assertThat(disk.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }

    static PartitionRecord partition(Uuid topic, int index) {
        return new PartitionRecord()
                .setTopicId(topic)
                .setPartitionId(index)
                .setReplicas(List.of(1))
                .setIsr(List.of(1))
                .setDirectories(List.of(new Uuid(3, 3)))
                .setLeader(1)
                .setLeaderEpoch(0)
                .setPartitionEpoch(0);
    }

    void deleteTopic() {
        var delta = new MetadataDelta.Builder().setImage(image).build();
        delta.replay(new RemoveTopicRecord().setTopicId(TOPIC));
        apply(delta);
    }

    void apply(MetadataDelta delta) {
        MetadataImage next = delta.apply(new MetadataProvenance(1, 1, 1, true));
        image = next;
        partitions.apply(delta, next);
    }

    void append(int partition, String value) {
        ByteBuffer bytes = MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(value.getBytes(UTF_8)))
                .buffer();
        ByteBuffer direct =
                ByteBuffer.allocateDirect(bytes.remaining()).put(bytes).flip();
        var done = new CompletableFuture<AppendOutcome>();
        Partition hosted = partitions.find(new TopicPartition("topic", partition));
        assertThat(hosted).isNotNull();
        hosted.append(MemoryRecords.readableRecords(direct), AppendOrigin.CLIENT, (short) -1, LONG_MS, done::complete);
        assertThat(await(done).error()).isEqualTo(Errors.NONE);
    }

    static FetchRequestData request(int session, int epoch, int minBytes, int maxWaitMs, int maxBytes, int... wanted) {
        var topic = new FetchTopic().setTopicId(TOPIC);
        for (int partition : wanted) {
            topic.partitions()
                    .add(new FetchPartition()
                            .setPartition(partition)
                            .setFetchOffset(0)
                            .setPartitionMaxBytes(1 << 20));
        }
        return new FetchRequestData()
                .setSessionId(session)
                .setSessionEpoch(epoch)
                .setMinBytes(minBytes)
                .setMaxWaitMs(maxWaitMs)
                .setMaxBytes(maxBytes)
                .setTopics(wanted.length == 0 ? List.of() : List.of(topic));
    }

    static List<FetchTopic> at(int partition, long offset) {
        return List.of(new FetchTopic()
                .setTopicId(TOPIC)
                .setPartitions(List.of(new FetchPartition()
                        .setPartition(partition)
                        .setFetchOffset(offset)
                        .setPartitionMaxBytes(1 << 20))));
    }

    /** As the network does: on the loop. Returns when the request was answered or waits. */
    CompletableFuture<FetchResponseData> fetch(FetchRequestData request) {
        return fetch(request, departure -> {});
    }

    CompletableFuture<FetchResponseData> fetch(FetchRequestData request, Consumer<Runnable> departures) {
        RequestContext context = FetchRequests.over(loop, departures);
        return await(CompletableFuture.supplyAsync(
                        () -> List.of(handler.handle(context, request).toCompletableFuture()), loop))
                .get(0);
    }

    static <T> T await(CompletableFuture<T> future) {
        return future.orTimeout(30, TimeUnit.SECONDS).join();
    }

    static List<PartitionData> partitionsOf(FetchResponseData answer) {
        return answer.responses().stream()
                .flatMap(topic -> topic.partitions().stream())
                .peek(partition -> {
                    if (partition.records() instanceof RecordsSlice slice) {
                        slice.release();
                    }
                })
                .toList();
    }

    static List<Errors> errorsOf(FetchResponseData answer) {
        return partitionsOf(answer).stream()
                .map(partition -> Errors.forCode(partition.errorCode()))
                .toList();
    }

    static List<Boolean> sizes(FetchResponseData answer) {
        return partitionsOf(answer).stream()
                .map(partition -> partition.records().sizeInBytes() > 0)
                .toList();
    }
}

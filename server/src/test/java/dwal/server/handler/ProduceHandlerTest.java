package dwal.server.handler;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.environment.Clock;
import dwal.environment.Disk;
import dwal.environment.Timer;
import dwal.log.LogSettings;
import dwal.log.LogSettings.SyncPolicy;
import dwal.log.LogStore;
import dwal.log.StoreSettings;
import dwal.protocol.LoopbackConnection;
import dwal.protocol.RequestContext;
import dwal.replication.Partition;
import dwal.replication.PartitionSettings;
import dwal.replication.Partitions;
import dwal.server.quota.ClientQuotas;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.MetadataProvenance;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which records are looked at on the loop that brings them, and which are not. What leaves the loop is run when the test says so. */
class ProduceHandlerTest {
    private static final Uuid TOPIC = new Uuid(7, 7);
    private static final int NODE = 1;
    private static final int PARTITIONS = 50;

    @TempDir
    private Path directory;

    private final ScheduledExecutorService loop = Executors.newSingleThreadScheduledExecutor();
    private final Queue<Runnable> longWork = new ArrayDeque<>();
    private LogSettings settings = LogSettings.defaults(SyncPolicy.INTERVAL);
    private MetadataImage image = MetadataImage.EMPTY;
    private LogStore logs;
    private Partitions partitions;
    private ProduceHandler handler;

    @BeforeEach
    void lead() {
        Clock clock = Clock.system();
        Timer timer = (delayMs, task) -> () -> {};
        logs = new LogStore(
                Disk.system(), directory, clock, timer, Runnable::run, new Random(1), StoreSettings.defaults());
        partitions = new Partitions(
                new Partition.Surroundings(NODE, clock, timer, Runnable::run),
                logs,
                (topic, now) -> new PartitionSettings(settings, 1));
        handler = new ProduceHandler(
                partitions,
                logs,
                longWork::add,
                () -> image,
                ClientQuotas.none().produce(),
                clock);
        var delta = new MetadataDelta.Builder().setImage(image).build();
        delta.replay(new TopicRecord().setName("topic").setTopicId(TOPIC));
        for (int i = 0; i < PARTITIONS; i++) {
            delta.replay(new PartitionRecord()
                    .setPartitionId(i)
                    .setTopicId(TOPIC)
                    .setReplicas(List.of(NODE))
                    .setIsr(List.of(NODE))
                    .setDirectories(List.of(new Uuid(3, NODE)))
                    .setLeader(NODE)
                    .setLeaderEpoch(0)
                    .setPartitionEpoch(0));
        }
        image = delta.apply(new MetadataProvenance(1, 1, 1, true));
        partitions.apply(delta, image);
    }

    @AfterEach
    void end() {
        logs.close();
        loop.shutdownNow();
    }

    @ParameterizedTest
    @EnumSource(
            value = CompressionType.class,
            names = {"GZIP", "SNAPPY", "LZ4", "ZSTD"})
    void aSmallBatchThatInflatesToMuchIsLookedAtElsewhere(CompressionType codec) {
        var answer = produce("a", batch(codec, 5 << 20));

        assertThat(answer).isNotDone();
        assertThat(partition(0).log().logEndOffset()).isZero();

        runLongWork();

        assertThat(answer).isCompletedWithValueMatching(data -> errors(data).equals(List.of(Errors.NONE)));
        assertThat(partition(0).log().logEndOffset()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void whatProducersUsuallySendStaysOnTheLoop(CompressionType codec) {
        byte[] value = new byte[16_000];
        new Random(5).nextBytes(value);
        Arrays.fill(value, 3_000, value.length, (byte) 1);
        MemoryRecords[] records = IntStream.range(0, PARTITIONS)
                .mapToObj(i -> MemoryRecords.withRecords(
                        Compression.of(codec).build(), new SimpleRecord(System.currentTimeMillis(), value)))
                .toArray(MemoryRecords[]::new);

        assertThat(produce("a", records)).isDone();
        assertThat(longWork).isEmpty();
    }

    @Test
    void manyBatchesOfOneRequestCountTogether() {
        MemoryRecords[] records = IntStream.range(0, PARTITIONS)
                .mapToObj(i -> batch(CompressionType.GZIP, 20_000))
                .toArray(MemoryRecords[]::new);
        assertThat(produce("a", records)).isDone();

        Arrays.setAll(records, i -> batch(CompressionType.NONE, 200_000));
        assertThat(produce("a", records)).as("nothing to inflate").isDone();

        byte[] value = new byte[200_000];
        new Random(6).nextBytes(value);
        Arrays.setAll(
                records,
                i -> MemoryRecords.withRecords(
                        Compression.gzip().build(), new SimpleRecord(System.currentTimeMillis(), value)));
        var answer = produce("a", records);

        assertThat(answer).isNotDone();
        assertThat(partition(0).log().logEndOffset()).isEqualTo(3);
        assertThat(partition(PARTITIONS - 1).log().logEndOffset()).isEqualTo(2);
        runLongWork();
        assertThat(answer.join().responses().iterator().next().partitionResponses())
                .hasSize(PARTITIONS)
                .allMatch(partition -> partition.baseOffset() == 2);
    }

    @Test
    void requestsOfTheSameConnectionDoNotOvertakeThoseOfOthersDo() {
        var first = produce("a", batch(CompressionType.GZIP, 5 << 20));
        var second = produce("a", batch(CompressionType.NONE, 1));
        var other = produce("b", batch(CompressionType.NONE, 1));

        assertThat(other).isDone();
        assertThat(second).isNotDone();
        runLongWork();

        assertThat(baseOffset(other)).isZero();
        assertThat(baseOffset(first)).isEqualTo(1);
        assertThat(baseOffset(second)).isEqualTo(2);
        assertThat(produce("a", batch(CompressionType.NONE, 1)))
                .as("nothing is before it any more")
                .isDone();
    }

    @Test
    void connectionsTakeTurnsBatchByBatch() {
        MemoryRecords bomb = batch(CompressionType.GZIP, 5 << 20);
        var greedy = produce("a", bomb, bomb, bomb, bomb);
        var modest = produce("b", batch(CompressionType.GZIP, 5 << 20));

        for (int i = 0; i < 2; i++) {
            longWork.remove().run();
        }

        assertThat(modest).isDone();
        assertThat(greedy).isNotDone();
    }

    @Test
    void theRefusalOfWhatInflatesToTooMuchComesFromElsewhere() {
        var answer = produce("a", batch(CompressionType.ZSTD, 129 << 20));
        assertThat(answer).isNotDone();
        runLongWork();
        assertThat(errors(answer.join())).containsExactly(Errors.MESSAGE_TOO_LARGE);
    }

    @Test
    void whatMustBeCompressedAnewLeavesTheLoop() {
        settings = new LogSettings(
                settings.segmentBytes(),
                settings.segmentMs(),
                settings.segmentJitterMs(),
                settings.retentionMs(),
                settings.retentionBytes(),
                settings.deletes(),
                settings.compacts(),
                settings.maxMessageBytes(),
                settings.timestampType(),
                settings.timestampBeforeMaxMs(),
                settings.timestampAfterMaxMs(),
                CompressionType.GZIP,
                6,
                settings.indexIntervalBytes(),
                settings.flushMessages(),
                settings.flushMs(),
                settings.fileDeleteDelayMs(),
                settings.sync());
        partition(0).log().updateSettings(settings);

        assertThat(produce("a", batch(CompressionType.GZIP, 16_000))).isDone();
        var answer = produce("a", batch(CompressionType.NONE, 16));
        assertThat(answer).isNotDone();
        runLongWork();
        assertThat(baseOffset(answer)).isEqualTo(1);
    }

    private void runLongWork() {
        while (!longWork.isEmpty()) {
            longWork.remove().run();
        }
    }

    private static List<Errors> errors(ProduceResponseData answer) {
        return answer.responses().iterator().next().partitionResponses().stream()
                .map(partition -> Errors.forCode(partition.errorCode()))
                .toList();
    }

    private static long baseOffset(CompletableFuture<ProduceResponseData> answer) {
        PartitionProduceResponse partition =
                answer.join().responses().iterator().next().partitionResponses().get(0);
        assertThat(Errors.forCode(partition.errorCode())).isEqualTo(Errors.NONE);
        return partition.baseOffset();
    }

    private Partition partition(int number) {
        return partitions.find(new TopicPartition("topic", number));
    }

    private static MemoryRecords batch(CompressionType codec, int inflatedBytes) {
        return MemoryRecords.withRecords(
                Compression.of(codec).build(), new SimpleRecord(System.currentTimeMillis(), new byte[inflatedBytes]));
    }

    /** Over {@code connection}, to the partitions from 0 on, as from the network: in direct buffers. */
    private CompletableFuture<ProduceResponseData> produce(String connection, MemoryRecords... records) {
        var topic = new TopicProduceData().setName("topic");
        for (int i = 0; i < records.length; i++) {
            ByteBuffer bytes = records[i].buffer();
            ByteBuffer direct =
                    ByteBuffer.allocateDirect(bytes.remaining()).put(bytes).flip();
            topic.partitionData()
                    .add(new PartitionProduceData().setIndex(i).setRecords(MemoryRecords.readableRecords(direct)));
        }
        var request = new ProduceRequestData().setAcks((short) 1).setTimeoutMs(1_000);
        request.topicData().add(topic);
        var context = new RequestContext(
                ApiKeys.PRODUCE, (short) 11, 1, "test", new LoopbackConnection(connection, "PLAINTEXT", loop));
        return handler.handle(context, request).toCompletableFuture();
    }
}

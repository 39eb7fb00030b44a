package dwal.server.handler;

import static java.nio.charset.StandardCharsets.UTF_8;
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
import dwal.protocol.RequestObjects;
import dwal.protocol.RequestTimes;
import dwal.replication.Brokers;
import dwal.replication.Partition;
import dwal.replication.PartitionSettings;
import dwal.replication.Partitions;
import dwal.replication.Replication;
import dwal.server.HandLoop;
import dwal.server.quota.ClientQuotas;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.DeleteRecordsRequestData;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsPartition;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsTopic;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.MetadataProvenance;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What waits for a follower that does not come, for a client that has gone: it is not held as long as the client asked. */
class LeavingClientsTest {
    private static final Uuid TOPIC = new Uuid(7, 7);
    private static final int NODE = 1;
    private static final int PARTITIONS = 3;

    @TempDir
    private Path directory;

    private MetadataImage image = MetadataImage.EMPTY;
    private LogStore logs;
    private Partitions partitions;
    private Runnable gone;

    @BeforeEach
    void leadWithAFollowerThatDoesNotCome() {
        Clock clock = Clock.system();
        Timer timer = (delayMs, task) -> () -> {};
        logs = new LogStore(
                Disk.system(), directory, clock, timer, Runnable::run, new Random(1), StoreSettings.defaults());
        partitions = new Partitions(
                new Partition.Surroundings(NODE, clock, timer, Runnable::run, replication(clock, timer)),
                logs,
                (topic, now) -> new PartitionSettings(LogSettings.defaults(SyncPolicy.INTERVAL), 1));
        var delta = new MetadataDelta.Builder().setImage(image).build();
        delta.replay(new TopicRecord().setName("topic").setTopicId(TOPIC));
        for (int i = 0; i < PARTITIONS; i++) {
            delta.replay(new PartitionRecord()
                    .setPartitionId(i)
                    .setTopicId(TOPIC)
                    .setReplicas(List.of(NODE, 2))
                    .setIsr(List.of(NODE, 2))
                    .setDirectories(List.of(new Uuid(3, NODE), new Uuid(3, 2)))
                    .setLeader(NODE)
                    .setLeaderEpoch(0)
                    .setPartitionEpoch(0));
        }
        image = delta.apply(new MetadataProvenance(1, 1, 1, true));
        partitions.apply(delta, image);
    }

    private static Replication replication(Clock clock, Timer timer) {
        Replication alone = Replication.alone(NODE, clock, timer);
        var all = new Brokers() {
            @Override
            public long epochOf(int brokerId) {
                return NO_EPOCH;
            }

            @Override
            public boolean isEligible(int brokerId) {
                return true;
            }
        };
        return new Replication(
                all,
                alone.proposals(),
                alone.fetchers(),
                alone.lagTimeMaxMs(),
                alone.admitted(),
                alone.controller(),
                alone.expected(),
                alone.quotas());
    }

    @AfterEach
    void stop() {
        logs.close();
    }

    @Test
    void aProduceEndsWithItsConnection() {
        var handler = new ProduceHandler(
                partitions,
                logs,
                Runnable::run,
                () -> image,
                ClientQuotas.none().produce(),
                Clock.system());
        ByteBuffer bytes = MemoryRecords.withRecords(Compression.NONE, new SimpleRecord("value".getBytes(UTF_8)))
                .buffer();
        var topic = new TopicProduceData().setName("topic");
        for (int i = 0; i < PARTITIONS; i++) {
            ByteBuffer direct = ByteBuffer.allocateDirect(bytes.remaining())
                    .put(bytes.duplicate())
                    .flip();
            topic.partitionData()
                    .add(new PartitionProduceData().setIndex(i).setRecords(MemoryRecords.readableRecords(direct)));
        }
        var request = new ProduceRequestData().setAcks((short) -1).setTimeoutMs(Integer.MAX_VALUE);
        request.topicData().add(topic);

        CompletableFuture<?> answer =
                handler.handle(context(ApiKeys.PRODUCE, 11), request).toCompletableFuture();
        assertThat(answer).isNotDone();
        assertThat(partitions.find("topic", 2).log().logEndOffset()).isEqualTo(1);

        gone.run();
        assertThat(answer).isDone();
    }

    @Test
    void aDeleteRecordsEndsWithItsConnection() {
        var handler = new DeleteRecordsHandler(partitions, () -> image);
        var topic = new DeleteRecordsTopic().setName("topic");
        for (int i = 0; i < PARTITIONS; i++) {
            topic.partitions()
                    .add(new DeleteRecordsPartition().setPartitionIndex(i).setOffset(-1));
        }
        var request = new DeleteRecordsRequestData().setTimeoutMs(Integer.MAX_VALUE);
        request.topics().add(topic);

        CompletableFuture<?> answer =
                handler.handle(context(ApiKeys.DELETE_RECORDS, 2), request).toCompletableFuture();
        assertThat(answer).isNotDone();

        gone.run();
        assertThat(answer).isDone();
    }

    private RequestContext context(ApiKeys api, int version) {
        return new RequestContext(
                api,
                (short) version,
                1,
                "test",
                new LoopbackConnection("test", "PLAINTEXT", new HandLoop()),
                new RequestTimes(),
                new RequestContext.Asked() {
                    @Override
                    public int bytes() {
                        return 100;
                    }

                    @Override
                    public RequestObjects.Share objects() {
                        return RequestObjects.unbounded();
                    }

                    @Override
                    public void whenGone(Runnable task) {
                        gone = task;
                    }
                });
    }
}
